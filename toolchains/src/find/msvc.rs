// SPDX-License-Identifier: MIT
//! Windows with Microsoft's C library: Visual Studio's `cl`, or clang with its option syntax
//! (`clang-cl`); on other platforms clang-cl with the SDK that xwin or cargo-xwin has unpacked.
//!
//! Written from the tools' documentation. The options were tested with clang; neither Visual Studio
//! nor a real SDK was available.

use std::path::PathBuf;

use super::{not_in_path, version_key};
use crate::toolchain::{Origin, Tool};
use crate::{Compiler, Error, Machine, Need, Target, install_command, vars};

pub(super) fn compiler(
    target: &Target,
    crossing: bool,
    machine: &dyn Machine,
) -> Result<Compiler, Error> {
    if machine.os() == "windows" {
        visual_studio(target, crossing, machine)
    } else {
        with_sdk(target, machine)
    }
}

/// On Windows rustc finds its linker itself.
pub(super) fn linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    if machine.os() == "windows" {
        return None;
    }
    let args = match sdk(target, machine).ok()? {
        Sdk::Sysroot(dir) => vec![format!("/winsysroot:{dir}")],
        Sdk::Splat(dir) => library_dirs(target, &dir, machine)
            .into_iter()
            .map(|dir| format!("/libpath:{dir}"))
            .collect(),
    };
    Some(Tool {
        program: llvm(machine, "lld-link")?,
        args,
    })
}

/// clang-cl compiles both languages, depending on the file name.
pub(super) fn c_compiler(compiler: &Compiler) -> Option<Tool> {
    compiler.is_clang_cl().then(|| Tool {
        program: compiler.program.clone(),
        args: compiler.args.clone(),
    })
}

/// The archiver whose libraries `link` can read; on Windows the builders find Visual Studio's.
pub(super) fn archiver(machine: &dyn Machine) -> Option<Tool> {
    if machine.os() == "windows" {
        return None;
    }
    llvm(machine, "llvm-lib").map(Tool::plain)
}

/// Visual Studio's name of a CPU architecture.
fn vs_arch(arch: &str) -> &'static str {
    match arch {
        "x86" => "x86",
        "aarch64" | "arm64ec" => "arm64",
        _ => "x64",
    }
}

/// `cl` of a developer prompt, of an installed Visual Studio, or `clang-cl`.
fn visual_studio(
    target: &Target,
    crossing: bool,
    machine: &dyn Machine,
) -> Result<Compiler, Error> {
    let cl = |program: PathBuf| Compiler {
        origin: Origin::VisualStudio,
        ..Compiler::found(program)
    };
    // A prompt is for one architecture.
    let prompt = machine.var("VSCMD_ARG_TGT_ARCH");
    let fits = |prompt: &str| prompt.eq_ignore_ascii_case(vs_arch(&target.arch));
    if prompt.as_deref().is_some_and(fits) {
        if let Some(program) = machine.find_program("cl") {
            return Ok(cl(program));
        }
    }
    let place = match installed(target, machine) {
        Ok(program) => return Ok(cl(program)),
        Err(place) => place,
    };
    if let Some(program) = machine.find_program("clang-cl") {
        return Ok(Compiler {
            args: vec![format!("--target={}", target.llvm_triple())],
            ..Compiler::found(program)
        });
    }
    let missing = not_in_path(&["clang-cl".to_owned()], target, crossing)
        .searched(match prompt {
            Some(prompt) => format!("VSCMD_ARG_TGT_ARCH: a developer prompt for {prompt}"),
            None => "VSCMD_ARG_TGT_ARCH (not set: no developer prompt)".to_owned(),
        })
        .searched(place);
    Err(match install_command(machine, &Need::CxxCompiler) {
        Some(line) => missing.fix(line),
        None => missing,
    })
}

/// The `cl` of the newest Visual Studio that has a compiler for `target`, or the path that was
/// searched.
fn installed(target: &Target, machine: &dyn Machine) -> Result<PathBuf, String> {
    let programs = machine
        .var("ProgramFiles(x86)")
        .unwrap_or_else(|| "C:/Program Files (x86)".to_owned());
    let vswhere = slashes(&format!(
        "{programs}/Microsoft Visual Studio/Installer/vswhere.exe"
    ));
    let Some(program) = machine.find_program(&vswhere) else {
        return Err(format!("{vswhere} (not there)"));
    };
    let target_dir = vs_arch(&target.arch);
    let component = match target_dir {
        "arm64" => "Microsoft.VisualStudio.Component.VC.Tools.ARM64",
        _ => "Microsoft.VisualStudio.Component.VC.Tools.x86.x64",
    };
    let args = [
        "-latest",
        "-products",
        "*",
        "-requires",
        component,
        "-property",
        "installationPath",
        "-utf8",
    ]
    .map(str::to_owned);
    let output = machine.run(&program, &args, "")?;
    let Some(root) = output.stdout.lines().find(|line| !line.trim().is_empty()) else {
        return Err(format!("{vswhere}: no Visual Studio has {component}"));
    };
    let tools = format!("{}/VC", slashes(root.trim()));
    let version_file = format!("{tools}/Auxiliary/Build/Microsoft.VCToolsVersion.default.txt");
    let version = machine
        .read(version_file.as_ref())
        .ok_or_else(|| format!("{version_file} (not there)"))?;
    // Windows also runs the programs of other architectures.
    let hosts = [vs_arch(machine.arch()), "x64", "x86"];
    let bin = format!("{tools}/Tools/MSVC/{}/bin", version.trim());
    hosts
        .iter()
        .find_map(|host| machine.find_program(&format!("{bin}/Host{host}/{target_dir}/cl")))
        .ok_or_else(|| format!("{bin}/Host*/{target_dir}/cl.exe (not there)"))
}

