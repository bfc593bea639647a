// SPDX-License-Identifier: MIT
//! Runners for a target's programs on this machine.

use std::path::{Path, PathBuf};

use crate::{Error, Machine, Need, Target, catalog, install_command, vars};

/// The runner's command, and the variables that it needs.
pub(super) type Runner = (Result<Vec<String>, Error>, Vec<(String, String)>);

/// cargo's variable for the runner, if it is set.
pub(super) fn variable(target: &Target, machine: &dyn Machine) -> Option<String> {
    let name = target.cargo_variable("RUNNER");
    machine.var(&name).map(|_| name)
}

pub(super) fn runner(
    target: &Target,
    host: &str,
    is_static: bool,
    machine: &dyn Machine,
) -> Runner {
    if let Some(words) = variable(target, machine).and_then(|name| machine.var(&name)) {
        let words = words.split_whitespace().map(str::to_owned);
        return (Ok(words.collect()), Vec::new());
    }
    if target.triple == host || runs_as_it_is(target, host, is_static, machine) {
        return (Ok(Vec::new()), Vec::new());
    }
    match target.os.as_str() {
        "linux" => (qemu(target, is_static, machine), Vec::new()),
        "windows" if machine.os() != "windows" => (
            wine(target, machine),
            // Wine's messages go to the program's standard error.
            match machine.var("WINEDEBUG") {
                Some(_) => Vec::new(),
                None => vec![("WINEDEBUG".to_owned(), "-all".to_owned())],
            },
        ),
        "android" => (adb(target, machine), Vec::new()),
        _ => (
            Err(Error::new(format!(
                "nothing on this machine runs programs for {}",
                target.triple
            ))
            .searched(format!("{} (not set)", target.cargo_variable("RUNNER")))
            .fix(format!(
                "set {} to a program that runs them",
                target.cargo_variable("RUNNER")
            ))),
            Vec::new(),
        ),
    }
}

/// Returns true if programs run natively: another target of this OS and architecture, or of one
/// that the OS emulates.
fn runs_as_it_is(target: &Target, host: &str, is_static: bool, machine: &dyn Machine) -> bool {
    let same_system = target.os == machine.os() && target.arch == machine.arch();
    match target.os.as_str() {
        // A dynamically linked program finds only its own C library.
        "linux" => {
            let glibc = |triple: &Target| triple.env == "gnu";
            let both_glibc = glibc(target) && Target::from_triple(host).is_some_and(|h| glibc(&h));
            same_system && target.pointer_width == 64 && (is_static || both_glibc)
        }
        "windows" if machine.os() == "windows" => match machine.arch() {
            "aarch64" => true,
            "x86_64" => target.arch != "aarch64" && target.arch != "arm64ec",
            _ => same_system,
        },
        // Mac Catalyst targets iOS by name, but runs on macOS.
        "ios" if target.abi == "macabi" => machine.os() == "macos" && target.arch == machine.arch(),
        _ => same_system,
    }
}

/// qemu's user-mode emulator, with the libraries of a cross toolchain for dynamically linked
/// programs.
fn qemu(target: &Target, is_static: bool, machine: &dyn Machine) -> Result<Vec<String>, Error> {
    let Some(name) = catalog::qemu(target) else {
        return Err(Error::new(format!(
            "no emulator runs programs for {}",
            target.triple
        )));
    };
    let no_emulator = |searched: String| {
        Error::new(format!("no emulator to run programs for {}", target.triple))
            .searched(format!("{} (not set)", target.cargo_variable("RUNNER")))
            .searched(searched)
    };
    let Some(qemu) = machine.find_program(&name) else {
        let missing = no_emulator(format!("PATH, for {name}"));
        return Err(match install_command(machine, &Need::QemuUser) {
            Some(line) => missing.fix(line),
            None if machine.os() == "linux" => missing.fix(format!("install {name}")),
            None => missing.fix("run the tests on Linux, where qemu emulates single programs"),
        });
    };
    let words = vec![qemu.display().to_string()];
    if is_static || machine.var("QEMU_LD_PREFIX").is_some() {
        return Ok(words);
    }
    let prefixes = super::gnu_cross::prefixes(target);
    // The sysroot that the program was linked with comes first.
    let named = vars::lookup(machine, super::sysroot::VARIABLE, target, true);
    let sysroot = named.map(|(_, dir)| PathBuf::from(dir)).or_else(|| {
        let mut usual = prefixes.iter().map(|prefix| Path::new("/usr").join(prefix));
        usual.find(|dir| machine.is_dir(&dir.join("lib")))
    });
    match sysroot {
        Some(sysroot) => Ok([words, qemu_args(target, &sysroot)].concat()),
        None => {
            let missing = Error::new(format!(
                "no C library to run programs for {} with",
                target.triple
            ))
            .searched("QEMU_LD_PREFIX (not set)")
            .searched(format!("/usr/{}/lib", prefixes.join("/lib, /usr/")));
            let need = Need::GnuCross(prefixes[0].clone());
            let line = install_command(machine, &need).filter(|_| target.env == "gnu");
            Err(missing
                .fix(line.unwrap_or("set QEMU_LD_PREFIX to a root file system for it".to_owned())))
        }
    }
}

