// SPDX-License-Identifier: MIT
//! Options for Windows, for all compilers.

use super::{Inputs, List, Opt};
use crate::{Error, Family, FeatureId, Machine, Origin, vars};

/// The Windows version that the headers target, and the import libraries for the functions that
/// snmalloc calls, in link order.
pub(super) fn windows(
    inputs: &Inputs<'_>,
    machine: &dyn Machine,
    list: &mut List,
) -> Result<(), Error> {
    let Inputs {
        features, target, ..
    } = inputs;
    if target.os != "windows" {
        return Ok(());
    }
    let seven = target.triple.contains("-win7-");
    let old = features.has(FeatureId::Win8compat) || seven;
    // Without NTDDI_VERSION, mingw-w64 hides `VirtualAlloc2` and `WaitOnAddress`.
    let (winver, ntddi) = if seven {
        ("0x0601", "0x06010000")
    } else if old {
        ("0x0603", "0x06030000")
    } else {
        ("0x0A00", "0x0A000006")
    };
    // zig defines it already, and warns about a redefinition.
    if inputs.compiler.origin != Origin::Zig {
        list.define_value("_WIN32_WINNT", winver);
    }
    list.define_value("NTDDI_VERSION", ntddi);
    // kernel32 first: mincore would import its functions from about twenty other DLLs.
    let mut libraries = vec!["kernel32", "bcrypt", "ntdll"];
    if !old {
        // The names of these libraries depend on the toolchain.
        libraries.extend(match inputs.compiler.origin {
            Origin::Zig => [
                "api-ms-win-core-memory-l1-1-6",
                "api-ms-win-core-synch-l1-2-0",
            ],
            _ => ["mincore", "synchronization"],
        });
    }
    for library in libraries {
        list.options.push(Opt::Library(format!("dylib={library}")));
    }
    mingw_runtime(inputs, machine, list)
}

/// Links GCC's own runtime library if `SNMALLOC_MINGW_RUNTIME` requests the DLL. The C++ library
/// and libatomic are not needed; winpthread comes with GCC's.
fn mingw_runtime(inputs: &Inputs<'_>, machine: &dyn Machine, list: &mut List) -> Result<(), Error> {
    const VARIABLE: &str = "SNMALLOC_MINGW_RUNTIME";
    let crossing = inputs.target.triple != inputs.host;
    let Some((variable, value)) = vars::lookup(machine, VARIABLE, inputs.target, crossing) else {
        return Ok(());
    };
    match value.as_str() {
        "static" => Ok(()),
        "shared" if inputs.probes.family == Family::Gnu => {
            list.options.push(Opt::Library("dylib=gcc_s".to_owned()));
            Ok(())
        }
        "shared" => Err(Error::new(format!(
            "{variable}=shared, but `{}` has no run-time library that is shared",
            inputs.compiler.command()
        ))
        .fix(format!("unset {variable}"))),
        _ => Err(Error::new(format!(
            "{variable} is `{value}`; it can be `static` or `shared`"
        ))),
    }
}
