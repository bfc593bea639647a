// SPDX-License-Identifier: MIT
//! The one list of options that the C++ is compiled with.

use std::path::PathBuf;

use crate::{Compiler, Family, Features, Machine, Missing, Probes, Target, catalog, vars};

/// One option, free of any builder's spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opt {
    /// The C++ standard: 17 or 20.
    Standard(u8),
    /// A word of the compiler's command line.
    Flag(String),
    /// A macro, with its value if it has one.
    Define(String, Option<String>),
    /// A directory of headers.
    Include(PathBuf),
    /// A directory of libraries, for the linker.
    LibraryDir(PathBuf),
    /// A library to link, as cargo spells it (`static=atomic`).
    Library(String),
}

/// What a plan is made from.
pub struct Inputs<'a> {
    /// The features that are on.
    pub features: &'a Features,
    /// What is compiled for.
    pub target: &'a Target,
    /// The target of this machine.
    pub host: &'a str,
    /// What compiles.
    pub compiler: &'a Compiler,
    /// What the compiler answered.
    pub probes: &'a Probes,
    /// The root of snmalloc's source tree.
    pub source: PathBuf,
    /// The root of the package that holds the shim.
    pub package: PathBuf,
    /// Where the object is made.
    pub out_dir: PathBuf,
}

/// How the C++ is compiled and linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which they are given to the compiler, kind by kind.
    pub options: Vec<Opt>,
    /// What the user should know, though nothing is wrong.
    pub warnings: Vec<String>,
}

impl Plan {
    /// The compiler's arguments that the options stand for, but for those that
    /// only concern linking.
    pub fn arguments(&self) -> Vec<String> {
        self.options
            .iter()
            .filter_map(|option| {
                Some(match option {
                    Opt::Standard(year) => format!("-std=c++{year}"),
                    Opt::Flag(flag) => flag.clone(),
                    Opt::Define(name, None) => format!("-D{name}"),
                    Opt::Define(name, Some(value)) => format!("-D{name}={value}"),
                    Opt::Include(dir) => format!("-I{}", dir.display()),
                    Opt::LibraryDir(_) | Opt::Library(_) => return None,
                })
            })
            .collect()
    }
}

/// Makes the plan.
///
/// # Errors
/// A feature asks for what can't be had here; the message says why and what to
/// use instead.
pub fn plan(inputs: &Inputs<'_>, machine: &dyn Machine) -> Result<Plan, Missing> {
    if let Some(why) = catalog::entry(&inputs.target.triple).and_then(|entry| entry.refused) {
        return Err(Missing::new(format!(
            "snmalloc can't be built for {}: {why}",
            inputs.target.triple
        )));
    }
    let mut list = List::default();
    language(inputs, &mut list);
    code_generation(inputs, &mut list)?;
    macros(inputs, &mut list);
    gwp_asan(inputs, machine, &mut list)?;
    sanitise(inputs, &mut list)?;
    not_here(inputs)?;
    user_flags(inputs, machine, &mut list);
    list.options.push(Opt::Include(inputs.source.join("src")));
    list.warnings.extend(out_of_scope(inputs));
    Ok(Plan {
        options: list.options,
        warnings: list.warnings,
    })
}

#[derive(Default)]
struct List {
    options: Vec<Opt>,
    warnings: Vec<String>,
}

impl List {
    fn flag(&mut self, flag: impl Into<String>) {
        self.options.push(Opt::Flag(flag.into()));
    }

    fn define(&mut self, name: &str) {
        self.options.push(Opt::Define(name.to_owned(), None));
    }

    fn define_value(&mut self, name: &str, value: &str) {
        self.options
            .push(Opt::Define(name.to_owned(), Some(value.to_owned())));
    }
}

fn language(inputs: &Inputs<'_>, list: &mut List) {
    if let Some(flag) = &inputs.probes.target_flag {
        list.flag(flag);
    }
    let year = if inputs.probes.cxx20 { 20 } else { 17 };
    list.options.push(Opt::Standard(year));
    // Without these three, the C++ runtime library would have to be linked.
    for flag in ["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"] {
        list.flag(flag);
    }
}

