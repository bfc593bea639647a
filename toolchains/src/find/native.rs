// SPDX-License-Identifier: MIT
//! This machine's own compiler, for its own target.

use super::{first_in_path, not_in_path};
use crate::{Compiler, Error, Machine, Need, Target, install_command};

pub(super) fn compiler(target: &Target, machine: &dyn Machine) -> Result<Compiler, Error> {
    let names = ["c++", "g++", "clang++"].map(str::to_owned);
    first_in_path(&names, machine).ok_or_else(|| {
        let missing = not_in_path(&names, target, false);
        match install_command(machine, &Need::CxxCompiler) {
            Some(line) => missing.fix(line),
            None => missing.fix("install a C++ compiler"),
        }
    })
}
