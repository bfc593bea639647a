// SPDX-License-Identifier: MIT
//! The options as `cl` spells them, and clang-cl after it. What GNU-like compilers
//! are told besides is either cl's only way (section per function with `/O2`, no
//! position-independent code) or has no documented word there.
//!
//! clang-cl was heard to accept them; cl itself was not at hand.

use super::{Inputs, List, Opt, refusable};
use crate::Missing;

pub(super) fn options(inputs: &Inputs<'_>, list: &mut List) -> Result<(), Missing> {
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
        // Else `__cplusplus` says 199711 whatever the standard.
        "/Zc:__cplusplus",
        // No exceptions, no type information, no locks around local statics.
        "/EHs-c-",
        "/GR-",
        "/Zc:threadSafeInit-",
        // Whatever cargo's profile: an allocator that isn't optimised is of no use.
        "/O2",
        // Functions and data in sections of their own.
        "/Gy",
        "/Gw",
        // The same bytes each time: no time of day in the object.
        "/Brepro",
        // The C library that rustc links with: its release form, whatever the profile.
        if target.crt_static { "/MT" } else { "/MD" },
    ] {
        list.flag(flag);
    }
    if features.has("debug") {
        // In the object, not in a file beside it.
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
    if features.has("native-cpu") {
        let flag = refusable::native_cpu(inputs)?;
        list.flag(format!("/clang:{flag}"));
    }
    if clang {
        for map in inputs.path_maps() {
            list.flag(format!("/clang:{map}"));
        }
    }
    // The C++ headers warn of their own exceptions otherwise.
    list.define_value("_HAS_EXCEPTIONS", "0");
    Ok(())
}
