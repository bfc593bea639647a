// SPDX-License-Identifier: MIT
//! Compiler probes, which run before the plan is made.

mod cl;
mod compiler;
mod sources;

use compiler::{CompilerProbe, origin};
use sources::{ATFORK, CX16, CXX20, GETENTROPY, IDENTITY, LANGUAGE, LIBC, PRFCHW, STL};

use crate::find::android;
use crate::{Compiler, Error, Family, FeatureId, Features, Machine, Target, user_flags};

/// Results of the probes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probes {
    /// The spelling of its options.
    pub family: Family,
    /// Its major and minor version.
    pub version: (u32, u32),
    /// It compiles C++20 (else C++17).
    pub cxx20: bool,
    /// It accepts `-mcx16` (16-byte compare-and-swap on x86_64).
    pub cx16: bool,
    /// It accepts `-mprfchw` (prefetch for writing on x86).
    pub prfchw: bool,
    /// The C library declares `getentropy`.
    pub getentropy: bool,
    /// The C library declares `pthread_atfork`.
    pub atfork: bool,
    /// The `--target` argument for a clang that can compile for any target.
    pub target_flag: Option<String>,
    /// `<linux/futex.h>` exists.
    pub futex_header: bool,
    /// glibc has `__cxa_thread_atexit_impl` (since 2.18).
    pub thread_atexit: bool,
    /// `<linux/random.h>` exists.
    pub random_header: bool,
    /// The compiler enables the C++ library's assertions by default.
    pub assertions: bool,
}

impl Probes {
    /// Names and results, for a log and for build scripts of dependent crates.
    pub fn answers(&self) -> Vec<(&'static str, String)> {
        let flag = |on: bool| u8::from(on).to_string();
        vec![
            ("COMPILER_FAMILY", self.family.name().to_owned()),
            (
                "COMPILER_VERSION",
                format!("{}.{}", self.version.0, self.version.1),
            ),
            ("CXX20", flag(self.cxx20)),
            ("CX16", flag(self.cx16)),
            ("PRFCHW", flag(self.prfchw)),
            ("GETENTROPY", flag(self.getentropy)),
            ("ATFORK", flag(self.atfork)),
            ("FUTEX_HEADER", flag(self.futex_header)),
            ("RANDOM_HEADER", flag(self.random_header)),
            ("THREAD_ATEXIT", flag(self.thread_atexit)),
        ]
    }
}

