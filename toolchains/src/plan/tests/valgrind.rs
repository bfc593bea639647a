// SPDX-License-Identifier: MIT
//! Tests of feature `valgrind`.

use super::{HOST, planned, planned_on};
use crate::{FakeMachine, Family, Output};

#[test]
fn missing_headers_are_named_with_their_package() {
    let refused = Output {
        success: false,
        ..Output::default()
    };
    let machine = |manager: &str| {
        FakeMachine::new("linux", "x86_64")
            .with_var("PATH", "/bin")
            .with_file(format!("/bin/{manager}"), "")
            .with_program(
                "/usr/bin/c++",
                "-include valgrind/memcheck.h",
                refused.clone(),
            )
    };
    for (manager, expected) in [
        ("apt-get", "help: apt-get install valgrind\n"),
        ("dnf", "help: dnf install valgrind-devel\n"),
    ] {
        let message = planned_on(HOST, &["valgrind"], Family::Gnu, &machine(manager)).unwrap_err();
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("to CXXFLAGS"), "{message}");
    }
    let cross = "aarch64-unknown-linux-gnu";
    let message = planned_on(cross, &["valgrind"], Family::Gnu, &machine("apt-get")).unwrap_err();
    assert!(!message.contains("apt-get"), "{message}");
}

#[test]
fn the_feature_is_one_macro() {
    let plain = planned(HOST, &[], Family::Gnu).unwrap();
    let with = planned(HOST, &["valgrind"], Family::Gnu).unwrap();
    assert!(!plain.contains("VALGRIND"), "{plain}");
    assert_eq!(with.replace(" -DSNMALLOC_RS_VALGRIND", ""), plain);
    let msvc = planned("x86_64-pc-windows-msvc", &["valgrind"], Family::Msvc);
    msvc.unwrap_err();
}