fn code_generation(inputs: &Inputs<'_>, list: &mut List) -> Result<(), Missing> {
    let Inputs {
        features,
        target,
        probes,
        ..
    } = inputs;
    // Whatever cargo's profile: an allocator that isn't optimised is of no use to anyone.
    list.flag("-O3");
    if features.has("debug") {
        list.flag("-g");
    }
    if target.os != "windows" {
        list.flag("-fPIC");
        list.flag(tls_model(features));
    }
    for flag in [
        "-ffunction-sections",
        "-fdata-sections",
        "-fvisibility=hidden",
        "-fomit-frame-pointer",
    ] {
        list.flag(flag);
    }
    if probes.cx16 {
        list.flag("-mcx16");
    }
    if probes.prfchw {
        list.flag("-mprfchw");
    }
    if features.has("native-cpu") {
        list.flag(native_cpu(inputs)?);
    }
    if features.has("lto") {
        list.flag(needs_clang(
            inputs,
            "lto",
            "rustc's linker reads LLVM's bitcode, not GCC's",
            "-flto=thin",
        )?);
    }
    // No path of the building machine gets into the archive.
    for (dir, name) in [
        (&inputs.out_dir, "out"),
        (&inputs.package, "snmalloc-sys"),
        (&inputs.source, "snmalloc"),
    ] {
        list.flag(format!("-ffile-prefix-map={}={name}", dir.display()));
    }
    Ok(())
}

fn tls_model(features: &Features) -> &'static str {
    if features.has("notls") {
        "-ftls-model=global-dynamic"
    } else if features.has("local_dynamic_tls") {
        "-ftls-model=local-dynamic"
    } else {
        "-ftls-model=initial-exec"
    }
}

fn native_cpu(inputs: &Inputs<'_>) -> Result<&'static str, Missing> {
    let target = inputs.target;
    let host = Target::from_triple(inputs.host);
    if host.is_some_and(|host| host.arch != target.arch) {
        return Err(Missing::new(format!(
            "feature native-cpu compiles for this machine's processor, which is no {}",
            target.arch
        ))
        .fix(format!(
            "turn it off, and name the processor: CXXFLAGS_{}=-mcpu=…",
            target.triple.replace('-', "_")
        )));
    }
    match target.arch.as_str() {
        "x86_64" | "x86" | "s390x" => Ok("-march=native"),
        "aarch64" | "arm" | "powerpc64" | "powerpc" => Ok("-mcpu=native"),
        arch => Err(Missing::new(format!(
            "feature native-cpu: compilers for {arch} can't tell this machine's processor"
        ))
        .fix("turn it off, and name the processor in CXXFLAGS")),
    }
}

fn macros(inputs: &Inputs<'_>, list: &mut List) {
    let Inputs {
        features,
        target,
        probes,
        ..
    } = inputs;
    if !features.has("debug") {
        list.define("NDEBUG");
    }
    list.define(thread_cleanup(target));
    let wait = if features.has("usewait-on-address") {
        "1"
    } else {
        "0"
    };
    list.define_value("SNMALLOC_USE_WAIT_ON_ADDRESS", wait);
    let loads = if features.has("check-loads") {
        "true"
    } else {
        "false"
    };
    list.define_value("SNMALLOC_CHECK_LOADS", loads);
    // These kernels may have pages of up to 64 KiB, and the mitigations protect
    // whole pages: with smaller ones in mind they would protect nothing, or too much.
    let large_pages = ["aarch64", "loongarch64", "mips64"].contains(&target.arch.as_str())
        && matches!(target.os.as_str(), "linux" | "android");
    if features.has("check") && large_pages {
        list.define_value("SNMALLOC_PAGESIZE", "0x10000");
    }
    for (wanted, name) in [
        (probes.getentropy, "SNMALLOC_PLATFORM_HAS_GETENTROPY"),
        (probes.futex_header, "SNMALLOC_HAS_LINUX_FUTEX_H"),
        (probes.random_header, "SNMALLOC_HAS_LINUX_RANDOM_H"),
        // A lock held by another thread at `fork` would stay locked in the child for ever.
        (probes.atfork, "SNMALLOC_PTHREAD_ATFORK_WORKS"),
        (probes.atfork, "SNMALLOC_PTHREAD_FORK_PROTECTION"),
        (features.has("check"), "SNMALLOC_CHECK_CLIENT"),
        (features.has("qemu"), "SNMALLOC_QEMU_WORKAROUND"),
        (features.has("tracing"), "SNMALLOC_TRACING"),
        (
            features.has("vendored-stl"),
            "SNMALLOC_USE_SELF_VENDORED_STL",
        ),
        (features.has("libc-api"), "SNMALLOC_RS_LIBC_API"),
        (features.has("check-loads"), "SNMALLOC_RS_CHECKED_COPY"),
        (features.has("stats"), "SNMALLOC_RS_STATS"),
        (
            features.has("pageid") && covers("pageid", target),
            "SNMALLOC_PAGEID",
        ),
    ] {
        if wanted {
            list.define(name);
        }
    }
}

/// How a thread's allocator is given back at the thread's end, without the C++
/// runtime where the platform has another way.
fn thread_cleanup(target: &Target) -> &'static str {
    match (target.os.as_str(), target.env.as_str()) {
        ("linux", "gnu") => "SNMALLOC_USE_CXX11_THREAD_ATEXIT_DIRECT",
        ("windows", _) => "SNMALLOC_USE_CXX11_DESTRUCTORS",
        _ if target.is_apple() => "SNMALLOC_USE_CXX11_DESTRUCTORS",
        _ => "SNMALLOC_USE_PTHREAD_DESTRUCTORS",
    }
}