/// Probes `compiler` for everything that the plan depends on.
///
/// # Errors
/// It can't be run, targets another architecture, doesn't support C++17, or finds no standard
/// headers; the message contains its output.
pub fn probe(
    target: &Target,
    crossing: bool,
    compiler: &Compiler,
    features: &Features,
    machine: &dyn Machine,
) -> Result<Probes, Error> {
    let in_guise = compiler.is_clang_cl();
    if compiler.speaks_cl() && !in_guise {
        return cl::probe(target, compiler, features, machine);
    }
    let (cxx17, cxx20) = if in_guise {
        ("/std:c++17", "/std:c++20")
    } else {
        ("-std=c++17", "-std=c++20")
    };
    let own = user_flags::from_env(compiler, target, crossing, features, machine).kept;
    let mut ask = CompilerProbe {
        compiler,
        machine,
        flags: own.clone(),
        own,
        variable: user_flags::variable(target, crossing, machine),
    };
    let mut identity = ask.preprocess(IDENTITY)?;
    // Without `--target`, clang compiles for its own machine.
    let mut target_flag = None;
    if misses(&identity, target).is_some()
        && tells(&identity, "snmalloc_probe:").is_some_and(|who| who.starts_with("clang"))
    {
        let android = android::clang_triple(target, machine);
        let flag = format!(
            "--target={}",
            android.unwrap_or_else(|| target.llvm_triple())
        );
        ask.flags.insert(0, flag.clone());
        if let Ok(told) = ask.preprocess(IDENTITY) {
            identity = told;
            target_flag = Some(flag);
        }
    }
    let has = |what: &str| {
        identity
            .lines()
            .any(|line| line.trim() == format!("snmalloc_has: {what}"))
    };
    let Some((family, version)) = tells(&identity, "snmalloc_probe:").and_then(parse_identity)
    else {
        return Err(
            Error::new(format!("`{}` is neither GCC nor clang", compiler.command()))
                .fix("set CXX to g++ or clang++"),
        );
    };
    if let Some(other) = misses(&identity, target) {
        return Err(Error::new(format!(
            "`{}` makes code for {other}, not for {}",
            compiler.command(),
            target.triple
        ))
        .searched(origin(compiler))
        .fix(format!(
            "set CXX_{} to a compiler for {}",
            target.triple.replace('-', "_"),
            target.arch
        )));
    }

    let unix = target.os != "windows";
    let headers = if features.has(FeatureId::VendoredStl) {
        LIBC.to_owned()
    } else {
        format!("{LIBC}{STL}")
    };
    let language = format!("{headers}{LANGUAGE}");
    // Not on i586: those CPUs trap on the instruction.
    let x86 = matches!(target.arch.as_str(), "x86_64" | "x86") && target.cpu() != "i586";
    let cx16_flag = target.arch == "x86_64";
    let mut probes = Probes {
        family: if in_guise { Family::Msvc } else { family },
        version,
        cxx20: !features.has(FeatureId::Usecxx17),
        cx16: cx16_flag,
        prfchw: x86,
        getentropy: unix,
        atfork: unix,
        target_flag,
        futex_header: has("futex"),
        thread_atexit: has("thread_atexit"),
        random_header: has("random"),
        assertions: has("assertions"),
    };
    // Nearly every current compiler supports all of it: run one combined probe.
    let mut all = vec![if probes.cxx20 { cxx20 } else { cxx17 }];
    let mut questions = language.clone();
    for (asked, flag, question) in [
        (probes.cxx20, None, CXX20),
        (cx16_flag, Some("-mcx16"), CX16),
        (x86, Some("-mprfchw"), PRFCHW),
        (unix, None, GETENTROPY),
        (unix, None, ATFORK),
    ] {
        if asked {
            all.extend(flag);
            questions.push_str(question);
        }
    }
    if ask.accepts(&all, &questions)? {
        return Ok(probes);
    }
    // Something is missing: probe one by one.
    let cxx20_language = format!("{CXX20}{language}");
    probes.cxx20 = probes.cxx20 && ask.accepts(&[cxx20], &cxx20_language)?;
    let standard = if probes.cxx20 { cxx20 } else { cxx17 };
    if !probes.cxx20 {
        ask.must_accept(&[cxx17], &headers, &language)?;
    }
    probes.cx16 = cx16_flag && ask.accepts(&[standard, "-mcx16"], CX16)?;
    probes.prfchw = x86 && ask.accepts(&[standard, "-mprfchw"], PRFCHW)?;
    probes.getentropy = unix && ask.accepts(&[standard], GETENTROPY)?;
    probes.atfork = unix && ask.accepts(&[standard], ATFORK)?;
    Ok(probes)
}

/// The architecture or OS that the compiler targets, if it differs from the target's. A compiler
/// that doesn't print it passes.
fn misses<'a>(identity: &'a str, target: &Target) -> Option<&'a str> {
    let arch = tells(identity, "snmalloc_arch:").filter(|arch| *arch != target.arch);
    let system = match target.os.as_str() {
        _ if target.is_apple() => "apple",
        // A compiler for glibc makes objects that musl can link, and users choose it for that.
        "linux" => "os_linux",
        "illumos" | "solaris" => "sunos",
        os => os,
    };
    let os = tells(identity, "snmalloc_os:").filter(|os| *os != system);
    arch.or_else(|| os.map(|os| os.trim_start_matches("os_")))
}

fn tells<'a>(identity: &'a str, key: &str) -> Option<&'a str> {
    identity
        .lines()
        .find_map(|line| line.trim().strip_prefix(key))
        .map(str::trim)
}

fn parse_identity(words: &str) -> Option<(Family, (u32, u32))> {
    let mut words = words.split_whitespace();
    let family = match words.next()? {
        "clang" => Family::Clang,
        "gnu" => Family::Gnu,
        _ => return None,
    };
    let mut number = || words.next()?.parse().ok();
    Some((family, (number()?, number()?)))
}

#[cfg(test)]
mod tests;
