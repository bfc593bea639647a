// SPDX-License-Identifier: MIT
//! Tests how compilers' answers are interpreted.

use super::probe;
use crate::{Compiler, FakeMachine, Family, Features, Origin, Output, Target};

fn says(success: bool, text: &str) -> Output {
    Output {
        success,
        stdout: text.to_owned(),
        stderr: if success {
            String::new()
        } else {
            text.to_owned()
        },
    }
}

fn ask(machine: &FakeMachine) -> Result<super::Probes, String> {
    let compiler = Compiler::found("/usr/bin/g++");
    let target = Target::from_triple("x86_64-unknown-linux-gnu").unwrap();
    probe(&target, false, &compiler, &Features::default(), machine)
        .map_err(|missing| missing.to_string())
}

const GCC12: &str = "snmalloc_probe: gnu 12 2\nsnmalloc_arch: x86_64\nsnmalloc_has: thread_atexit\nsnmalloc_has: futex\n";

#[test]
fn current_compiler_is_run_twice() {
    let machine = FakeMachine::new("linux", "x86_64")
        .with_program("/usr/bin/g++", "-E", says(true, GCC12))
        .with_program(
            "/usr/bin/g++",
            "-c -std=c++20 -mcx16 -mprfchw -w -x c++ - -o",
            says(true, ""),
        );
    let probes = ask(&machine).unwrap();
    assert_eq!((probes.family, probes.version), (Family::Gnu, (12, 2)));
    assert!(probes.cxx20 && probes.cx16 && probes.getentropy);
    assert!(probes.futex_header && probes.thread_atexit && !probes.random_header);
}

#[test]
fn an_older_one_falls_back_to_cxx17() {
    let machine = FakeMachine::new("linux", "x86_64")
        .with_program("/usr/bin/g++", "-E", says(true, GCC12))
        .with_program("/usr/bin/g++", "c++20", says(false, "no such standard"))
        .with_program("/usr/bin/g++", "-mprfchw", says(false, "no such flag"))
        .with_program("/usr/bin/g++", "c++17", says(true, ""));
    let probes = ask(&machine).unwrap();
    assert!(!probes.cxx20 && probes.cx16 && !probes.prfchw && probes.getentropy);
}

#[test]
fn unusable_compilers_are_reported() {
    let base = FakeMachine::new("linux", "x86_64");
    let wrong_arch = base.clone().with_program(
        "/usr/bin/g++",
        "-E",
        says(true, "snmalloc_probe: gnu 12 2\nsnmalloc_arch: aarch64\n"),
    );
    let other_system = base.clone().with_program(
        "/usr/bin/g++",
        "-E",
        says(
            true,
            "snmalloc_probe: gnu 12 2\nsnmalloc_arch: x86_64\nsnmalloc_os: windows\n",
        ),
    );
    let unknown = base
        .clone()
        .with_program("/usr/bin/g++", "-E", says(true, "hello\n"));
    let too_old = base
        .clone()
        .with_program("/usr/bin/g++", "-E", says(true, GCC12))
        .with_program(
            "/usr/bin/g++",
            "-std=",
            says(false, "unknown standard c++17"),
        )
        .with_program("/usr/bin/g++", "", says(true, ""));
    let broken = base
        .clone()
        .with_program("/usr/bin/g++", "-E", says(true, GCC12))
        .with_program("/usr/bin/g++", "", says(false, "cc1plus: not found"));
    for (machine, expected) in [
        (
            wrong_arch,
            "makes code for aarch64, not for x86_64-unknown-linux-gnu",
        ),
        (
            other_system,
            "makes code for windows, not for x86_64-unknown-linux-gnu",
        ),
        (unknown, "is neither GCC nor clang"),
        (too_old, "is too old: it can't compile C++17"),
        (broken, "can't compile a line of C++"),
        (base, "the C++ compiler can't be run"),
    ] {
        let message = ask(&machine).unwrap_err();
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("\n  help: "), "{message}");
    }
}

fn fails(variable: Option<&str>, machine: &FakeMachine) -> String {
    let compiler = Compiler {
        variable: variable.map(str::to_owned),
        ..Compiler::found("/bin/cxx")
    };
    let target = Target::from_triple("x86_64-unknown-linux-gnu").unwrap();
    let missing = probe(&target, false, &compiler, &Features::default(), machine);
    missing.unwrap_err().to_string()
}

#[test]
fn program_that_is_not_a_compiler_is_refused_with_a_fix() {
    let machine = FakeMachine::new("linux", "x86_64").with_program(
        "/bin/cxx",
        "-E",
        says(false, "ls: invalid option -- 'E'"),
    );
    for (variable, flags, expected) in [
        (
            Some("HOST_CXX"),
            "-O2",
            "set HOST_CXX to a C++ compiler, or unset it",
        ),
        (
            None,
            "",
            "install it again, or set CXX to another C++ compiler",
        ),
    ] {
        let message = fails(variable, &machine.clone().with_var("CXXFLAGS", flags));
        let expected = format!("invalid option -- 'E'\n  help: {expected}");
        assert!(message.ends_with(&expected), "{message}");
    }
}

#[test]
fn flags_that_fail_are_named_and_quotes_explained() {
    let machine = FakeMachine::new("linux", "x86_64")
        .with_program("/bin/cxx", "-b\"", says(false, "b\": no such file"))
        .with_program("/bin/cxx", "-Wnone", says(false, "unknown option"))
        .with_program("/bin/cxx", "-E", says(true, GCC12));
    let quoted = fails(None, &machine.clone().with_var("CXXFLAGS", "-DX=\"a -b\""));
    assert_eq!(
        quoted,
        "`/bin/cxx` fails with the flags of CXXFLAGS\n  searched: PATH, where it was found\n  \
         | b\": no such file\n  help: set CC_SHELL_ESCAPED_FLAGS=1: quotes then keep words \
         together\n  help: correct CXXFLAGS: -DX=\"a -b\""
    );
    let plain = fails(None, &machine.with_var("HOST_CXXFLAGS", "-Wnone"));
    assert!(
        plain.ends_with("| unknown option\n  help: correct HOST_CXXFLAGS: -Wnone"),
        "{plain}"
    );
}

#[test]
fn clang_cl_is_probed_with_cl_options() {
    let compiler = Compiler::found("/bin/clang-cl");
    let target = Target::from_triple("x86_64-pc-windows-msvc").unwrap();
    let identity = "snmalloc_probe: clang 17 0\nsnmalloc_arch: x86_64\n";
    let machine = FakeMachine::new("linux", "x86_64")
        .with_program("/bin/clang-cl", "-E -w -TP -", says(true, identity))
        .with_program(
            "/bin/clang-cl",
            "-c /std:c++20 -mcx16 -mprfchw -w -TP -",
            says(true, ""),
        );
    let probes = probe(&target, true, &compiler, &Features::default(), &machine).unwrap();
    assert_eq!(probes.family, Family::Msvc);
    assert!(probes.cxx20 && probes.cx16 && !probes.getentropy);
}

#[test]
fn zig_without_the_headers_is_not_fixed_by_a_package() {
    assert!(super::compiler::headers_from(Origin::System).contains("libc++-dev"));
    assert!(!super::compiler::headers_from(Origin::Zig).contains("install"));
}