fn gwp_asan(inputs: &Inputs<'_>, machine: &dyn Machine, list: &mut List) -> Result<(), Missing> {
    if !inputs.features.has("gwp-asan") {
        return Ok(());
    }
    let crossing = inputs.target.triple != inputs.host;
    let mut dirs = Vec::new();
    let library = format!("clang_rt.gwp_asan-{}", inputs.target.arch);
    for (variable, file) in [
        (
            "SNMALLOC_GWP_ASAN_INCLUDE_PATH",
            "gwp_asan/guarded_pool_allocator.h".to_owned(),
        ),
        ("SNMALLOC_GWP_ASAN_LIBRARY_PATH", format!("lib{library}.a")),
    ] {
        let dir = vars::lookup(machine, variable, inputs.target, crossing)
            .map(|(_, value)| PathBuf::from(value));
        let file_of = |dir: &PathBuf| dir.join(&file);
        match dir {
            Some(dir) if machine.is_file(&file_of(&dir)) => dirs.push(dir),
            dir => {
                let place = dir.map_or_else(
                    || format!("{variable} (not set)"),
                    |dir| format!("{variable}: no {}", file_of(&dir).display()),
                );
                return Err(Missing::new("feature gwp-asan needs LLVM's GWP-ASan")
                    .looked(place)
                    .fix(format!("set {variable} to the directory that holds {file}"))
                    .fix("turn the feature off; feature check finds many of the same bugs"));
            }
        }
    }
    list.define("SNMALLOC_ENABLE_GWP_ASAN_INTEGRATION");
    list.options.push(Opt::Include(dirs[0].clone()));
    list.options.push(Opt::LibraryDir(dirs[1].clone()));
    list.options.push(Opt::Library(format!("static={library}")));
    Ok(())
}

fn sanitise(inputs: &Inputs<'_>, list: &mut List) -> Result<(), Missing> {
    if inputs.features.has("fuzzing") {
        list.flag(needs_clang(
            inputs,
            "fuzzing",
            "libFuzzer reads the coverage counters of clang, which GCC doesn't make",
            "-fsanitize=fuzzer-no-link",
        )?);
    }
    Ok(())
}

