// SPDX-License-Identifier: MIT
//! Features that are not available everywhere: their requirements, and the error if one is not met.

use std::path::PathBuf;

use super::{Inputs, List, Opt, covers};
use crate::find::android;
use crate::{Error, Family, FeatureId, Machine, Need, Origin, Target, install_command, vars};

pub(super) fn native_cpu(inputs: &Inputs<'_>) -> Result<&'static str, Error> {
    let target = inputs.target;
    let host = Target::from_triple(inputs.host);
    if host.is_some_and(|host| host.arch != target.arch) {
        return Err(Error::new(format!(
            "feature native-cpu compiles for this machine's processor, which is no {}",
            target.arch
        ))
        .fix(format!(
            "turn it off, and name the processor: CXXFLAGS_{}=-mcpu=…",
            target.triple.replace('-', "_")
        )));
    }
    if inputs.probes.family == Family::Msvc && !inputs.compiler.is_clang_cl() {
        return Err(Error::new(
            "feature native-cpu: Microsoft's compiler can't tell this machine's processor",
        )
        .fix("turn it off, and name the instruction set: CXXFLAGS=/arch:AVX2")
        .fix("set CXX=clang-cl"));
    }
    inputs
        .target
        .cpu_row()
        .and_then(|cpu| cpu.native)
        .ok_or_else(|| {
            Error::new(format!(
                "feature native-cpu: compilers for {} can't detect this machine's CPU",
                target.arch
            ))
            .fix("turn it off, and name the CPU in CXXFLAGS")
        })
}

pub(super) fn gwp_asan(
    inputs: &Inputs<'_>,
    machine: &dyn Machine,
    list: &mut List,
) -> Result<(), Error> {
    if !inputs.features.has(FeatureId::GwpAsan) {
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
                return Err(Error::new("feature gwp-asan needs LLVM's GWP-ASan")
                    .searched(place)
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

/// Refuses C's names on other platforms: Windows and Apple's platforms bind them differently,
/// Android apps are libraries that are loaded too late, and the others are untested.
pub(super) fn override_c(inputs: &Inputs<'_>) -> Result<(), Error> {
    if !inputs.features.has(FeatureId::Override) || covers(FeatureId::Override, inputs.target) {
        return Ok(());
    }
    Err(Error::new(format!(
        "feature override can't replace malloc and free of {}: it is for Linux with glibc or musl",
        inputs.target.triple
    ))
    .fix("turn feature override off; as #[global_allocator] snmalloc still serves all Rust code")
    .fix("call sn_malloc and its like from C: feature libc-api"))
}

/// Refuses the vendored STL on OpenBSD: snmalloc's layer for it uses `std::atomic` in any case.
pub(super) fn vendored_stl(inputs: &Inputs<'_>) -> Result<(), Error> {
    if !inputs.features.has(FeatureId::VendoredStl) || inputs.target.os != "openbsd" {
        return Ok(());
    }
    Err(Error::new(
        "feature vendored-stl: snmalloc's layer for OpenBSD needs the compiler's own <atomic>",
    )
    .fix("turn feature vendored-stl off"))
}

pub(super) fn sanitise(
    inputs: &Inputs<'_>,
    machine: &dyn Machine,
    list: &mut List,
) -> Result<(), Error> {
    if !inputs.features.has(FeatureId::Fuzzing) {
        return Ok(());
    }
    let flag = needs_clang(
        inputs,
        machine,
        "fuzzing",
        "libFuzzer reads the coverage counters of clang, which GCC doesn't make",
        "-fsanitize=fuzzer-no-link",
    )?;
    if refuses(inputs, machine, &[flag]) {
        return Err(Error::new(format!(
            "feature fuzzing: clang makes no coverage counters for {}",
            inputs.target.triple
        ))
        .fix("turn feature fuzzing off"));
    }
    list.flag(flag);
    Ok(())
}

/// Returns true if the compiler rejects the flags for the target: clang's drivers differ.
pub(super) fn refuses(inputs: &Inputs<'_>, machine: &dyn Machine, flags: &[&str]) -> bool {
    let compiler = inputs.compiler;
    let mut args = compiler.args.clone();
    args.extend(inputs.probes.target_flag.clone());
    args.extend(flags.iter().chain(&["-E"]).map(|flag| (*flag).to_owned()));
    let from_here: &[&str] = if compiler.is_clang_cl() {
        &["-TP", "-"]
    } else {
        &["-x", "c++", "-"]
    };
    args.extend(from_here.iter().map(|word| (*word).to_owned()));
    let answer = machine.run(&compiler.program, &args, "");
    answer.is_ok_and(|output| !output.success)
}

/// Requires bitcode that rustc's linker can read: clang's, from an LLVM no newer than rustc's.
pub(super) fn lto(
    inputs: &Inputs<'_>,
    machine: &dyn Machine,
    list: &mut List,
) -> Result<(), Error> {
    if !inputs.features.has(FeatureId::Lto) {
        return Ok(());
    }
    let flag = needs_clang(
        inputs,
        machine,
        "lto",
        "rustc's linker reads LLVM's bitcode, and no other",
        "-flto=thin",
    )?;
    if inputs.target.is_apple() && inputs.compiler.origin == Origin::Zig {
        return Err(Error::new(
            "feature lto: zig makes no bitcode for Apple's systems, which its linker could not read",
        )
        .fix("build on a Mac with Xcode, or set CXX to another clang")
        .fix("turn feature lto off"));
    }
    let (clang, _) = inputs.probes.version;
    if let Some(llvm) = rust_llvm(machine).filter(|llvm| *llvm < clang) {
        return Err(Error::new(format!(
            "feature lto: `{}` is clang {clang}, and the LLVM of rustc is {llvm}, which can't \
             read the bitcode of a newer one",
            inputs.compiler.command()
        ))
        .fix(format!("set CXX=clang++-{llvm}, or one of an older clang"))
        .fix("rustup update: a newer rustc has a newer LLVM")
        .fix("turn feature lto off"));
    }
    // The shim then forces its fast paths to be inlined.
    list.define("SNMALLOC_RS_LTO");
    list.flag(flag);
    let flags = machine.var("CARGO_ENCODED_RUSTFLAGS");
    if !flags.is_some_and(|flags| flags.contains("linker-plugin-lto")) {
        list.warnings.push(
            "feature lto inlines nothing into Rust unless rustc is told -Clinker-plugin-lto \
             (in RUSTFLAGS, or rustflags in .cargo/config.toml)"
                .to_owned(),
        );
    }
    Ok(())
}

/// The major version of rustc's LLVM; `None` if it has none or doesn't print it.
fn rust_llvm(machine: &dyn Machine) -> Option<u32> {
    let rustc = machine.var("RUSTC").unwrap_or_else(|| "rustc".to_owned());
    let program = machine.find_program(&rustc)?;
    let told = machine.run(&program, &["-vV".to_owned()], "").ok()?;
    crate::toolchain::llvm_of(&told.stdout)
}

pub(super) fn needs_clang(
    inputs: &Inputs<'_>,
    machine: &dyn Machine,
    feature: &str,
    why: &str,
    flag: &'static str,
) -> Result<&'static str, Error> {
    if inputs.probes.family == Family::Clang || inputs.compiler.is_clang_cl() {
        return Ok(flag);
    }
    Err(Error::new(format!(
        "feature {feature} needs clang, and `{}` is {}: {why}",
        inputs.compiler.command(),
        inputs.probes.family.name()
    ))
    .fix(match inputs.probes.family {
        Family::Msvc => set_cxx("clang-cl", &Need::ClangCl, machine),
        _ => set_cxx("clang++", &Need::Clang, machine),
    })
    .fix(format!("turn feature {feature} off")))
}

/// Suggests setting CXX to `program`, and installing it first if it is missing.
fn set_cxx(program: &str, need: &Need, machine: &dyn Machine) -> String {
    let set = format!("set CXX={program}");
    if machine.find_program(program).is_some() {
        return set;
    }
    match install_command(machine, need) {
        Some(line) => format!("{line}, then {set}"),
        None => format!("install clang, then {set}"),
    }
}

/// Links the C++ library that an app shares. The allocator uses none of it; the linker drops the
/// library again if nothing else uses it.
pub(super) fn android_shared_std(
    inputs: &Inputs<'_>,
    machine: &dyn Machine,
    list: &mut List,
) -> Result<(), Error> {
    const ID: FeatureId = FeatureId::AndroidSharedStd;
    if !inputs.features.has(ID) || !covers(ID, inputs.target) {
        return Ok(());
    }
    let file =
        android::shared_std(inputs.target, inputs.compiler, machine).map_err(|missing| Error {
            what: format!("feature {}: {}", ID.feature().name, missing.what),
            ..missing
        })?;
    list.options
        .extend(file.parent().map(|dir| Opt::LibraryDir(dir.to_owned())));
    list.options
        .push(Opt::Library("dylib=c++_shared".to_owned()));
    Ok(())
}

/// Features that are accepted without effect, each with the reason.
pub(super) fn nothing_to_do(inputs: &Inputs<'_>) -> Vec<String> {
    // Crates that have enabled it since 0.7 must still build.
    let lld = (inputs.features.has(FeatureId::AndroidLld)
        && covers(FeatureId::AndroidLld, inputs.target))
    .then(|| "feature android-lld is always on: the NDK has no other linker since r22".to_owned());
    let elsewhere = inputs
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
        });
    elsewhere.chain(lld).collect()
}
