// SPDX-License-Identifier: MIT
//! A target's file system (`SNMALLOC_SYSROOT`): arguments for a compiler found by its name, and for
//! clang, which can compile for any OS with one.

use super::not_in_path;
use crate::toolchain::Tool;
use crate::{Compiler, Error, Machine, Need, Target, install_command, vars};

/// The variable, in the usual look-up order.
pub(super) const VARIABLE: &str = "SNMALLOC_SYSROOT";

/// The directory, if one is set.
///
/// # Errors
/// The path is not a directory.
fn directory(target: &Target, machine: &dyn Machine) -> Result<Option<String>, Error> {
    let Some((variable, dir)) = vars::lookup(machine, VARIABLE, target, true) else {
        return Ok(None);
    };
    if machine.is_dir(dir.as_ref()) {
        return Ok(Some(dir));
    }
    Err(
        Error::new(format!("{variable} is `{dir}`, which is no directory"))
            .searched(format!("{dir} (not there)"))
            .fix(format!(
                "set {variable} to the root of a file system of {}, or unset it",
                target.triple
            )),
    )
}

/// The first of `names` with the sysroot; else clang with it; else the names that were searched.
///
/// # Errors
/// None of them was found.
pub(super) fn compiler(
    names: &[String],
    target: &Target,
    machine: &dyn Machine,
) -> Result<Compiler, Error> {
    let found = super::first_in_path(names, machine);
    compiler_from(found, || not_in_path(names, target, true), target, machine)
}

/// Like [`compiler`], for a family with its own search.
pub(super) fn compiler_from(
    found: Option<Compiler>,
    missing: impl FnOnce() -> Error,
    target: &Target,
    machine: &dyn Machine,
) -> Result<Compiler, Error> {
    let sysroot = directory(target, machine)?;
    match (found, sysroot) {
        (Some(compiler), None) => Ok(compiler),
        (Some(compiler), Some(dir)) => Ok(Compiler {
            args: vec![format!("--sysroot={dir}")],
            ..compiler
        }),
        (None, Some(dir)) => match machine.find_program("clang++") {
            Some(program) => Ok(Compiler {
                args: clang_args(target, &dir),
                ..Compiler::found(program)
            }),
            None => {
                let missing =
                    missing().searched("PATH, for clang++, which SNMALLOC_SYSROOT is for");
                Err(match install_command(machine, &Need::Clang) {
                    Some(line) => missing.fix(line),
                    None => missing.fix("install clang and lld"),
                })
            }
        },
        (None, None) => Err(missing().searched(format!(
            "{} (not set)",
            vars::names(VARIABLE, target, true).join(", ")
        ))),
    }
}

/// The C compiler that matches [`compiler`], which rustc uses as the linker.
pub(super) fn linker(found: Option<Tool>, target: &Target, machine: &dyn Machine) -> Option<Tool> {
    let sysroot = directory(target, machine).ok().flatten();
    match (found, sysroot) {
        (Some(tool), None) => Some(tool),
        (Some(tool), Some(dir)) => Some(Tool {
            args: vec![format!("--sysroot={dir}")],
            ..tool
        }),
        (None, Some(dir)) => {
            let mut args = clang_args(target, &dir);
            // This machine's own linker supports only its own programs.
            let lld = machine.find_program("ld.lld").is_some();
            args.extend(lld.then(|| "-fuse-ld=lld".to_owned()));
            Some(Tool {
                program: machine.find_program("clang")?,
                args,
            })
        }
        (None, None) => None,
    }
}

fn clang_args(target: &Target, dir: &str) -> Vec<String> {
    vec![
        format!("--target={}", target.llvm_triple()),
        format!("--sysroot={dir}"),
    ]
}

/// The fix that describes the setup for clang.
pub(super) fn fix(target: &Target) -> String {
    format!(
        "install clang and lld, and set {VARIABLE}_{} to the root of a file system of the target",
        target.triple.replace(['-', '.'], "_")
    )
}