fn needs_clang(
    inputs: &Inputs<'_>,
    feature: &str,
    why: &str,
    flag: &'static str,
) -> Result<&'static str, Missing> {
    if inputs.probes.family == Family::Clang {
        return Ok(flag);
    }
    Err(Missing::new(format!(
        "feature {feature} needs clang, and `{}` is {}: {why}",
        inputs.compiler.command(),
        inputs.probes.family.name()
    ))
    .fix("set CXX=clang++")
    .fix(format!("turn feature {feature} off")))
}

/// Features of platforms, where they ask for what this version can't do there.
fn not_here(inputs: &Inputs<'_>) -> Result<(), Missing> {
    for (feature, why) in [
        (
            "android-lld",
            "has nothing to choose: the NDK's linker has been lld, and only lld, since r22",
        ),
        (
            "android-shared-std",
            "can't link libc++_shared.so yet; the allocator needs no C++ library there",
        ),
        (
            "win8compat",
            "can't keep newer Windows APIs out yet; use snmalloc-rs 0.7 for Windows 8.1",
        ),
    ] {
        if inputs.features.has(feature) && covers(feature, inputs.target) {
            return Err(Missing::new(format!("feature {feature} {why}"))
                .fix(format!("turn feature {feature} off")));
        }
    }
    Ok(())
}

fn user_flags(inputs: &Inputs<'_>, machine: &dyn Machine, list: &mut List) {
    let crossing = inputs.target.triple != inputs.host;
    for flag in vars::cxxflags(machine, inputs.target, crossing) {
        list.flag(flag);
    }
}

fn covers(name: &str, target: &Target) -> bool {
    crate::FEATURES
        .iter()
        .any(|feature| feature.name == name && feature.scope.covers(target))
}

