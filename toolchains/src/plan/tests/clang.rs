// SPDX-License-Identifier: MIT
//! Tests of features that require clang.

use super::{HOST, planned, planned_on};
use crate::{FakeMachine, Family, Output};

#[test]
fn clang_is_installed_before_it_is_named() {
    let machine = |os, program| {
        FakeMachine::new(os, "x86_64")
            .with_var("PATH", "/bin")
            .with_file(program, "")
    };
    let msvc = "x86_64-pc-windows-msvc";
    for (machine, triple, family, expected) in [
        (
            machine("linux", "/bin/clang++"),
            HOST,
            Family::Gnu,
            "set CXX=clang++",
        ),
        (
            machine("linux", "/bin/dnf"),
            HOST,
            Family::Gnu,
            "dnf install clang lld, then set CXX=clang++",
        ),
        (
            machine("illumos", "/bin/g++"),
            HOST,
            Family::Gnu,
            "install clang, then set CXX=clang++",
        ),
        (
            machine("linux", "/bin/clang-cl"),
            msvc,
            Family::Msvc,
            "set CXX=clang-cl",
        ),
        (
            machine("windows", "/bin/cl.exe"),
            msvc,
            Family::Msvc,
            "winget install LLVM.LLVM, then set CXX=clang-cl",
        ),
    ] {
        let message = planned_on(triple, &["lto"], family, &machine).unwrap_err();
        let fix = format!("help: {expected}\n");
        assert!(message.contains(&fix), "{message}");
    }
}

#[test]
fn bitcode_of_a_newer_llvm_is_refused() {
    let with = |llvm: &str| {
        let told = Output {
            success: true,
            stdout: format!("rustc 1.95.0\nhost: {HOST}\nLLVM version: {llvm}\n"),
            ..Output::default()
        };
        let machine = FakeMachine::new("linux", "x86_64")
            .with_var("RUSTC", "/r/rustc")
            .with_program("/r/rustc", "-vV", told);
        planned_on(HOST, &["lto"], Family::Clang, &machine)
    };
    // The fake clang is version 12.
    assert!(with("12.0.1").unwrap().contains("-flto=thin"));
    let message = with("11.1.0").unwrap_err();
    assert!(
        message.contains("is clang 12, and the LLVM of rustc is 11"),
        "{message}"
    );
    assert!(message.contains("set CXX=clang++-11"), "{message}");
    // If rustc can't be run or has no LLVM, leave the error to the linker.
    assert!(planned(HOST, &["lto"], Family::Clang).is_ok());
}
