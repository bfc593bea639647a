// SPDX-License-Identifier: MIT
//! The archiver for objects of a compiler, as the cc crate finds it on hosts other than Windows.

use std::path::{Path, PathBuf};

use super::gnu_cross;
use crate::{Compiler, Machine, Target, Tool, vars};

/// `AR`, or the archiver of the compiler's toolchain, or `ar`.
pub fn ar(target: &Target, crossing: bool, compiler: &Compiler, machine: &dyn Machine) -> Tool {
    if let Some((_, value)) = vars::lookup(machine, "AR", target, crossing) {
        return named(&value, machine);
    }
    let found = crossing
        .then(|| of_toolchain(target, &compiler.unwrapped().program, machine))
        .flatten();
    Tool::plain(found.unwrap_or_else(|| match target.os.as_str() {
        // The system's own has other options.
        "illumos" => "gar".into(),
        _ => "ar".into(),
    }))
}

/// A program, or a program and its arguments.
fn named(value: &str, machine: &dyn Machine) -> Tool {
    let mut words = value.split_whitespace().map(str::to_owned);
    let (Some(first), None) = (words.next(), machine.find_program(value)) else {
        return Tool::plain(value);
    };
    Tool {
        program: first.into(),
        args: words.collect(),
    }
}

fn of_toolchain(target: &Target, compiler: &Path, machine: &dyn Machine) -> Option<PathBuf> {
    let name = compiler.file_name()?.to_string_lossy().into_owned();
    let mut names = Vec::new();
    // `aarch64-linux-gnu-g++-12` has `aarch64-linux-gnu-ar`.
    for tool in ["-g++", "-c++", "-gcc", "-clang++", "-clang"] {
        if let Some((prefix, _)) = name.split_once(tool) {
            names.push(format!("{prefix}-ar"));
        }
    }
    if name.contains("clang") {
        names.push("llvm-ar".to_owned());
    }
    if target.os == "linux" {
        let prefixes = gnu_cross::prefixes(target).into_iter();
        names.extend(prefixes.map(|prefix| format!("{prefix}-ar")));
    }
    names.iter().find_map(|name| {
        let sibling = compiler.with_file_name(name);
        let is_there = compiler.is_absolute() && machine.is_file(&sibling);
        if is_there {
            Some(sibling)
        } else {
            machine.find_program(name)
        }
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::ar;
    use crate::{Compiler, FakeMachine, Target};

    #[test]
    fn archiver_is_the_toolchain_s_or_the_one_that_is_named() {
        let machine = [
            "/bin/ar",
            "/bin/llvm-ar",
            "/bin/aarch64-linux-gnu-ar",
            "/opt/x/bin/arm-none-linux-gnueabihf-ar",
            "/ndk/bin/llvm-ar",
        ]
        .into_iter()
        .fold(
            FakeMachine::new("linux", "x86_64").with_var("PATH", "/bin"),
            |machine, path| machine.with_file(path, ""),
        );
        for (triple, compiler, expected) in [
            ("x86_64-unknown-linux-gnu", "/bin/clang++", "ar"),
            (
                "aarch64-unknown-linux-gnu",
                "/usr/bin/aarch64-linux-gnu-g++-12",
                "/bin/aarch64-linux-gnu-ar",
            ),
            (
                "aarch64-unknown-linux-gnu",
                "/bin/odd",
                "/bin/aarch64-linux-gnu-ar",
            ),
            (
                "armv7-unknown-linux-gnueabihf",
                "/opt/x/bin/arm-none-linux-gnueabihf-g++",
                "/opt/x/bin/arm-none-linux-gnueabihf-ar",
            ),
            (
                "aarch64-linux-android",
                "/ndk/bin/aarch64-linux-android24-clang++",
                "/ndk/bin/llvm-ar",
            ),
            ("x86_64-unknown-freebsd", "/opt/clang++", "/bin/llvm-ar"),
            ("x86_64-unknown-illumos", "/opt/g++", "gar"),
        ] {
            let target = Target::from_triple(triple).unwrap();
            let crossing = triple != "x86_64-unknown-linux-gnu";
            let tool = ar(&target, crossing, &Compiler::found(compiler), &machine);
            assert_eq!(tool.command(), expected, "{triple}");
        }
        let target = Target::from_triple("x86_64-unknown-linux-gnu").unwrap();
        for (value, args) in [("/opt/my ar", 0), ("ar -X64", 1), ("none", 0)] {
            let machine = machine.clone().with_file("/opt/my ar", "");
            let tool = ar(
                &target,
                false,
                &Compiler::found("g++"),
                &machine.with_var("AR", value),
            );
            assert_eq!((tool.command().as_str(), tool.args.len()), (value, args));
        }
    }
}
