// SPDX-License-Identifier: MIT
//! GNU cross compilers, by the names that Debian, Fedora, Arch, Arm, crosstool-NG and crossdev use;
//! clang if `SNMALLOC_SYSROOT` gives it the target's file system.

use super::sysroot;
use crate::toolchain::Tool;
use crate::{Compiler, Error, Machine, Need, Target, catalog, install_command};

pub(super) fn compiler(target: &Target, machine: &dyn Machine) -> Result<Compiler, Error> {
    let prefixes = prefixes(target);
    let names: Vec<String> = prefixes.iter().map(|p| format!("{p}-g++")).collect();
    sysroot::compiler(&names, target, machine).map_err(|missing| {
        match install_command(machine, &Need::GnuCross(prefixes[0].clone())) {
            Some(line) => missing.fix(line),
            None => missing,
        }
    })
}

/// rustc links with the C compiler of the same toolchain.
pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    let found = prefixes(target)
        .iter()
        .find_map(|prefix| machine.find_program(&format!("{prefix}-gcc")))
        .map(Tool::plain);
    sysroot::linker(found, target, machine)
}

/// Debian's name first, then those with a vendor: crosstool-NG's and crossdev's, Arm's.
pub(super) fn prefixes(target: &Target) -> Vec<String> {
    let debian = catalog::gnu_prefix(target);
    let with_vendor = |vendor| debian.replacen("-linux-", &format!("-{vendor}-linux-"), 1);
    let mut prefixes = vec![debian.clone(), with_vendor("unknown")];
    if ["aarch64", "arm"].contains(&target.arch.as_str()) {
        prefixes.push(with_vendor("none"));
    }
    let own = target.llvm_triple();
    if !prefixes.contains(&own) {
        prefixes.push(own);
    }
    prefixes
}

#[cfg(test)]
mod tests {
    use super::prefixes;
    use crate::{Target, catalog};

    #[test]
    fn every_glibc_target_has_a_compiler_name() {
        for entry in catalog::ENTRIES {
            let target = Target::from_triple(entry.triple).unwrap();
            if target.os != "linux" || target.env != "gnu" {
                continue;
            }
            // Names of Debian's packages.
            let expected = match entry.triple {
                "aarch64-unknown-linux-gnu" => "aarch64-linux-gnu",
                "arm-unknown-linux-gnueabi"
                | "armv5te-unknown-linux-gnueabi"
                | "armv7-unknown-linux-gnueabi" => "arm-linux-gnueabi",
                "arm-unknown-linux-gnueabihf"
                | "armv7-unknown-linux-gnueabihf"
                | "thumbv7neon-unknown-linux-gnueabihf" => "arm-linux-gnueabihf",
                "i586-unknown-linux-gnu" | "i686-unknown-linux-gnu" => "i686-linux-gnu",
                "loongarch64-unknown-linux-gnu" => "loongarch64-linux-gnu",
                "powerpc-unknown-linux-gnu" => "powerpc-linux-gnu",
                "powerpc64-unknown-linux-gnu" => "powerpc64-linux-gnu",
                "powerpc64le-unknown-linux-gnu" => "powerpc64le-linux-gnu",
                "riscv64a23-unknown-linux-gnu" | "riscv64gc-unknown-linux-gnu" => {
                    "riscv64-linux-gnu"
                }
                "s390x-unknown-linux-gnu" => "s390x-linux-gnu",
                "sparc64-unknown-linux-gnu" => "sparc64-linux-gnu",
                "x86_64-unknown-linux-gnu" | "x86_64-unknown-linux-gnuasan" => "x86_64-linux-gnu",
                "x86_64-unknown-linux-gnux32" => "x86_64-linux-gnux32",
                other => panic!("{other} has no expected name here"),
            };
            assert_eq!(prefixes(&target)[0], expected);
        }
    }

    #[test]
    fn names_with_a_vendor() {
        let target = Target::from_triple("armv7-unknown-linux-gnueabihf").unwrap();
        assert_eq!(
            prefixes(&target),
            [
                "arm-linux-gnueabihf",
                "arm-unknown-linux-gnueabihf",
                "arm-none-linux-gnueabihf",
                "armv7-unknown-linux-gnueabihf",
            ]
        );
    }
}
