// SPDX-License-Identifier: MIT
//! FreeBSD, NetBSD, OpenBSD, DragonFly, illumos, Solaris and Haiku: cross compilers whose names may
//! contain the OS version (`x86_64-unknown-freebsd14.1-clang++`).
//!
//! Not tested with a compiler of these names; they are the names that the platforms' own builds,
//! crosstool-NG and cross use.

use std::path::PathBuf;

use super::{not_in_path, sysroot, version_key};
use crate::toolchain::Tool;
use crate::{Compiler, Error, Machine, Target};

/// Returns true if this module supports the OS.
pub(super) fn knows(target: &Target) -> bool {
    !system(target).is_empty()
}

pub(super) fn compiler(target: &Target, machine: &dyn Machine) -> Result<Compiler, Error> {
    let found = find(target, ["-clang++", "-g++"], machine).map(Compiler::found);
    let missing = || {
        let pattern = format!("{}-*-{}*", cpus(target)[0], system(target));
        let names = ["clang++", "g++"].map(|tool| format!("{pattern}-{tool}"));
        not_in_path(&names, target, true).fix(sysroot::fix(target))
    };
    sysroot::compiler_from(found, missing, target, machine)
}

pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    let found = find(target, ["-clang", "-gcc"], machine).map(Tool::plain);
    sysroot::linker(found, target, machine)
}

/// The OS's name in the spelling of GNU tools; empty if it isn't in this family.
fn system(target: &Target) -> &str {
    match target.os.as_str() {
        os @ ("freebsd" | "netbsd" | "openbsd" | "dragonfly" | "illumos" | "solaris" | "haiku") => {
            os
        }
        _ => "",
    }
}

/// The CPU's names, rustc's own first.
fn cpus(target: &Target) -> Vec<&str> {
    let others: &[&str] = match target.cpu() {
        // The plan selects the exact one.
        "i586" | "i686" => &["i686", "i586", "i486", "i386"],
        "x86_64" => &["amd64"],
        "riscv64gc" => &["riscv64"],
        "sparcv9" => &["sparc64"],
        _ => &[],
    };
    let mut cpus = vec![target.cpu()];
    cpus.extend(others.iter().filter(|cpu| **cpu != target.cpu()));
    cpus
}

/// The program for the newest OS version in the first directory of `PATH` that has any; for equal
/// versions, the first of `tools`.
fn find(target: &Target, tools: [&str; 2], machine: &dyn Machine) -> Option<PathBuf> {
    machine.path().into_iter().find_map(|dir| {
        let newest = machine
            .list(&dir)
            .into_iter()
            .filter_map(|name| {
                let stem = name.strip_suffix(".exe").unwrap_or(&name);
                let (rank, prefix) = tools
                    .iter()
                    .rev()
                    .enumerate()
                    .find_map(|(rank, tool)| Some((rank, stem.strip_suffix(tool)?)))?;
                let version = version_in(prefix, target)?;
                Some((version, rank, name))
            })
            .max()?;
        Some(dir.join(newest.2))
    })
}

/// The OS version in the prefix of a tool for `target` (zero if there is none); `None` if the
/// prefix belongs to another target.
fn version_in(prefix: &str, target: &Target) -> Option<Vec<u32>> {
    let (cpu, rest) = prefix.split_once('-')?;
    if !cpus(target).contains(&cpu) {
        return None;
    }
    let rest = match target.abi_suffix() {
        "" => rest,
        // FreeBSD omits the ABI: there is only one.
        abi => rest.strip_suffix(&format!("-{abi}")).unwrap_or(rest),
    };
    let last = rest.rsplit('-').next()?;
    let version = last.strip_prefix(system(target))?;
    version_key(version.strip_prefix("elf").unwrap_or(version))
}

#[cfg(all(test, unix))]
mod tests {
    use super::{compiler, linker};
    use crate::{FakeMachine, Target};

    fn machine(files: &[&str]) -> FakeMachine {
        files.iter().fold(
            FakeMachine::new("linux", "x86_64").with_var("PATH", "/opt/bin:/usr/bin"),
            |machine, file| machine.with_file(*file, ""),
        )
    }

    #[test]
    fn names_with_and_without_versions() {
        for (triple, files, expected) in [
            (
                "x86_64-unknown-freebsd",
                vec![
                    "/usr/bin/x86_64-unknown-freebsd9.3-clang++",
                    "/usr/bin/x86_64-unknown-freebsd14.1-clang++",
                    "/usr/bin/x86_64-unknown-freebsd14.1-g++",
                    "/usr/bin/aarch64-unknown-freebsd15-clang++",
                ],
                "/usr/bin/x86_64-unknown-freebsd14.1-clang++",
            ),
            (
                "x86_64-unknown-netbsd",
                vec!["/opt/bin/x86_64--netbsd-g++"],
                "/opt/bin/x86_64--netbsd-g++",
            ),
            (
                "armv7-unknown-netbsd-eabihf",
                vec!["/opt/bin/armv7--netbsdelf-eabihf-g++"],
                "/opt/bin/armv7--netbsdelf-eabihf-g++",
            ),
            (
                "i686-unknown-haiku",
                vec!["/opt/bin/i586-pc-haiku-g++"],
                "/opt/bin/i586-pc-haiku-g++",
            ),
            (
                "sparcv9-sun-solaris",
                vec!["/opt/bin/sparcv9-sun-solaris2.11-g++"],
                "/opt/bin/sparcv9-sun-solaris2.11-g++",
            ),
            (
                "x86_64-unknown-illumos",
                vec!["/opt/bin/x86_64-illumos-g++"],
                "/opt/bin/x86_64-illumos-g++",
            ),
        ] {
            let target = Target::from_triple(triple).unwrap();
            let found = compiler(&target, &machine(&files)).unwrap();
            assert_eq!(found.command(), expected);
        }
    }

    #[test]
    fn clang_with_a_sysroot_serves_all() {
        let target = Target::from_triple("x86_64-unknown-illumos").unwrap();
        let bare = machine(&["/usr/bin/clang++", "/usr/bin/clang", "/usr/bin/ld.lld"]);
        let message = compiler(&target, &bare).unwrap_err().to_string();
        assert!(message.contains("SNMALLOC_SYSROOT (not set)"), "{message}");
        let set = bare.with_var("SNMALLOC_SYSROOT_x86_64_unknown_illumos", "/sys");
        let message = compiler(&target, &set).unwrap_err().to_string();
        assert!(message.contains("which is no directory"), "{message}");
        let there = set.with_file("/sys/usr/include/stdio.h", "");
        assert_eq!(
            compiler(&target, &there).unwrap().command(),
            "/usr/bin/clang++ --target=x86_64-pc-solaris --sysroot=/sys"
        );
        assert_eq!(
            linker(&target, &there).unwrap().command(),
            "/usr/bin/clang --target=x86_64-pc-solaris --sysroot=/sys -fuse-ld=lld"
        );
        let own = there.with_file("/usr/bin/x86_64-illumos-g++", "");
        assert_eq!(
            compiler(&target, &own).unwrap().command(),
            "/usr/bin/x86_64-illumos-g++ --sysroot=/sys"
        );
    }
}
