// SPDX-License-Identifier: MIT
//! The compiler that a variable names: a program (its path may contain spaces), or a command with
//! arguments, which may start with a wrapper.

use super::wrappers;
use crate::{Compiler, Error, Machine, Need, install_command, user_flags};

pub(super) fn compiler(
    variable: &str,
    value: &str,
    machine: &dyn Machine,
) -> Result<Compiler, Error> {
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
    Ok(with_judged_flags(compiler, variable))
}

/// The compiler, without the flags that the policy ignores.
pub(super) fn with_judged_flags(mut compiler: Compiler, variable: &str) -> Compiler {
    let flags = compiler.args.split_off(compiler.wrapper_words);
    let judged = user_flags::of_compiler(flags, compiler.speaks_cl());
    compiler.notes.extend(judged.warning(variable));
    compiler.args.extend(judged.kept);
    compiler
}

fn not_there(variable: &str, value: &str, machine: &dyn Machine) -> Error {
    // Errors about features that need clang suggest `clang++`.
    let clang = (value == "clang++").then(|| install_command(machine, &Need::Clang));
    let missing = Error::new(format!(
        "{variable} is `{value}`, which names no compiler that is there"
    ))
    .searched("PATH");
    let missing = clang.flatten().into_iter().fold(missing, Error::fix);
    missing.fix(format!("set {variable} to a C++ compiler, or unset it"))
}
