// SPDX-License-Identifier: MIT
//! The compiler that a variable names: a program (its path may contain spaces), or a command with
//! arguments, which may start with a wrapper.

use super::wrappers;
use crate::{Compiler, Machine, Missing, Need, install_line, user_flags};

pub(super) fn compiler(
    variable: &str,
    value: &str,
    machine: &dyn Machine,
) -> Result<Compiler, Missing> {
    let whole = machine
        .find_program(value)
        .filter(|program| !wrappers::is_known(program))
        .map(|program| (program, Vec::new()));
    let in_words = || {
        let mut words = value.split_whitespace().map(str::to_owned);
        let program = machine.find_program(&words.next()?)?;
        Some((program, words.collect::<Vec<_>>()))
    };
    let Some((program, args)) = whole.or_else(in_words) else {
        return Err(not_there(variable, value, machine));
    };
    let wrapper_words = wrappers::count(&program, &args, machine);
    if wrapper_words == 0 && wrappers::is_known(&program) {
        return Err(not_there(variable, value, machine));
    }
    let compiler = Compiler {
        args,
        wrapper_words,
        variable: Some(variable.to_owned()),
        ..Compiler::found(program)
    };
    with_judged_flags(compiler, variable)
}

/// The compiler, without the flags that the policy ignores.
pub(super) fn with_judged_flags(
    mut compiler: Compiler,
    variable: &str,
) -> Result<Compiler, Missing> {
    let flags = compiler.args.split_off(compiler.wrapper_words);
    let judged = user_flags::of_compiler(flags, compiler.speaks_cl(), variable)?;
    compiler.notes.extend(judged.warning(variable));
    compiler.args.extend(judged.kept);
    Ok(compiler)
}

fn not_there(variable: &str, value: &str, machine: &dyn Machine) -> Missing {
    // Errors about features that need clang suggest `clang++`.
    let clang = (value == "clang++").then(|| install_line(machine, &Need::Clang));
    let missing = Missing::new(format!(
        "{variable} is `{value}`, which names no compiler that is there"
    ))
    .looked("PATH");
    let missing = clang.flatten().into_iter().fold(missing, Missing::fix);
    missing.fix(format!("set {variable} to a C++ compiler, or unset it"))
}
