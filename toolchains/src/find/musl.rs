// SPDX-License-Identifier: MIT
//! Linux with musl: cross compilers with the names of musl-cross-make and Alpine.

use super::sysroot;
use crate::toolchain::Tool;
use crate::{Compiler, Error, Machine, Target};

pub(super) fn compiler(target: &Target, machine: &dyn Machine) -> Result<Compiler, Error> {
    sysroot::compiler(&names(target, "g++"), target, machine)
}

pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    let found = names(target, "gcc")
        .iter()
        .find_map(|name| machine.find_program(name))
        .map(Tool::plain);
    sysroot::linker(found, target, machine)
}

fn names(target: &Target, program: &str) -> Vec<String> {
    let system = format!("linux-musl{}", target.abi_suffix());
    let cpu = match target.arch.as_str() {
        "arm" => target.cpu(),
        _ => target.gnu_cpu(),
    };
    let mut names = vec![format!("{cpu}-{system}-{program}")];
    let mut add = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    if target.arch == "arm" {
        add(format!("arm-{system}-{program}"));
    }
    // Alpine's names contain its vendor; crosstool-NG uses the triple.
    add(format!("{cpu}-alpine-{system}-{program}"));
    add(format!("{}-{program}", target.triple));
    names
}
