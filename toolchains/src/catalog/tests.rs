// SPDX-License-Identifier: MIT
//! Tests of the table of targets.

use super::{ENTRIES, gnu_prefix, qemu};
use crate::Target;

#[test]
fn entries_are_sorted_unique_and_parse() {
    for pair in ENTRIES.windows(2) {
        assert!(pair[0].triple < pair[1].triple, "{}", pair[1].triple);
    }
    for entry in ENTRIES {
        assert!(
            Target::from_triple(entry.triple).is_some(),
            "{}",
            entry.triple
        );
    }
}

/// One of its tests exceeds its own time limit under qemu.
#[test]
fn sparc64_is_not_run_and_its_row_gives_the_reason() {
    let entry = super::entry("sparc64-unknown-linux-gnu").unwrap();
    assert!(entry.rung < crate::Rung::Tested && !entry.jobs.contains(&"cross"));
    assert!(entry.note.unwrap().contains("under qemu-sparc64"));
}

#[test]
fn gnu_names_and_emulators() {
    for (triple, prefix, emulator) in [
        (
            "aarch64-unknown-linux-gnu",
            "aarch64-linux-gnu",
            "qemu-aarch64",
        ),
        (
            "armv7-unknown-linux-gnueabihf",
            "arm-linux-gnueabihf",
            "qemu-arm",
        ),
        ("i686-unknown-linux-gnu", "i686-linux-gnu", "qemu-i386"),
        (
            "powerpc64le-unknown-linux-gnu",
            "powerpc64le-linux-gnu",
            "qemu-ppc64le",
        ),
        (
            "powerpc64-unknown-linux-gnu",
            "powerpc64-linux-gnu",
            "qemu-ppc64",
        ),
        (
            "riscv64gc-unknown-linux-gnu",
            "riscv64-linux-gnu",
            "qemu-riscv64",
        ),
        ("s390x-unknown-linux-gnu", "s390x-linux-gnu", "qemu-s390x"),
    ] {
        let target = Target::from_triple(triple).unwrap();
        assert_eq!(gnu_prefix(&target), prefix);
        assert_eq!(qemu(&target).as_deref(), Some(emulator));
    }
}
