// SPDX-License-Identifier: MIT
//! What runs a target's programs on this machine.

use std::path::Path;

use crate::{Machine, Missing, Need, Target, catalog, install_line};

/// The words before a program, and the variables it needs.
pub(super) type Runner = (Result<Vec<String>, Missing>, Vec<(String, String)>);

pub(super) fn runner(
    target: &Target,
    host: &str,
    is_static: bool,
    machine: &dyn Machine,
) -> Runner {
    if target.triple == host || runs_as_it_is(target, is_static, machine) {
        return (Ok(Vec::new()), Vec::new());
    }
    match target.os.as_str() {
        "linux" => (qemu(target, is_static, machine), Vec::new()),
        "windows" => (
            wine(target, machine),
            // Its remarks go to the program's standard error.
            vec![("WINEDEBUG".to_owned(), "-all".to_owned())],
        ),
        _ => (
            Err(Missing::new(format!(
                "nothing on this machine runs programs for {}",
                target.triple
            ))
            .looked(format!("{} (not set)", target.cargo_variable("RUNNER")))
            .fix(format!(
                "set {} to a program that runs them",
                target.cargo_variable("RUNNER")
            ))),
            Vec::new(),
        ),
    }
}

/// Another target of the same system and processor.
fn runs_as_it_is(target: &Target, is_static: bool, machine: &dyn Machine) -> bool {
    let same_system = target.os == machine.os() && target.arch == machine.arch();
    match target.os.as_str() {
        // What is linked dynamically finds its own C library only.
        "linux" => same_system && target.pointer_width == 64 && (is_static || target.env == "gnu"),
        _ => same_system,
    }
}

/// qemu's user-mode emulator, with the libraries of a cross toolchain for programs
/// that are linked dynamically.
fn qemu(target: &Target, is_static: bool, machine: &dyn Machine) -> Result<Vec<String>, Missing> {
    let Some(name) = catalog::qemu(target) else {
        return Err(Missing::new(format!(
            "no emulator runs programs for {}",
            target.triple
        )));
    };
    let no_emulator = |looked: String| {
        Missing::new(format!("no emulator to run programs for {}", target.triple))
            .looked(format!("{} (not set)", target.cargo_variable("RUNNER")))
            .looked(looked)
    };
    let Some(qemu) = machine.find_program(&name) else {
        let missing = no_emulator(format!("PATH, for {name}"));
        return Err(match install_line(machine, &Need::QemuUser) {
            Some(line) => missing.fix(line),
            None => missing.fix(format!("install {name}")),
        });
    };
    let words = vec![qemu.display().to_string()];
    if is_static || machine.var("QEMU_LD_PREFIX").is_some() {
        return Ok(words);
    }
    let prefixes = super::gnu_cross::prefixes(target);
    let sysroot = prefixes
        .iter()
        .map(|prefix| Path::new("/usr").join(prefix))
        .find(|dir| machine.is_dir(&dir.join("lib")));
    match sysroot {
        Some(sysroot) => Ok([words, vec!["-L".to_owned(), sysroot.display().to_string()]].concat()),
        None => {
            let missing = Missing::new(format!(
                "no C library to run programs for {} with",
                target.triple
            ))
            .looked("QEMU_LD_PREFIX (not set)")
            .looked(format!("/usr/{}/lib", prefixes.join("/lib, /usr/")));
            Err(
                match install_line(machine, &Need::GnuCross(prefixes[0].clone())) {
                    Some(line) => missing.fix(line),
                    None => missing.fix("set QEMU_LD_PREFIX to a root file system for it"),
                },
            )
        }
    }
}

/// Wine. Debian keeps its loaders out of `PATH`; 32-bit programs need a 32-bit one.
fn wine(target: &Target, machine: &dyn Machine) -> Result<Vec<String>, Missing> {
    let names: &[&str] = match target.arch.as_str() {
        "x86" => &["wine32", "/usr/lib/wine/wine"],
        "x86_64" => &["wine64", "/usr/lib/wine/wine64", "wine"],
        _ => &[],
    };
    let suits = matches!(
        (machine.arch(), target.arch.as_str()),
        ("x86_64", "x86_64" | "x86") | ("x86", "x86")
    );
    let found = names
        .iter()
        .filter(|_| suits)
        .find_map(|name| machine.find_program(name));
    found
        .map(|program| vec![program.display().to_string()])
        .ok_or_else(|| {
            let missing = Missing::new(format!("no Wine to run programs for {}", target.triple))
                .looked(format!("{} (not set)", target.cargo_variable("RUNNER")));
            if !suits || names.is_empty() {
                return missing.looked(format!(
                    "this machine's processor is {}, and Wine emulates none",
                    machine.arch()
                ));
            }
            let missing = missing.looked(format!("PATH, for {}", names.join(", ")));
            match install_line(machine, &Need::Wine) {
                Some(line) => missing.fix(line),
                None => missing,
            }
        })
}
