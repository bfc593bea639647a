// SPDX-License-Identifier: MIT
//! Requirements for a target's next rung.

use super::Entry;
use crate::{Rung, Target};

/// The missing requirement for `entry`'s next rung; `None` if the target is tested or refused.
pub fn one_rung_up(entry: &Entry) -> Option<String> {
    if let Some(note) = entry.note {
        return Some(note.to_owned());
    }
    let target = Target::from_triple(entry.triple)?;
    Some(match entry.rung {
        Rung::Refused | Rung::Tested => return None,
        Rung::Planned if no_headers(&target) => {
            format!("headers of {}, which no package has", system(&target))
        }
        Rung::Planned => "a compile in CI".to_owned(),
        Rung::Compiled => match sdk(&target) {
            Some(sdk) => format!("a link with {sdk}"),
            None => "a link in CI".to_owned(),
        },
        Rung::Linked => format!("a run on {}", system(&target)),
    })
}

/// Returns true if neither zig nor Debian has headers for the OS or a substitute for them.
fn no_headers(target: &Target) -> bool {
    let others = ["dragonfly", "haiku", "illumos", "solaris"];
    target.env == "msvc" || others.contains(&target.os.as_str())
}

/// The SDK that links for the target, if nothing else does.
fn sdk(target: &Target) -> Option<&'static str> {
    match (target.os.as_str(), target.env.as_str()) {
        ("android", _) => Some("the NDK"),
        (_, "ohos") => Some("OpenHarmony's SDK"),
        (_, "msvc") => Some("Visual Studio"),
        _ if target.is_apple_device() || target.abi == "macabi" => Some("Xcode"),
        _ => None,
    }
}

/// The OS's name, in its vendor's spelling.
pub fn system(target: &Target) -> &'static str {
    match (target.os.as_str(), target.env.as_str()) {
        ("linux", "ohos") => "OpenHarmony",
        ("linux", "musl") => "Linux with musl",
        ("linux", _) => "Linux with glibc",
        ("windows", "msvc") => "Windows with Visual Studio",
        ("windows", _) => "Windows with mingw-w64 or LLVM",
        ("ios", _) if target.abi == "macabi" => "Mac Catalyst",
        ("macos", _) => "macOS",
        ("ios", _) => "iOS",
        ("tvos", _) => "tvOS",
        ("watchos", _) => "watchOS",
        ("visionos", _) => "visionOS",
        ("android", _) => "Android",
        ("freebsd", _) => "FreeBSD",
        ("netbsd", _) => "NetBSD",
        ("openbsd", _) => "OpenBSD",
        ("dragonfly", _) => "DragonFly",
        ("haiku", _) => "Haiku",
        ("illumos", _) => "illumos",
        ("solaris", _) => "Solaris",
        ("fuchsia", _) => "Fuchsia",
        ("redox", _) => "Redox",
        _ if target.arch.starts_with("wasm") => "WebAssembly",
        _ => "SGX",
    }
}

#[cfg(test)]
mod tests {
    use super::one_rung_up;
    use crate::{Rung, catalog};

    #[test]
    fn every_row_below_the_top_rung_names_the_gap() {
        for entry in catalog::ENTRIES {
            let at_an_end = matches!(entry.rung, Rung::Refused | Rung::Tested);
            let triple = entry.triple;
            assert_eq!(one_rung_up(entry).is_none(), at_an_end, "{triple}");
        }
    }
}
