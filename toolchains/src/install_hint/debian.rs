// SPDX-License-Identifier: MIT
//! Packages that exist only in some releases of Debian.

use super::Need;
use crate::Machine;

/// Returns true if apt has package lists, and none of them contains any of `names`.
pub(super) fn release_lacks(names: &str, machine: &dyn Machine) -> bool {
    let Some(apt_cache) = machine.find_program("apt-cache") else {
        return false;
    };
    let names: Vec<&str> = names.split(' ').collect();
    // Every release has the first package: without it, apt has no lists yet.
    let words = ["policy", "libc6"].into_iter().chain(names.iter().copied());
    let words: Vec<String> = words.map(str::to_owned).collect();
    let Ok(output) = machine.run(&apt_cache, &words, "") else {
        return false;
    };
    let listed = |name: &&str| {
        let heading = format!("{name}:");
        output.stdout.lines().any(|line| line == heading)
    };
    output.stdout.contains(" Packages") && !names.iter().all(listed)
}

/// The alternative if the release has no such package; `None` if none is known.
pub(super) fn instead(need: &Need, name: &str) -> Option<String> {
    match need {
        // Debian's 32-bit packages are available once their architecture is added.
        Need::Wine(arch) if arch == "x86" => Some(format!(
            "dpkg --add-architecture i386 && apt-get update && apt-get install {name}"
        )),
        Need::GnuCross(prefix) if prefix.starts_with("loongarch64-") => Some(format!(
            "upgrade to Debian 13 (trixie), the first release with {name}"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{FakeMachine, Need, Output, install_command};

    fn machine(lists: &str) -> FakeMachine {
        let said = Output {
            success: true,
            stdout: lists.to_owned(),
            ..Output::default()
        };
        FakeMachine::new("linux", "x86_64")
            .with_var("PATH", "/usr/bin")
            .with_file("/usr/bin/apt-get", "")
            .with_program("/usr/bin/apt-cache", "policy", said)
    }

    const BOOKWORM: &str = "libc6:\n  Candidate: 2.36\n     500 mirror bookworm/main Packages\n\
                            g++-aarch64-linux-gnu:\n  Candidate: 12\n";

    #[test]
    fn packages_missing_in_the_release_are_not_suggested() {
        let cross = |cpu: &str| Need::GnuCross(format!("{cpu}-linux-gnu"));
        let line = |need: &Need, lists| install_command(&machine(lists), need);
        for (need, expected) in [
            (
                cross("aarch64"),
                Some("apt-get install g++-aarch64-linux-gnu"),
            ),
            (
                cross("loongarch64"),
                Some(
                    "upgrade to Debian 13 (trixie), the first release with \
                     g++-loongarch64-linux-gnu",
                ),
            ),
            (
                Need::Wine("x86".to_owned()),
                Some(
                    "dpkg --add-architecture i386 && apt-get update && \
                     apt-get install wine32:i386",
                ),
            ),
            (cross("m68k"), None),
        ] {
            assert_eq!(line(&need, BOOKWORM).as_deref(), expected);
        }
        // Before the first `apt-get update` the result is unknown.
        let unknown = line(&cross("loongarch64"), "");
        assert_eq!(
            unknown.as_deref(),
            Some("apt-get install g++-loongarch64-linux-gnu")
        );
    }
}