fn out_of_scope(inputs: &Inputs<'_>) -> Vec<String> {
    inputs
        .features
        .iter()
        .filter(|feature| !feature.scope.covers(inputs.target))
        .map(|feature| {
            format!(
                "feature {} does nothing for {}: it is for {}",
                feature.name,
                inputs.target.triple,
                feature.scope.words()
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Inputs, plan};
    use crate::{Compiler, DescribedMachine, Family, Features, Probes, Target};

    const HOST: &str = "x86_64-unknown-linux-gnu";

    fn probes(family: Family) -> Probes {
        Probes {
            family,
            version: (12, 2),
            cxx20: true,
            cx16: true,
            prfchw: true,
            getentropy: true,
            atfork: true,
            futex_header: true,
            random_header: true,
            target_flag: None,
        }
    }

    fn planned(triple: &str, features: &[&str], family: Family) -> Result<String, String> {
        planned_on(
            triple,
            features,
            family,
            &DescribedMachine::new("linux", "x86_64"),
        )
    }

    fn planned_on(
        triple: &str,
        features: &[&str],
        family: Family,
        machine: &DescribedMachine,
    ) -> Result<String, String> {
        let compiler = Compiler {
            program: "/usr/bin/c++".into(),
            args: Vec::new(),
            variable: None,
        };
        let inputs = Inputs {
            features: &Features::from_names(features.iter().copied()).unwrap(),
            target: &Target::from_triple(triple).unwrap(),
            host: HOST,
            compiler: &compiler,
            probes: &probes(family),
            source: "/s".into(),
            package: "/p".into(),
            out_dir: "/o".into(),
        };
        match plan(&inputs, machine) {
            Ok(plan) => {
                let mut words = plan.arguments();
                words.extend(plan.warnings.iter().map(|w| format!("[{w}]")));
                Ok(words.join(" "))
            }
            Err(missing) => Err(missing.to_string()),
        }
    }

    #[test]
    fn the_default_plan() {
        assert_eq!(
            planned(HOST, &["build_cmake", "usewait-on-address"], Family::Gnu).unwrap(),
            "-std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -O3 -fPIC \
             -ftls-model=initial-exec -ffunction-sections -fdata-sections -fvisibility=hidden \
             -fomit-frame-pointer -mcx16 -mprfchw \
             -ffile-prefix-map=/o=out -ffile-prefix-map=/p=snmalloc-sys -ffile-prefix-map=/s=snmalloc \
             -DNDEBUG -DSNMALLOC_USE_CXX11_THREAD_ATEXIT_DIRECT -DSNMALLOC_USE_WAIT_ON_ADDRESS=1 \
             -DSNMALLOC_CHECK_LOADS=false -DSNMALLOC_PLATFORM_HAS_GETENTROPY \
             -DSNMALLOC_HAS_LINUX_FUTEX_H -DSNMALLOC_HAS_LINUX_RANDOM_H \
             -DSNMALLOC_PTHREAD_ATFORK_WORKS -DSNMALLOC_PTHREAD_FORK_PROTECTION -I/s/src"
        );
    }

    #[test]
    fn each_feature_changes_the_plan_or_is_refused() {
        for feature in crate::FEATURES {
            if matches!(feature.name, "build_cc" | "build_cmake" | "usecxx17") {
                // These choose the builder and what is probed, before the plan.
                continue;
            }
            let triple = match feature.scope {
                crate::Scope::Everywhere | crate::Scope::Linux => HOST,
                crate::Scope::Windows => "x86_64-pc-windows-gnu",
                crate::Scope::Android => "aarch64-linux-android",
            };
            for family in [Family::Gnu, Family::Clang] {
                assert_ne!(
                    planned(triple, &[feature.name], family),
                    planned(triple, &[], family),
                    "{} is accepted and ignored",
                    feature.name
                );
            }
        }
    }

    #[test]
    fn what_can_t_be_had_is_refused_with_the_way_out() {
        for (triple, feature, family, expected) in [
            (HOST, "lto", Family::Gnu, "to fix: set CXX=clang++"),
            (HOST, "fuzzing", Family::Gnu, "to fix: set CXX=clang++"),
            (
                HOST,
                "gwp-asan",
                Family::Clang,
                "looked at: SNMALLOC_GWP_ASAN_INCLUDE_PATH (not set)",
            ),
            (
                "aarch64-unknown-linux-gnu",
                "native-cpu",
                Family::Gnu,
                "CXXFLAGS_aarch64_unknown_linux_gnu=-mcpu=…",
            ),
            (
                "aarch64-linux-android",
                "android-lld",
                Family::Clang,
                "turn feature android-lld off",
            ),
        ] {
            let message = planned(triple, &[feature], family).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
        let warned = planned(HOST, &["win8compat"], Family::Gnu).unwrap();
        assert!(
            warned.contains("feature win8compat does nothing for x86_64-unknown-linux-gnu"),
            "{warned}"
        );
    }

    #[test]
    fn mitigations_allow_for_the_largest_pages() {
        let words = |triple| planned(triple, &["check"], Family::Gnu).unwrap();
        assert!(words("aarch64-unknown-linux-gnu").contains("-DSNMALLOC_PAGESIZE=0x10000"));
        assert!(!words(HOST).contains("SNMALLOC_PAGESIZE"));
    }

    #[test]
    fn gwp_asan_is_used_where_it_is() {
        let machine = DescribedMachine::new("linux", "x86_64")
            .with_file("/llvm/include/gwp_asan/guarded_pool_allocator.h", "")
            .with_file("/llvm/lib/libclang_rt.gwp_asan-x86_64.a", "")
            .with_var("SNMALLOC_GWP_ASAN_INCLUDE_PATH", "/llvm/include")
            .with_var("SNMALLOC_GWP_ASAN_LIBRARY_PATH", "/llvm/lib");
        let words = planned_on(HOST, &["gwp-asan"], Family::Clang, &machine).unwrap();
        assert!(words.contains("-DSNMALLOC_ENABLE_GWP_ASAN_INTEGRATION"));
        assert!(words.contains("-I/llvm/include"));
    }

    #[test]
    fn a_user_s_flags_come_last_among_the_flags() {
        let machine = DescribedMachine::new("linux", "x86_64")
            .with_var("CXXFLAGS", "-O2")
            .with_var("CXXFLAGS_x86_64_unknown_linux_gnu", "-O1 -Wall");
        let words = planned_on(HOST, &[], Family::Gnu, &machine).unwrap();
        assert!(words.ends_with("-O2 -O1 -Wall -I/s/src"), "{words}");
    }
}
