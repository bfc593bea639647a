// SPDX-License-Identifier: MIT
//! GNU cross compilers, as Debian, Fedora, Arch and crosstool-NG name them.

use std::path::{Path, PathBuf};

use super::{first_in_path, not_in_path};
use crate::catalog;
use crate::{Compiler, Machine, Missing, Need, Target, install_line};

pub(super) fn compiler(target: &Target, machine: &dyn Machine) -> Result<Compiler, Missing> {
    let prefixes = prefixes(target);
    let names: Vec<String> = prefixes.iter().map(|p| format!("{p}-g++")).collect();
    first_in_path(&names, machine).ok_or_else(|| {
        let mut missing = not_in_path(&names, target, true);
        if let Some(line) = install_line(machine, &Need::GnuCross(prefixes[0].clone())) {
            missing = missing.fix(line);
        }
        missing.fix(format!(
            "set CXX_{} to a C++ compiler for it",
            target.triple.replace('-', "_")
        ))
    })
}

/// rustc links with the C compiler of the same toolchain.
pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<PathBuf> {
    prefixes(target)
        .iter()
        .find_map(|prefix| machine.find_program(&format!("{prefix}-gcc")))
}

/// qemu's user-mode emulator, with the cross toolchain's libraries.
pub(super) fn runner(target: &Target, machine: &dyn Machine) -> Result<Vec<String>, Missing> {
    let Some(name) = catalog::qemu(target) else {
        return Err(Missing::new(format!(
            "nothing here runs programs for {}",
            target.triple
        )));
    };
    let Some(qemu) = machine.find_program(&name) else {
        let missing = Missing::new(format!("no emulator to run programs for {}", target.triple))
            .looked(format!("{} (not set)", target.cargo_variable("RUNNER")))
            .looked(format!("PATH, for {name}"));
        return Err(match install_line(machine, &Need::QemuUser) {
            Some(line) => missing.fix(line),
            None => missing.fix(format!("install {name}")),
        });
    };
    let mut words = vec![qemu.display().to_string()];
    let sysroot = prefixes(target)
        .into_iter()
        .map(|prefix| Path::new("/usr").join(prefix))
        .find(|dir| machine.is_dir(&dir.join("lib")));
    if let Some(sysroot) = sysroot {
        words.extend(["-L".to_owned(), sysroot.display().to_string()]);
    }
    Ok(words)
}

/// Debian's name first, then the triple itself (crosstool-NG).
fn prefixes(target: &Target) -> Vec<String> {
    let mut prefixes = vec![catalog::gnu_prefix(target)];
    if prefixes[0] != target.triple {
        prefixes.push(target.triple.clone());
    }
    prefixes
}
