// SPDX-License-Identifier: MIT
//! Windows with mingw-w64: GCC (`windows-gnu`) and LLVM (`windows-gnullvm`), both cross compilers
//! and MSYS2's.

use std::path::Path;

use super::not_in_path;
use crate::toolchain::Tool;
use crate::{Compiler, Error, Machine, Need, Target, install_command};

pub(super) fn compiler(target: &Target, machine: &dyn Machine) -> Result<Compiler, Error> {
    let names = names(target, true, machine);
    let mut win32_threads = None;
    for program in names.iter().filter_map(|name| machine.find_program(name)) {
        if is_llvm(target) || threads(&program, machine).as_deref() != Some("win32") {
            return Ok(Compiler::found(program));
        }
        win32_threads.get_or_insert(program);
    }
    let missing = match win32_threads {
        Some(program) => Error::new(format!(
            "`{}` has win32 threads; Rust's std for {} needs the posix-threads flavour",
            program.display(),
            target.triple
        ))
        .searched(format!("PATH, for {}", names.join(", "))),
        None => not_in_path(&names, target, true),
    };
    let need = if is_llvm(target) {
        Need::MingwLlvm
    } else {
        Need::Mingw(target.gnu_cpu().to_owned())
    };
    Err(match install_command(machine, &need) {
        Some(line) => missing.fix(line),
        None => missing,
    })
}

pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    names(target, false, machine)
        .iter()
        .find_map(|name| machine.find_program(name))
        .map(Tool::plain)
}

fn is_llvm(target: &Target) -> bool {
    target.abi == "llvm"
}

/// The posix-threads variant has its own name on Debian; elsewhere, and in MSYS2, it is the only
/// one.
fn names(target: &Target, cxx: bool, machine: &dyn Machine) -> Vec<String> {
    let prefix = format!("{}-w64-mingw32", target.gnu_cpu());
    let (gcc, clang) = if cxx {
        ("g++", "clang++")
    } else {
        ("gcc", "clang")
    };
    let mut names = if is_llvm(target) {
        vec![format!("{prefix}-{clang}")]
    } else {
        vec![format!("{prefix}-{gcc}-posix"), format!("{prefix}-{gcc}")]
    };
    if machine.os() == "windows" {
        let tool = if is_llvm(target) { clang } else { gcc };
        names.extend(
            msys2_environments(target)
                .iter()
                .map(|environment| format!("C:/msys64/{environment}/bin/{tool}")),
        );
        // The shell of a matching MSYS2 environment has it in PATH.
        if target.arch == machine.arch() {
            names.push(tool.to_owned());
        }
    }
    names
}

/// MSYS2's environments with compilers for `target`, best first.
fn msys2_environments(target: &Target) -> &'static [&'static str] {
    match (target.arch.as_str(), is_llvm(target)) {
        ("x86_64", false) => &["ucrt64", "mingw64"],
        ("x86", false) => &["mingw32"],
        ("x86_64", true) => &["clang64"],
        ("aarch64", true) => &["clangarm64"],
        _ => &[],
    }
}

/// GCC's thread model: `posix`, `win32`, `mcf`.
fn threads(program: &Path, machine: &dyn Machine) -> Option<String> {
    let output = machine.run(program, &["-v".to_owned()], "").ok()?;
    output
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("Thread model: "))
        .map(|model| model.trim().to_owned())
}
