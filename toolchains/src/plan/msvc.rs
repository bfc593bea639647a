// SPDX-License-Identifier: MIT
//! Options in the spelling of `cl`, for cl and clang-cl. Further options of GNU-like compilers are
//! either cl's only behaviour (function sections with `/O2`, no position-independent code) or have
//! no documented equivalent.
//!
//! Tested with clang-cl; not tested with cl itself.

use super::{Inputs, List, Opt, features};
use crate::{Error, FeatureId};

pub(super) fn options(inputs: &Inputs<'_>, list: &mut List) -> Result<(), Error> {
    let Inputs {
        features,
        target,
        probes,
        compiler,
        ..
    } = inputs;
    let clang = compiler.is_clang_cl();
    list.flag("/nologo");
    if let Some(flag) = &probes.target_flag {
        list.flag(flag);
    }
    let year = if probes.cxx20 { 20 } else { 17 };
    list.options.push(Opt::Standard(year));
    for flag in [
        // By default `__cplusplus` is 199711 for every standard.
        "/Zc:__cplusplus",
        // No exceptions, no RTTI, no locks around local statics.
        "/EHs-c-",
        "/GR-",
        "/Zc:threadSafeInit-",
        // Always optimise, regardless of cargo's profile: an unoptimised allocator is useless.
        "/O2",
        // Separate sections for functions and data.
        "/Gy",
        "/Gw",
        // Reproducible output: no timestamp in the object.
        "/Brepro",
        // The C library that rustc links: the release variant, regardless of the profile.
        if target.crt_static { "/MT" } else { "/MD" },
    ] {
        list.flag(flag);
    }
    if features.has(FeatureId::Debug) {
        // Debug information in the object, not in a separate file.
        list.flag("/Z7");
    }
    if target.arch == "arm64ec" && !clang {
        list.flag("/arm64EC");
    }
    for (wanted, flag) in [(probes.cx16, "-mcx16"), (probes.prfchw, "-mprfchw")] {
        if wanted {
            list.flag(flag);
        }
    }
    if features.has(FeatureId::NativeCpu) {
        let flag = features::native_cpu(inputs)?;
        list.flag(format!("/clang:{flag}"));
    }
    if clang {
        for map in inputs.path_maps() {
            list.flag(format!("/clang:{map}"));
        }
    }
    // Otherwise the C++ headers warn that exceptions are disabled.
    list.define_value("_HAS_EXCEPTIONS", "0");
    Ok(())
}
