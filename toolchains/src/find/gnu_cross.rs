// SPDX-License-Identifier: MIT
//! GNU cross compilers, as Debian, Fedora, Arch and crosstool-NG name them.

use super::{first_in_path, not_in_path};
use crate::toolchain::Tool;
use crate::{Compiler, Machine, Missing, Need, Target, catalog, install_line};

pub(super) fn compiler(target: &Target, machine: &dyn Machine) -> Result<Compiler, Missing> {
    let prefixes = prefixes(target);
    let names: Vec<String> = prefixes.iter().map(|p| format!("{p}-g++")).collect();
    first_in_path(&names, machine).ok_or_else(|| {
        let missing = not_in_path(&names, target, true);
        match install_line(machine, &Need::GnuCross(prefixes[0].clone())) {
            Some(line) => missing.fix(line),
            None => missing,
        }
    })
}

/// rustc links with the C compiler of the same toolchain.
pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    prefixes(target)
        .iter()
        .find_map(|prefix| machine.find_program(&format!("{prefix}-gcc")))
        .map(Tool::plain)
}

/// Debian's name first, then the triple itself (crosstool-NG).
pub(super) fn prefixes(target: &Target) -> Vec<String> {
    let mut prefixes = vec![catalog::gnu_prefix(target)];
    if prefixes[0] != target.triple {
        prefixes.push(target.triple.clone());
    }
    prefixes
}
