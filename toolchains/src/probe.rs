// SPDX-License-Identifier: MIT
//! What a compiler is asked before the plan is made.

mod cl;

use std::path::Path;

use crate::find::android;
use crate::{Compiler, Family, Features, Machine, Missing, Origin, Target, vars};

/// What the compiler answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probes {
    /// How its options are spelled.
    pub family: Family,
    /// Its major and minor version.
    pub version: (u32, u32),
    /// It compiles C++20 (else C++17).
    pub cxx20: bool,
    /// `-mcx16` is understood (16-byte compare-and-swap on x86_64).
    pub cx16: bool,
    /// `-mprfchw` is understood (prefetch for writing on x86).
    pub prfchw: bool,
    /// The C library declares `getentropy`.
    pub getentropy: bool,
    /// The C library declares `pthread_atfork`.
    pub atfork: bool,
    /// What a clang that can compile for anything is told to compile for.
    pub target_flag: Option<String>,
    /// `<linux/futex.h>` is there.
    pub futex_header: bool,
    /// glibc has `__cxa_thread_atexit_impl` (since 2.18).
    pub thread_atexit: bool,
    /// `<linux/random.h>` is there.
    pub random_header: bool,
}

/// Preprocessed, it tells who the compiler is and what it makes code for. (GCC
/// for PowerPC replaces that word by 1.)
const IDENTITY: &str = "
#undef powerpc
#if defined(__clang__)
snmalloc_probe: clang __clang_major__ __clang_minor__
#elif defined(__GNUC__)
snmalloc_probe: gnu __GNUC__ __GNUC_MINOR__
#endif
#if defined(_M_ARM64EC)
snmalloc_arch: arm64ec
#elif defined(__x86_64__)
snmalloc_arch: x86_64
#elif defined(__i386__)
snmalloc_arch: x86
#elif defined(__aarch64__)
snmalloc_arch: aarch64
#elif defined(__arm__)
snmalloc_arch: arm
#elif defined(__powerpc64__)
snmalloc_arch: powerpc64
#elif defined(__powerpc__)
snmalloc_arch: powerpc
#elif defined(__riscv)
snmalloc_arch: riscv64
#elif defined(__s390x__)
snmalloc_arch: s390x
#elif defined(__loongarch__)
snmalloc_arch: loongarch64
#elif defined(__sparc__)
snmalloc_arch: sparc64
#elif defined(__mips64)
snmalloc_arch: mips64
#endif
#if __has_include(<features.h>)
#include <features.h>
#endif
#if defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 18)
snmalloc_has: thread_atexit
#endif
#endif
#if __has_include(<linux/futex.h>)
snmalloc_has: futex
#endif
#if __has_include(<linux/random.h>)
snmalloc_has: random
#endif
";

/// Compiles as C++17 and later only. Which headers it includes is what the
/// shim includes.
const LANGUAGE: &str = "
template<auto value> struct probe_t { static constexpr auto v = value; };
inline int probe_variable{probe_t<3>::v};
template<typename T> constexpr int probe(T t)
{
  if constexpr (sizeof(T) > 1) { return static_cast<int>(t); } else { return 0; }
}
static_assert(probe(7) == 7);
";

const STL: &str =
    "#include <array>\n#include <atomic>\n#include <type_traits>\n#include <utility>\n";
const LIBC: &str = "#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n";
const GETENTROPY: &str = "
#if __has_include(<unistd.h>)
#include <unistd.h>
#endif
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif
int probe_entropy() { int seed = 0; return getentropy(&seed, sizeof(seed)); }
";
const ATFORK: &str = "
#include <pthread.h>
int probe_atfork() { return pthread_atfork(nullptr, nullptr, nullptr); }
";

