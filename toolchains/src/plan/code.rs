// SPDX-License-Identifier: MIT
//! How GCC and clang make code: language, optimisation, processor.

use super::{Inputs, List, Opt, refusable};
use crate::{Features, Missing, Origin, Target};

pub(super) fn language(inputs: &Inputs<'_>, list: &mut List) {
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

pub(super) fn code_generation(inputs: &Inputs<'_>, list: &mut List) -> Result<(), Missing> {
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
    } else if inputs.compiler.origin == Origin::Zig {
        // Its own choice would be to add them, with every path of this machine.
        list.flag("-g0");
        if target.os == "windows" {
            // The name of a temporary file, another one each time, stays in otherwise.
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
    // zig is told beforehand, in its own words.
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
    if features.has("native-cpu") {
        list.flag(refusable::native_cpu(inputs)?);
    }
    for map in inputs.path_maps() {
        list.flag(map);
    }
    Ok(())
}

/// The processor that a triple promises, where compilers' own default may ask for
/// a newer one (Debian's compiler for 32-bit ARM makes ARMv7 code).
fn processor(target: &Target) -> &'static [&'static str] {
    let hard = target.abi.ends_with("hf");
    match (target.os.as_str(), target.cpu()) {
        ("linux", "armv5te") => &["-march=armv5te", "-marm", "-mfloat-abi=soft"],
        ("linux", "arm") if hard => &["-march=armv6", "-marm", "-mfpu=vfp", "-mfloat-abi=hard"],
        ("linux", "arm") => &["-march=armv6", "-marm", "-mfloat-abi=soft"],
        ("linux", "armv7") if hard => &["-march=armv7-a", "-mfpu=vfpv3-d16", "-mfloat-abi=hard"],
        ("linux", "armv7") => &["-march=armv7-a", "-mfloat-abi=soft"],
        ("linux", "thumbv7neon") => &["-march=armv7-a", "-mfpu=neon", "-mfloat-abi=hard"],
        // No NEON, as in rustc's target; the NDK's compiler would use it.
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
        // Before Android 7, callbacks come with the stack aligned to 4 bytes.
        ("android", "i686") => &["-mstackrealign"],
        (_, "i586") => &["-march=i586"],
        _ => &[],
    }
}

fn tls_model(features: &Features, target: &Target) -> &'static str {
    if features.has("notls") {
        "-ftls-model=global-dynamic"
    } else if features.has("local_dynamic_tls") || target.os == "android" || target.env == "ohos" {
        // Apps are libraries that are loaded at run time: Android's and OpenHarmony's
        // loaders refuse those with the static model. (Before Android 10 TLS is emulated anyway.)
        "-ftls-model=local-dynamic"
    } else {
        "-ftls-model=initial-exec"
    }
}
