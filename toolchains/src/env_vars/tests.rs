// SPDX-License-Identifier: MIT
use super::{ENV_VARS, Forward, Lookup, Section, entry, forwarded};
use std::collections::BTreeSet;

#[test]
fn each_variable_has_one_row() {
    let mut seen = BTreeSet::new();
    for name in ENV_VARS.iter().flat_map(|row| row.names) {
        assert!(seen.insert(name), "{name} has two rows");
    }
    for row in ENV_VARS {
        let one = [Section::OneName, Section::Xtask].contains(&row.section);
        assert!(!one || row.lookup == Lookup::OneName, "{:?}", row.names);
    }
}

#[test]
fn every_form_of_a_name_has_its_row() {
    for (name, base) in [
        ("CXXFLAGS", "CXXFLAGS"),
        ("HOST_CXXFLAGS", "CXXFLAGS"),
        ("TARGET_CXXFLAGS", "CXXFLAGS"),
        ("CXXFLAGS_aarch64-unknown-linux-gnu", "CXXFLAGS"),
        (
            "SNMALLOC_SYSROOT_aarch64_unknown_linux_gnu",
            "SNMALLOC_SYSROOT",
        ),
        ("CARGO_TARGET_X_RUSTFLAGS", "RUSTFLAGS"),
    ] {
        let row = entry(name).unwrap_or_else(|| panic!("{name} has no row"));
        assert!(row.names.contains(&base), "{name}: {:?}", row.names);
    }
    for name in [
        "CMAKE_GENERATOR_PLATFORM",
        "HOST_SDKROOT",
        "MY_CXXFLAGS",
        "CXXFLAGSX",
    ] {
        assert!(entry(name).is_none(), "{name}");
    }
}

#[test]
fn settings_are_forwarded_and_programs_and_secrets_are_not() {
    let names = [
        "CC_SHELL_ESCAPED_FLAGS",
        "CXXFLAGS_aarch64-unknown-linux-gnu",
        "HOST_CXXFLAGS",
        "SNMALLOC_BUILDER",
        "SNMALLOC_SOURCE_DIR",
        "RUSTFLAGS",
        "CARGO_PROFILE_RELEASE_LTO",
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
        "CARGO_REGISTRIES_X_INDEX",
        "CARGO_REGISTRIES_X_TOKEN",
        "CARGO_REGISTRY_TOKEN",
        "CXX",
        "CARGO_HOME",
        "PATH",
    ];
    let of = |forward| forwarded(names.into_iter().map(str::to_owned), forward);
    assert_eq!(
        of(Forward::Value),
        [
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_REGISTRIES_X_INDEX",
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "CC_SHELL_ESCAPED_FLAGS",
            "CXXFLAGS_aarch64-unknown-linux-gnu",
            "HOST_CXXFLAGS",
            "RUSTFLAGS",
            "SNMALLOC_BUILDER",
        ]
    );
    assert_eq!(of(Forward::Directory), ["SNMALLOC_SOURCE_DIR"]);
}