/// Arguments that make programs use the libraries in `sysroot`.
///
/// The loader of 32-bit x86 reads the host's `/etc/ld.so.cache` if `sysroot` has none, and takes the
/// host's own 32-bit C library from `/usr/lib32` (Debian's libc6-i386): the tests then hang.
fn qemu_args(target: &Target, sysroot: &Path) -> Vec<String> {
    let sysroot = sysroot.display();
    let mut args = vec!["-L".to_owned(), sysroot.to_string()];
    if target.arch == "x86" {
        args.extend(["-E".to_owned(), format!("LD_LIBRARY_PATH={sysroot}/lib")]);
    }
    args
}

/// adb and the serial number of the device. This command is not a complete runner: programs must be
/// pushed to the device first.
fn adb(target: &Target, machine: &dyn Machine) -> Result<Vec<String>, Error> {
    let variable = target.cargo_variable("RUNNER");
    let missing = Error::new(format!("no device to run programs for {}", target.triple))
        .searched(format!("{variable} (not set)"));
    let named = ["ANDROID_HOME", "ANDROID_SDK_ROOT"].map(|sdk| machine.var(sdk));
    let named = named.into_iter().flatten().map(PathBuf::from);
    let in_sdk = named
        .chain(super::android::default_sdk(machine))
        .find_map(|sdk| {
            let adb = sdk.join("platform-tools").join("adb");
            machine.find_program(&adb.to_string_lossy())
        });
    let Some(adb) = machine.find_program("adb").or(in_sdk) else {
        return Err(missing
            .searched("PATH, for adb")
            .searched("platform-tools in ANDROID_HOME, ANDROID_SDK_ROOT and the default SDK")
            .fix("sdkmanager platform-tools")
            .fix(format!("set {variable} to a program that runs them")));
    };
    let ask = |words: &[&str]| -> Option<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let output = machine.run(&adb, &words, "").ok()?;
        output.success.then_some(output.stdout)
    };
    let list = ask(&["devices"]).unwrap_or_default();
    let wanted = machine.var("ANDROID_SERIAL");
    let ready: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(_, state)| state.trim() == "device")
        .map(|(serial, _)| serial)
        .filter(|serial| wanted.as_deref().is_none_or(|wanted| wanted == *serial))
        .collect();
    let abi = super::android::abi_name(target).unwrap_or_default();
    let suits = |serial: &&&str| {
        let property = "ro.product.cpu.abilist";
        ask(&["-s", serial, "shell", "getprop", property])
            .is_some_and(|abis| abis.trim().split(',').any(|known| known == abi))
    };
    match ready.iter().find(suits) {
        Some(serial) => Ok(vec![adb.display().to_string(), (*serial).to_owned()]),
        None => Err(missing
            .searched(match (&wanted, ready.as_slice()) {
                (Some(serial), []) => {
                    format!("adb devices ({serial}, of ANDROID_SERIAL, is not there)")
                }
                (None, []) => "adb devices (none is there)".to_owned(),
                (_, ready) => format!("adb devices ({}: none runs {abi})", ready.join(", ")),
            })
            .fix(format!(
                "connect a device or start an emulator that runs {abi}"
            ))),
    }
}

/// Wine. Debian keeps its loaders out of `PATH`; 32-bit programs need a 32-bit loader.
fn wine(target: &Target, machine: &dyn Machine) -> Result<Vec<String>, Error> {
    let names: &[&str] = match target.arch.as_str() {
        "x86" => &["wine32", "/usr/lib/wine/wine32", "/usr/lib/wine/wine"],
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
            let missing = Error::new(format!("no Wine to run programs for {}", target.triple))
                .searched(format!("{} (not set)", target.cargo_variable("RUNNER")));
            if !suits || names.is_empty() {
                return missing.searched(format!(
                    "this machine's processor is {}, and Wine emulates none",
                    machine.arch()
                ));
            }
            let missing = missing.searched(format!("PATH, for {}", names.join(", ")));
            match install_command(machine, &Need::Wine(target.arch.clone())) {
                Some(line) => missing.fix(line),
                None => missing,
            }
        })
}
