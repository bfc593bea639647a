// SPDX-License-Identifier: MIT
//! What Windows wants, whoever compiles.

use super::{Inputs, List, Opt};
use crate::{Family, Machine, Missing, Origin, vars};

/// Which Windows the headers are to show, and the import libraries of what
/// snmalloc takes from there. Their order is the order of linking.
pub(super) fn windows(
    inputs: &Inputs<'_>,
    machine: &dyn Machine,
    list: &mut List,
) -> Result<(), Missing> {
    let Inputs {
        features, target, ..
    } = inputs;
    if target.os != "windows" {
        return Ok(());
    }
    let seven = target.triple.contains("-win7-");
    let old = features.has("win8compat") || seven;
    // Without the second, mingw-w64 hides `VirtualAlloc2` and `WaitOnAddress`.
    let (winver, ntddi) = if seven {
        ("0x0601", "0x06010000")
    } else if old {
        ("0x0603", "0x06030000")
    } else {
        ("0x0A00", "0x0A000006")
    };
    // zig has defined it already, and warns of a second time.
    if inputs.compiler.origin != Origin::Zig {
        list.define_value("_WIN32_WINNT", winver);
    }
    list.define_value("NTDDI_VERSION", ntddi);
    // kernel32 first: mincore would import its functions from a score of other DLLs.
    let mut libraries = vec!["kernel32", "bcrypt", "ntdll"];
    if !old {
        // Who carries them has them under other names.
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

/// GCC's own run-time library, where `SNMALLOC_MINGW_RUNTIME` asks for the DLL.
/// Nothing of the C++ library or libatomic is needed; winpthread comes with GCC's.
fn mingw_runtime(
    inputs: &Inputs<'_>,
    machine: &dyn Machine,
    list: &mut List,
) -> Result<(), Missing> {
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
        "shared" => Err(Missing::new(format!(
            "{variable}=shared, but `{}` has no run-time library that is shared",
            inputs.compiler.command()
        ))
        .fix(format!("unset {variable}"))),
        _ => Err(Missing::new(format!(
            "{variable} is `{value}`; it can be `static` or `shared`"
        ))),
    }
}
