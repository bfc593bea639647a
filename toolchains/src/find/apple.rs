// SPDX-License-Identifier: MIT
//! macOS, iOS, tvOS, watchOS, visionOS, their simulators and Mac Catalyst: Xcode's clang and SDKs,
//! found with `xcrun`; on other hosts osxcross, for macOS.
//!
//! Written from Apple's and osxcross's documentation.

use std::path::{Path, PathBuf};

use super::{native, not_in_path, version_key};
use crate::toolchain::Tool;
use crate::{Compiler, Error, Machine, Target};

pub(super) fn compiler(
    target: &Target,
    crossing: bool,
    machine: &dyn Machine,
) -> Result<Compiler, Error> {
    if machine.os() == "macos" {
        return xcode(target, crossing, machine);
    }
    match osxcross(target, "clang++", machine) {
        Some(program) => Ok(Compiler {
            args: vec![format!(
                "-mmacosx-version-min={}",
                deployment_target(target, machine)
            )],
            ..Compiler::found(program)
        }),
        None => Err(no_osxcross(target, machine)),
    }
}

/// On a Mac rustc finds its linker and SDK itself.
pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    if machine.os() == "macos" {
        return None;
    }
    osxcross(target, "clang", machine).map(Tool::plain)
}

/// osxcross's archiver, next to its compiler; it writes Apple's index format.
pub(super) fn archiver(compiler: &Path, machine: &dyn Machine) -> Option<Tool> {
    let name = compiler.file_name()?.to_str()?;
    let prefix = name.strip_suffix("clang++")?;
    let short = ["o64-", "oa64-"].contains(&prefix);
    if !prefix.contains("-apple-darwin") && !short {
        return None;
    }
    let archiver = compiler.with_file_name(format!("{prefix}ar"));
    machine.is_file(&archiver).then(|| Tool::plain(archiver))
}

/// Xcode's clang, with target and SDK.
fn xcode(target: &Target, crossing: bool, machine: &dyn Machine) -> Result<Compiler, Error> {
    let sdk = sdk(target);
    let find = ["--sdk", sdk, "--find", "clang++"];
    let clang = match xcrun(machine, &find) {
        Ok(program) => Compiler::found(program),
        // Nix and others have a compiler without Xcode.
        Err(output) => native::compiler(target, machine).map_err(|_| {
            let missing = not_in_path(&["clang++".to_owned()], target, crossing)
                .searched(format!("xcrun {}: {output}", find.join(" ")));
            fixes(missing, sdk)
        })?,
    };
    let mut args = vec![format!("--target={}", clang_target(target, machine))];
    let root = match sdkroot(target, machine) {
        Some(root) => root,
        None => match xcrun(machine, &["--sdk", sdk, "--show-sdk-path"]) {
            Ok(path) => path,
            // The native compiler finds its own SDK.
            Err(_) if !crossing => return Ok(Compiler { args, ..clang }),
            Err(output) => {
                let missing = Error::new(format!("no SDK `{sdk}` for {}", target.triple))
                    .searched(format!("xcrun --sdk {sdk} --show-sdk-path: {output}"))
                    .searched("SDKROOT (not set, or another system's)");
                return Err(fixes(missing, sdk));
            }
        },
    };
    args.extend(["-isysroot".to_owned(), root.clone()]);
    if target.abi == "macabi" {
        // The parts of iOS in macOS's SDK.
        let ios = Path::new(&root).join("System/iOSSupport");
        for (flag, dir) in [
            ("-isystem", "usr/include"),
            ("-iframework", "System/Library/Frameworks"),
        ] {
            args.extend([flag.to_owned(), ios.join(dir).display().to_string()]);
        }
    }
    Ok(Compiler {
        args,
        // CMake would append its own choice.
        cmake: vec![("CMAKE_OSX_SYSROOT".to_owned(), root)],
        ..clang
    })
}

/// The command line tools contain macOS's SDK only.
fn fixes(missing: Error, sdk: &str) -> Error {
    if sdk == "macosx" {
        return missing.fix("xcode-select --install");
    }
    missing
        .fix("install Xcode, with the platform, from the App Store, and: sudo xcode-select --switch /Applications/Xcode.app")
        .fix("set SDKROOT to the SDK's path")
}

/// Runs `xcrun` and returns its one line of output.
fn xcrun(machine: &dyn Machine, args: &[&str]) -> Result<String, String> {
    let program = machine
        .find_program("xcrun")
        .or_else(|| machine.find_program("/usr/bin/xcrun"))
        .ok_or("there is no xcrun")?;
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let output = machine.run(&program, &args, "")?;
    let line = |text: &str| text.trim().lines().next().unwrap_or_default().to_owned();
    match (output.success, line(&output.stdout)) {
        (true, answer) if !answer.is_empty() => Ok(answer),
        _ => Err(line(&output.stderr)),
    }
}

/// `SDKROOT`, unless it is another platform's: cargo may build for two at once, and Xcode sets it
/// for one.
fn sdkroot(target: &Target, machine: &dyn Machine) -> Option<String> {
    let root = machine.var("SDKROOT")?;
    let own = format!("{}.platform", sdk(target).to_lowercase());
    let named = root.to_lowercase();
    let fits = !named.contains(".platform/") || named.contains(&own);
    (root.starts_with('/') && root != "/" && fits).then_some(root)
}

