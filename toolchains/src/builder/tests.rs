// SPDX-License-Identifier: MIT
//! Tests of the choice of a builder, and its reason.

use super::{Builder, choose};
use crate::{FakeMachine, Features, Output, Target};

const HOST: &str = "x86_64-unknown-linux-gnu";

fn machine(programs: &[&str]) -> FakeMachine {
    programs.iter().fold(
        FakeMachine::new("linux", "x86_64").with_var("PATH", "/usr/bin"),
        |machine, name| machine.with_file(format!("/usr/bin/{name}"), ""),
    )
}

fn with_cmake(machine: FakeMachine, version: &str) -> FakeMachine {
    let output = Output {
        success: true,
        stdout: format!("cmake version {version}\n\nCMake suite\n"),
        stderr: String::new(),
    };
    machine.with_program("/usr/bin/cmake", "--version", output)
}

fn chosen(features: &[&str], machine: &FakeMachine) -> String {
    chosen_in("/target", features, machine)
}

fn chosen_in(dir: &str, features: &[&str], machine: &FakeMachine) -> String {
    let features = Features::from_names(features.iter().copied()).unwrap();
    let target = Target::from_triple(HOST).unwrap();
    match choose(&features, &target, HOST, dir.as_ref(), machine) {
        Ok(choice) => format!(
            "{}{}{} because {}",
            choice.builder.name(),
            choice
                .cmake
                .and_then(|cmake| cmake.generator)
                .map(|g| format!(" ({g})"))
                .unwrap_or_default(),
            if choice.fell_back {
                ", not as wished,"
            } else {
                ""
            },
            choice.reason
        ),
        Err(missing) => missing.to_string(),
    }
}

#[test]
fn the_choice_and_its_reason() {
    let bare = machine(&["make", "apt-get"]);
    let full = with_cmake(machine(&["make", "ninja"]), "3.25.1");
    let old = with_cmake(machine(&["make"]), "3.10.2");
    let driverless = with_cmake(machine(&[]), "3.25.1");
    let asked = |m: &FakeMachine, value| m.clone().with_var("SNMALLOC_BUILDER", value);
    for (features, machine, expected) in [
        (
            vec!["build_cmake"],
            full.clone(),
            "cmake (Ninja) because CMake is preferred and installed",
        ),
        (
            vec![],
            full.clone(),
            "cmake (Ninja) because CMake is preferred and installed",
        ),
        (
            vec!["build_cmake"],
            bare.clone(),
            "cc, not as wished, because CMake isn't installed",
        ),
        (vec![], bare.clone(), "cc because CMake isn't installed"),
        (
            vec!["build_cmake", "build_cc"],
            full.clone(),
            "cc because feature build_cc is on",
        ),
        (
            vec!["build_cmake"],
            old,
            "cc, not as wished, because CMake 3.10 is too old: 3.13 is needed",
        ),
        (
            vec!["build_cmake"],
            driverless,
            "cc, not as wished, because CMake has neither ninja nor make to drive",
        ),
        (
            vec!["build_cmake"],
            asked(&full, "cc"),
            "cc because SNMALLOC_BUILDER says so",
        ),
        (
            vec!["build_cc"],
            asked(&full, "cmake"),
            "cmake (Ninja) because SNMALLOC_BUILDER says so",
        ),
        (
            vec!["build_cc"],
            asked(&bare, "cmake"),
            "SNMALLOC_BUILDER=cmake, but CMake isn't installed\n\
             \x20 searched: PATH, for cmake\n\
             \x20 help: apt-get install cmake\n\
             \x20 help: unset SNMALLOC_BUILDER, or set it to cc",
        ),
        (
            vec![],
            asked(&bare, "meson"),
            "SNMALLOC_BUILDER is `meson`; it can be `cmake` or `cc`",
        ),
    ] {
        assert_eq!(chosen(&features, &machine), expected);
    }
}

#[test]
fn cc_is_chosen_for_paths_that_break_cmake() {
    let full = with_cmake(machine(&["make", "ninja"]), "3.25.1");
    let makeful = with_cmake(machine(&["make"]), "3.25.1");
    for (machine, dir, expected) in [
        (
            &full,
            "/a b/it's é/(x)&",
            "cmake (Ninja) because CMake is preferred and installed",
        ),
        (
            &full,
            "/a;b",
            "cc because CMake can't build below a path that holds `;`",
        ),
        (
            &makeful,
            "/\"x\"",
            "cc because CMake can't build below a path that holds `\"`",
        ),
        (
            &full,
            "/a\\b",
            "cc because CMake can't build below a path that holds `\\`",
        ),
    ] {
        assert_eq!(chosen_in(dir, &[], machine), expected);
    }
}

#[test]
fn target_specific_variable_wins() {
    let machine = machine(&["make"])
        .with_var("SNMALLOC_BUILDER", "cmake")
        .with_var("SNMALLOC_BUILDER_x86_64_unknown_linux_gnu", "cc");
    assert_eq!(
        chosen(&[], &machine),
        "cc because SNMALLOC_BUILDER_x86_64_unknown_linux_gnu says so"
    );
    assert_eq!(Builder::Cmake.name(), "cmake");
}

#[test]
fn visual_studio_generator_is_only_for_windows() {
    let target = Target::from_triple("x86_64-pc-windows-msvc").unwrap();
    let generator = |machine: &FakeMachine| {
        choose(&Features::default(), &target, HOST, "/t".as_ref(), machine)
            .unwrap()
            .cmake
            .and_then(|cmake| cmake.generator)
    };
    let linux = with_cmake(machine(&["ninja"]), "3.25.1");
    assert_eq!(generator(&linux).as_deref(), Some("Ninja"));
    let output = Output {
        success: true,
        stdout: "cmake version 3.31.6\n".to_owned(),
        stderr: String::new(),
    };
    let windows = FakeMachine::new("windows", "x86_64")
        .with_var("PATH", "C:/bin")
        .with_program("C:/bin/cmake.exe", "--version", output);
    assert_eq!(generator(&windows), None);
}
