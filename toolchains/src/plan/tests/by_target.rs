// SPDX-License-Identifier: MIT
//! Tests of plans that depend on a target's headers and compilers.

use super::planned_by;
use crate::{FakeMachine, Family};

#[test]
fn mach_vm_is_ours_where_the_sdk_refuses_it() {
    let machine = FakeMachine::new("macos", "aarch64");
    let words = |triple| planned_by("clang++", triple, &[], Family::Clang, &machine).unwrap();
    for (triple, ours) in [
        ("aarch64-apple-ios", true),
        ("aarch64-apple-ios-sim", true),
        ("aarch64-apple-tvos", true),
        ("aarch64-apple-watchos-sim", true),
        ("aarch64-apple-visionos", true),
        ("aarch64-apple-ios-macabi", false),
        ("x86_64-apple-darwin", false),
    ] {
        assert_eq!(words(triple).contains("-I/p/shim/apple"), ours, "{triple}");
    }
}

#[test]
fn apple_private_functions_are_opt_in() {
    const WAIT: &str = "-DSNMALLOC_USE_WAIT_ON_ADDRESS";
    const IOS: &str = "aarch64-apple-ios";
    let machine = FakeMachine::new("macos", "aarch64");
    let features = ["usewait-on-address"];
    let words = |triple| {
        let planned = planned_by("clang++", triple, &features, Family::Clang, &machine);
        planned.unwrap()
    };
    assert!(words(IOS).contains(&format!("{WAIT}=0")));
    assert!(words("aarch64-apple-darwin").contains(&format!("{WAIT}=1")));
    let asks = machine.clone().with_var("CXXFLAGS", format!("{WAIT}=1"));
    let asked = planned_by("clang++", IOS, &features, Family::Clang, &asks).unwrap();
    assert!(asked.contains(&format!("{WAIT}=1")), "{asked}");
    assert_eq!(asked.matches(WAIT).count(), 1, "{asked}");
}

#[test]
fn fuzzing_is_refused_where_clang_has_no_counters() {
    let machine = FakeMachine::new("linux", "x86_64");
    let says = |success| crate::Output {
        success,
        ..crate::Output::default()
    };
    let planned = |success| {
        let machine = machine.clone();
        let machine = machine.with_program("/usr/bin/clang++", "fuzzer-no-link", says(success));
        let triple = "armv7-unknown-freebsd";
        planned_by("clang++", triple, &["fuzzing"], Family::Clang, &machine)
    };
    assert!(planned(true).unwrap().contains("-fsanitize=fuzzer-no-link"));
    let message = planned(false).unwrap_err();
    assert!(
        message.contains("no coverage counters for armv7-unknown-freebsd"),
        "{message}"
    );
}