fn slashes(path: &str) -> String {
    path.replace('\\', "/")
}

/// clang-cl and its headers.
fn with_sdk(target: &Target, machine: &dyn Machine) -> Result<Compiler, Error> {
    let (sdk, clang) = (sdk(target, machine), clang_cl(machine));
    let (sdk, program) = match (sdk, clang) {
        (Ok(sdk), Some(program)) => (sdk, program),
        (sdk, clang) => {
            let names = ["clang-cl", "clang-cl-*"].map(str::to_owned);
            let mut missing = not_in_path(&names, target, true);
            if clang.is_none() {
                missing = match install_command(machine, &Need::ClangCl) {
                    Some(line) => missing.fix(line),
                    None => missing.fix("install LLVM, with clang-cl and lld-link"),
                };
            }
            if let Err(searched) = sdk {
                for place in searched {
                    missing = missing.searched(place);
                }
                missing = missing.fix(
                    "cargo install xwin --locked && xwin --accept-license splat --output DIR, and set XWIN_DIR to DIR",
                );
            }
            return Err(missing);
        }
    };
    let mut args = vec![format!("--target={}", target.llvm_triple())];
    match sdk {
        Sdk::Sysroot(dir) => args.extend(["-winsysroot".to_owned(), dir]),
        Sdk::Splat(dir) => args.extend(
            [
                "crt/include",
                "sdk/include/ucrt",
                "sdk/include/um",
                "sdk/include/shared",
            ]
            .map(|part| format!("-imsvc{dir}/{part}")),
        ),
    }
    Ok(Compiler {
        args,
        ..Compiler::found(program)
    })
}

/// One of LLVM's programs; Homebrew keeps its own out of `PATH`.
fn llvm(machine: &dyn Machine, name: &str) -> Option<PathBuf> {
    let kegs = ["/opt/homebrew/opt/llvm/bin", "/usr/local/opt/llvm/bin"];
    machine.find_program(name).or_else(|| {
        kegs.iter()
            .filter(|_| machine.os() == "macos")
            .find_map(|dir| machine.find_program(&format!("{dir}/{name}")))
    })
}

/// `clang-cl`; on Debian its name contains the version.
fn clang_cl(machine: &dyn Machine) -> Option<PathBuf> {
    llvm(machine, "clang-cl").or_else(|| {
        machine.path().into_iter().find_map(|dir| {
            let version = |name: &str| version_key(name.strip_prefix("clang-cl-")?);
            let names = machine.list(&dir).into_iter();
            let (_, newest) = names
                .filter_map(|name| Some((version(&name)?, name)))
                .max()?;
            Some(dir.join(newest))
        })
    })
}

/// An unpacked SDK, by the layout of its directory.
enum Sdk {
    /// The layout of Windows (`--use-winsysroot-style`).
    Sysroot(String),
    /// xwin's layout: `crt` and `sdk`.
    Splat(String),
}

/// `XWIN_DIR`, then cargo-xwin's cache; or every path that was searched.
fn sdk(target: &Target, machine: &dyn Machine) -> Result<Sdk, Vec<String>> {
    let mut searched = Vec::new();
    let mut places = Vec::new();
    match vars::lookup(machine, "XWIN_DIR", target, true) {
        Some((_, dir)) => places.push(dir),
        None => searched.push("XWIN_DIR (not set)".to_owned()),
    }
    let cache = if machine.os() == "macos" {
        "Library/Caches"
    } else {
        ".cache"
    };
    let cargo_xwin = machine
        .var("XWIN_CACHE_DIR")
        .or_else(|| Some(format!("{}/cargo-xwin", machine.var("XDG_CACHE_HOME")?)))
        .or_else(|| Some(format!("{}/{cache}/cargo-xwin", machine.var("HOME")?)));
    places.extend(cargo_xwin.map(|dir| format!("{dir}/xwin")));
    for dir in places {
        if machine.is_dir(format!("{dir}/crt/include").as_ref()) {
            return Ok(Sdk::Splat(dir));
        }
        if machine.is_dir(format!("{dir}/VC/Tools/MSVC").as_ref()) {
            return Ok(Sdk::Sysroot(dir));
        }
        searched.push(format!("{dir} (no crt/include, no VC/Tools/MSVC)"));
    }
    Err(searched)
}

/// xwin uses LLVM's names of CPUs, or (`--preserve-ms-arch-notation`) Microsoft's. An ARM64EC
/// program links the libraries of both architectures.
fn library_dirs(target: &Target, root: &str, machine: &dyn Machine) -> Vec<String> {
    let names: &[&str] = match target.arch.as_str() {
        "x86" => &["x86"],
        "aarch64" => &["aarch64", "arm64"],
        "arm64ec" => &["aarch64", "arm64", "x86_64", "x64"],
        _ => &["x86_64", "x64"],
    };
    ["crt/lib", "sdk/lib/ucrt", "sdk/lib/um"]
        .iter()
        .flat_map(|part| {
            names
                .iter()
                .map(move |name| format!("{root}/{part}/{name}"))
        })
        .filter(|dir| machine.is_dir(dir.as_ref()))
        .collect()
}

#[cfg(all(test, unix))]
mod tests;