/// Asks `compiler` what the plan needs to know.
///
/// # Errors
/// It can't be run, makes code for another architecture, knows no C++17, or
/// finds no standard headers; its own words are in the message.
pub fn probe(
    target: &Target,
    crossing: bool,
    compiler: &Compiler,
    features: &Features,
    machine: &dyn Machine,
) -> Result<Probes, Missing> {
    let in_guise = compiler.is_clang_cl();
    if compiler.speaks_cl() && !in_guise {
        return cl::probe(target, compiler, features, machine);
    }
    let (cxx17, cxx20) = if in_guise {
        ("/std:c++17", "/std:c++20")
    } else {
        ("-std=c++17", "-std=c++20")
    };
    let mut ask = Asker {
        compiler,
        machine,
        flags: vars::cxxflags(machine, target, crossing),
    };
    let mut identity = ask.preprocess(IDENTITY)?;
    // A clang that isn't told otherwise makes code for its own machine.
    let mut target_flag = None;
    if tells(&identity, "snmalloc_arch:").is_some_and(|arch| arch != target.arch)
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
            Missing::new(format!("`{}` is neither GCC nor clang", compiler.command()))
                .fix("set CXX to g++ or clang++"),
        );
    };
    if let Some(arch) = tells(&identity, "snmalloc_arch:") {
        if arch != target.arch {
            return Err(Missing::new(format!(
                "`{}` makes code for {arch}, not for {}",
                compiler.command(),
                target.triple
            ))
            .looked(origin(compiler))
            .fix(format!(
                "set CXX_{} to a compiler for {}",
                target.triple.replace('-', "_"),
                target.arch
            )));
        }
    }

    let unix = target.os != "windows";
    let headers = if features.has("vendored-stl") {
        LIBC.to_owned()
    } else {
        format!("{LIBC}{STL}")
    };
    let language = format!("{headers}{LANGUAGE}");
    // Not on i586: its processors trap at the instruction.
    let x86 = matches!(target.arch.as_str(), "x86_64" | "x86") && target.cpu() != "i586";
    let cx16_flag = target.arch == "x86_64";
    let mut probes = Probes {
        family: if in_guise { Family::Msvc } else { family },
        version,
        cxx20: !features.has("usecxx17"),
        cx16: cx16_flag,
        prfchw: x86,
        getentropy: unix,
        atfork: unix,
        target_flag,
        futex_header: has("futex"),
        thread_atexit: has("thread_atexit"),
        random_header: has("random"),
    };
    // Nearly every compiler of today can do all of it: ask once.
    let mut all = vec![if probes.cxx20 { cxx20 } else { cxx17 }];
    all.extend(cx16_flag.then_some("-mcx16"));
    all.extend(x86.then_some("-mprfchw"));
    let c_library = if unix {
        [GETENTROPY, ATFORK].concat()
    } else {
        String::new()
    };
    if ask.accepts(&all, &format!("{language}{c_library}")) {
        return Ok(probes);
    }
    // Something is wanting: find out what.
    probes.cxx20 = probes.cxx20 && ask.accepts(&[cxx20], &language);
    let standard = if probes.cxx20 { cxx20 } else { cxx17 };
    if !probes.cxx20 {
        ask.must_accept(&[cxx17], &headers, &language)?;
    }
    probes.cx16 = cx16_flag && ask.accepts(&[standard, "-mcx16"], "");
    probes.prfchw = x86 && ask.accepts(&[standard, "-mprfchw"], "");
    probes.getentropy = unix && ask.accepts(&[standard], GETENTROPY);
    probes.atfork = unix && ask.accepts(&[standard], ATFORK);
    Ok(probes)
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

fn origin(compiler: &Compiler) -> String {
    match &compiler.variable {
        Some(variable) => format!("{variable}, which names it"),
        None if compiler.origin == Origin::Ndk => "the NDK, where it was found".to_owned(),
        None => "PATH, where it was found".to_owned(),
    }
}

/// Not `-fsyntax-only`: zig takes that for linking, and builds its C library first.
const COMPILE: &str = "-c";

struct Asker<'a> {
    compiler: &'a Compiler,
    machine: &'a dyn Machine,
    /// The user's, which may change every answer.
    flags: Vec<String>,
}

impl Asker<'_> {
    fn preprocess(&self, source: &str) -> Result<String, Missing> {
        let output = self.call(&["-E"], source)?;
        if output.success {
            Ok(output.stdout)
        } else {
            Err(self.explain("can't preprocess a line of C++", &output.stderr))
        }
    }

    fn call(&self, flags: &[&str], source: &str) -> Result<crate::Output, Missing> {
        let mut args = self.compiler.args.clone();
        args.extend(self.flags.iter().cloned());
        args.extend(flags.iter().map(|flag| (*flag).to_owned()));
        let from_here: &[&str] = if self.compiler.is_clang_cl() {
            &["-TP", "-"]
        } else {
            &["-x", "c++", "-"]
        };
        args.extend(from_here.iter().map(|word| (*word).to_owned()));
        let program = Path::new(&self.compiler.program);
        let output = if flags.contains(&COMPILE) {
            self.machine.run_compiler(program, &args, source)
        } else {
            self.machine.run(program, &args, source)
        };
        output.map_err(|error| {
            Missing::new(format!("the C++ compiler can't be run: {error}"))
                .looked(origin(self.compiler))
        })
    }

    fn accepts(&self, flags: &[&str], source: &str) -> bool {
        // A flag that is accepted with a warning isn't understood.
        let mut strict = vec![COMPILE, "-Werror"];
        strict.extend(flags);
        self.call(&strict, source)
            .is_ok_and(|output| output.success)
    }

    /// Tells "too old" and "no headers" apart.
    fn must_accept(&self, flags: &[&str], headers: &str, language: &str) -> Result<(), Missing> {
        let mut syntax = vec![COMPILE];
        syntax.extend(flags);
        let whole = self.call(&syntax, language)?;
        if whole.success {
            return Ok(());
        }
        let without_headers = self.call(&syntax, LANGUAGE)?;
        if !without_headers.success {
            return Err(self
                .explain(
                    "is too old or broken: it can't compile C++17",
                    &whole.stderr,
                )
                .fix("use GCC 8, clang 10 or newer, and name it in CXX"));
        }
        let what = if self.call(&syntax, LIBC)?.success || headers == LIBC {
            "finds no C++ standard headers"
        } else {
            "finds no C library headers"
        };
        Err(self
            .explain(what, &whole.stderr)
            .fix("install the compiler's C++ library headers (libstdc++-dev, libc++-dev)"))
    }

    fn explain(&self, what: &str, stderr: &str) -> Missing {
        Missing::new(format!("`{}` {what}", self.compiler.command()))
            .looked(origin(self.compiler))
            .said(stderr)
    }
}

#[cfg(test)]
mod tests;
