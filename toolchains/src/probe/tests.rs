// SPDX-License-Identifier: MIT
//! What compilers answer, and what is made of it.

use super::probe;
use crate::{Compiler, DescribedMachine, Family, Features, Origin, Output, Target};

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

fn ask(machine: &DescribedMachine) -> Result<super::Probes, String> {
    let compiler = Compiler::found("/usr/bin/g++");
    let target = Target::from_triple("x86_64-unknown-linux-gnu").unwrap();
    probe(&target, false, &compiler, &Features::default(), machine)
        .map_err(|missing| missing.to_string())
}

const GCC12: &str = "snmalloc_probe: gnu 12 2\nsnmalloc_arch: x86_64\nsnmalloc_has: thread_atexit\nsnmalloc_has: futex\n";

#[test]
fn a_compiler_of_today_is_asked_twice() {
    let machine = DescribedMachine::new("linux", "x86_64")
        .with_program("/usr/bin/g++", "-E", says(true, GCC12))
        .with_program(
            "/usr/bin/g++",
            "-c -Werror -std=c++20 -mcx16 -mprfchw -x c++ - -o",
            says(true, ""),
        );
    let probes = ask(&machine).unwrap();
    assert_eq!((probes.family, probes.version), (Family::Gnu, (12, 2)));
    assert!(probes.cxx20 && probes.cx16 && probes.getentropy);
    assert!(probes.futex_header && probes.thread_atexit && !probes.random_header);
}

#[test]
fn an_older_one_falls_back_to_cxx17() {
    let machine = DescribedMachine::new("linux", "x86_64")
        .with_program("/usr/bin/g++", "-E", says(true, GCC12))
        .with_program("/usr/bin/g++", "c++20", says(false, "no such standard"))
        .with_program("/usr/bin/g++", "-mprfchw", says(false, "no such flag"))
        .with_program("/usr/bin/g++", "c++17", says(true, ""));
    let probes = ask(&machine).unwrap();
    assert!(!probes.cxx20 && probes.cx16 && !probes.prfchw && probes.getentropy);
}

#[test]
fn what_can_t_work_is_said() {
    let base = DescribedMachine::new("linux", "x86_64");
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
        .with_program("/usr/bin/g++", "", says(false, "unknown standard c++17"));
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
        (too_old, "is too old or broken: it can't compile C++17"),
        (base, "the C++ compiler can't be run"),
    ] {
        let message = ask(&machine).unwrap_err();
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("\n  to fix: "), "{message}");
    }
}

#[test]
fn what_is_no_compiler_is_told_with_the_way_out() {
    let refuses = DescribedMachine::new("linux", "x86_64").with_program(
        "/bin/ls",
        "-E",
        says(false, "ls: invalid option -- 'E'"),
    );
    let again = "to fix: install it again, or set CXX to another C++ compiler";
    let set = "to fix: set HOST_CXX to a C++ compiler, or unset it";
    for (variable, flags, expected) in [
        (Some("HOST_CXX"), "", set.to_owned()),
        (
            Some("HOST_CXX"),
            "-O2 -x",
            format!("{set}\n      or: correct CXXFLAGS: -O2 -x"),
        ),
        (None, "", again.to_owned()),
    ] {
        let machine = refuses.clone().with_var("CXXFLAGS", flags);
        let compiler = Compiler {
            variable: variable.map(str::to_owned),
            ..Compiler::found("/bin/ls")
        };
        let target = Target::from_triple("x86_64-unknown-linux-gnu").unwrap();
        let missing = probe(&target, false, &compiler, &Features::default(), &machine);
        let message = missing.unwrap_err().to_string();
        let expected = format!("invalid option -- 'E'\n  {expected}");
        assert!(message.ends_with(&expected), "{message}");
    }
}

#[test]
fn clang_in_the_guise_of_cl_is_asked_in_its_words() {
    let compiler = Compiler::found("/bin/clang-cl");
    let target = Target::from_triple("x86_64-pc-windows-msvc").unwrap();
    let identity = "snmalloc_probe: clang 17 0\nsnmalloc_arch: x86_64\n";
    let machine = DescribedMachine::new("linux", "x86_64")
        .with_program("/bin/clang-cl", "-E -TP -", says(true, identity))
        .with_program(
            "/bin/clang-cl",
            "-c -Werror /std:c++20 -mcx16 -mprfchw -TP -",
            says(true, ""),
        );
    let probes = probe(&target, true, &compiler, &Features::default(), &machine).unwrap();
    assert_eq!(probes.family, Family::Msvc);
    assert!(probes.cxx20 && probes.cx16 && !probes.getentropy);
}

#[test]
fn zig_without_the_headers_is_not_fixed_by_a_package() {
    assert!(super::asker::headers_from(Origin::System).contains("libc++-dev"));
    assert!(!super::asker::headers_from(Origin::Zig).contains("install"));
}
