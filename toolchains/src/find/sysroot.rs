// SPDX-License-Identifier: MIT
//! A target's file system (`SNMALLOC_SYSROOT`): what a compiler found by its name is
//! told of it, and clang, which with one compiles for any system.

use super::not_in_path;
use crate::toolchain::Tool;
use crate::{Compiler, Machine, Missing, Need, Target, install_line, vars};

/// The variable, looked up in the usual order.
pub(super) const VARIABLE: &str = "SNMALLOC_SYSROOT";

/// The directory, where one is set.
///
/// # Errors
/// It is no directory.
fn directory(target: &Target, machine: &dyn Machine) -> Result<Option<String>, Missing> {
    let Some((variable, dir)) = vars::lookup(machine, VARIABLE, target, true) else {
        return Ok(None);
    };
    if machine.is_dir(dir.as_ref()) {
        return Ok(Some(dir));
    }
    Err(
        Missing::new(format!("{variable} is `{dir}`, which is no directory"))
            .looked(format!("{dir} (not there)"))
            .fix(format!(
                "set {variable} to the root of a file system of {}, or unset it",
                target.triple
            )),
    )
}

/// The first of `names`, told of the sysroot; else clang with it; else what was
/// looked for.
///
/// # Errors
/// None of them is there.
pub(super) fn compiler(
    names: &[String],
    target: &Target,
    machine: &dyn Machine,
) -> Result<Compiler, Missing> {
    let found = super::first_in_path(names, machine);
    compiler_from(found, || not_in_path(names, target, true), target, machine)
}

/// As [`compiler`], for a family that has looked by itself.
pub(super) fn compiler_from(
    found: Option<Compiler>,
    missing: impl FnOnce() -> Missing,
    target: &Target,
    machine: &dyn Machine,
) -> Result<Compiler, Missing> {
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
                let missing = missing().looked("PATH, for clang++, which SNMALLOC_SYSROOT is for");
                Err(match install_line(machine, &Need::Clang) {
                    Some(line) => missing.fix(line),
                    None => missing.fix("install clang and lld"),
                })
            }
        },
        (None, None) => Err(missing().looked(format!(
            "{} (not set)",
            vars::names(VARIABLE, target, true).join(", ")
        ))),
    }
}

/// The C compiler that goes with [`compiler`], for rustc to link with.
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
            // This machine's own linker knows its own programs only.
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

/// The line of a message that says how clang could do it.
pub(super) fn fix(target: &Target) -> String {
    format!(
        "install clang and lld, and set {VARIABLE}_{} to the root of a file system of the target",
        target.triple.replace(['-', '.'], "_")
    )
}
