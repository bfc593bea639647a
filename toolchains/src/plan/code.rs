// SPDX-License-Identifier: MIT
//! Code generation options of GCC and clang: language, optimisation, CPU.

use super::{Inputs, List, Opt, features};
use crate::{Error, FeatureId, Features, Origin, Target};

pub(super) fn language(inputs: &Inputs<'_>, list: &mut List) {
    if let Some(flag) = &inputs.probes.target_flag {
        list.flag(flag);
    }
    let year = if inputs.probes.cxx20 { 20 } else { 17 };
    list.options.push(Opt::Standard(year));
    // Without these three flags, the shim would need the C++ runtime library.
    for flag in ["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"] {
        list.flag(flag);
    }
}

pub(super) fn code_generation(inputs: &Inputs<'_>, list: &mut List) -> Result<(), Error> {
    let Inputs {
        features,
        target,
        probes,
        ..
    } = inputs;
    // Always optimise, regardless of cargo's profile: an unoptimised allocator is useless.
    list.flag("-O3");
    if features.has(FeatureId::Debug) {
        list.flag("-g");
    } else if inputs.compiler.origin == Origin::Zig {
        // By default zig adds debug information, with every path of this machine.
        list.flag("-g0");
        if target.os == "windows" {
            // Otherwise the name of a temporary file, different each time, stays in the object.
            list.flag("-s");
        }
    }
    if target.os != "windows" {
        list.flag("-fPIC");
        list.flag(tls_model(features, target));
    }
    for flag in [
        "-ffunction-sections",
        "-fdata-sections",
        "-fvisibility=hidden",
        "-fomit-frame-pointer",
    ] {
        list.flag(flag);
    }
    // The find step passes zig its own spelling.
    if inputs.compiler.origin != Origin::Zig {
        for flag in processor(target) {
            list.flag(*flag);
        }
    }
    if probes.cx16 {
        list.flag("-mcx16");
    }
    if probes.prfchw {
        list.flag("-mprfchw");
    }
    if features.has(FeatureId::NativeCpu) {
        list.flag(features::native_cpu(inputs)?);
    }
    for map in inputs.path_maps() {
        list.flag(map);
    }
    Ok(())
}

/// Flags for the CPU that a triple specifies, if compilers may default to a newer one (Debian's
/// compiler for 32-bit ARM generates ARMv7 code).
fn processor(target: &Target) -> &'static [&'static str] {
    let hard = target.abi.ends_with("hf");
    match (target.os.as_str(), target.cpu()) {
        ("linux", "armv5te") => &["-march=armv5te", "-marm", "-mfloat-abi=soft"],
        ("linux", "arm") if hard => &["-march=armv6", "-marm", "-mfpu=vfp", "-mfloat-abi=hard"],
        ("linux", "arm") => &["-march=armv6", "-marm", "-mfloat-abi=soft"],
        ("linux", "armv7") if hard => &["-march=armv7-a", "-mfpu=vfpv3-d16", "-mfloat-abi=hard"],
        ("linux", "armv7") => &["-march=armv7-a", "-mfloat-abi=soft"],
        ("linux", "thumbv7neon") => &["-march=armv7-a", "-mfpu=neon", "-mfloat-abi=hard"],
        // Disable NEON, as in rustc's target; the NDK's compiler would use it.
        ("android", "armv7" | "arm") => &[
            "-march=armv7-a",
            "-mthumb",
            "-mfpu=vfpv3-d16",
            "-mfloat-abi=softfp",
        ],
        ("android", "thumbv7neon") => &[
            "-march=armv7-a",
            "-mthumb",
            "-mfpu=neon",
            "-mfloat-abi=softfp",
        ],
        // Before Android 7, callbacks run with a stack aligned to 4 bytes.
        ("android", "i686") => &["-mstackrealign"],
        (_, "i586") => &["-march=i586"],
        _ => &[],
    }
}

fn tls_model(features: &Features, target: &Target) -> &'static str {
    if features.has(FeatureId::Notls) {
        "-ftls-model=global-dynamic"
    } else if features.has(FeatureId::LocalDynamicTls)
        || target.os == "android"
        || target.env == "ohos"
    {
        // Apps are libraries that are loaded at run time: Android's and OpenHarmony's loaders
        // reject those with the static model. (Before Android 10 TLS is emulated anyway.)
        "-ftls-model=local-dynamic"
    } else {
        "-ftls-model=initial-exec"
    }
}