/// Xcode's name of the SDK.
fn sdk(target: &Target) -> &'static str {
    match (target.os.as_str(), target.abi.as_str()) {
        ("ios", "sim") => "iphonesimulator",
        ("ios", "macabi") => "macosx",
        ("ios", _) => "iphoneos",
        ("tvos", "sim") => "appletvsimulator",
        ("tvos", _) => "appletvos",
        ("watchos", "sim") => "watchsimulator",
        ("watchos", _) => "watchos",
        ("visionos", "sim") => "xrsimulator",
        ("visionos", _) => "xros",
        _ => "macosx",
    }
}

/// The variable with the minimum OS version, and rustc's default for it.
fn deployment(target: &Target) -> (&'static str, &'static str) {
    let arm = target.arch == "aarch64";
    match (target.os.as_str(), target.abi.as_str()) {
        ("ios", abi) => (
            "IPHONEOS_DEPLOYMENT_TARGET",
            match abi {
                "macabi" if !arm => "13.1",
                "macabi" => "14.0",
                "sim" if arm => "14.0",
                _ => "10.0",
            },
        ),
        ("tvos", abi) => (
            "TVOS_DEPLOYMENT_TARGET",
            if arm && abi == "sim" { "14.0" } else { "10.0" },
        ),
        ("watchos", abi) => (
            "WATCHOS_DEPLOYMENT_TARGET",
            match (target.cpu(), abi) {
                ("aarch64", "sim") => "7.0",
                ("aarch64", _) => "26.0",
                _ => "5.0",
            },
        ),
        ("visionos", _) => ("XROS_DEPLOYMENT_TARGET", "1.0"),
        _ => (
            "MACOSX_DEPLOYMENT_TARGET",
            if arm { "11.0" } else { "10.12" },
        ),
    }
}

fn deployment_target(target: &Target, machine: &dyn Machine) -> String {
    let (variable, default) = deployment(target);
    machine
        .var(variable)
        .filter(|value| version_key(value).is_some())
        .unwrap_or_else(|| default.to_owned())
}

/// clang's name of the target, with the version after the OS.
fn clang_target(target: &Target, machine: &dyn Machine) -> String {
    let version = deployment_target(target, machine);
    let triple = target.llvm_triple();
    let mut parts = triple.splitn(4, '-');
    let mut next = || parts.next().unwrap_or_default();
    let (cpu, vendor, system) = (next(), next(), next());
    match next() {
        "" => format!("{cpu}-{vendor}-{system}{version}"),
        abi => format!("{cpu}-{vendor}-{system}{version}-{abi}"),
    }
}

/// osxcross's program: `aarch64-apple-darwin23.5-clang++`, or its short name.
fn osxcross(target: &Target, tool: &str, machine: &dyn Machine) -> Option<PathBuf> {
    if target.os != "macos" {
        return None;
    }
    let (cpus, short): (&[&str], &str) = match target.cpu() {
        "aarch64" => (&["aarch64", "arm64"], "oa64"),
        "x86_64" => (&["x86_64"], "o64"),
        _ => return None,
    };
    let mut dirs = machine.path();
    dirs.extend(
        machine
            .var("OSXCROSS_TARGET_DIR")
            .map(|dir| PathBuf::from(dir).join("bin")),
    );
    let newest = |dir: &PathBuf| {
        let version = |name: &str| {
            let prefix = name.strip_suffix(tool)?.strip_suffix('-')?;
            let (cpu, rest) = prefix.split_once("-apple-darwin")?;
            cpus.contains(&cpu).then(|| version_key(rest))?
        };
        let names = machine.list(dir).into_iter();
        let (_, name) = names.filter_map(|n| Some((version(&n)?, n))).max()?;
        Some(dir.join(name))
    };
    dirs.iter()
        .find_map(newest)
        .or_else(|| machine.find_program(&format!("{short}-{tool}")))
}

fn no_osxcross(target: &Target, machine: &dyn Machine) -> Error {
    if target.os != "macos" {
        return not_in_path(&["xcrun".to_owned()], target, true)
            .searched(format!(
                "this machine's system, {}, which Apple has no SDK for",
                machine.os()
            ))
            .fix("build on a Mac with Xcode");
    }
    let names = [
        format!("{}-apple-darwin*-clang++", target.cpu()),
        match target.arch.as_str() {
            "aarch64" => "oa64-clang++".to_owned(),
            _ => "o64-clang++".to_owned(),
        },
    ];
    not_in_path(&names, target, true)
        .searched(match machine.var("OSXCROSS_TARGET_DIR") {
            Some(dir) => format!("OSXCROSS_TARGET_DIR: {dir}/bin"),
            None => "OSXCROSS_TARGET_DIR (not set)".to_owned(),
        })
        .fix("build osxcross, and put its target/bin into PATH")
}

#[cfg(all(test, unix))]
mod tests;
