// SPDX-License-Identifier: MIT
//! zig as a C++ toolchain: one program that contains the headers and C libraries of many platforms.

use std::path::PathBuf;

use crate::toolchain::{Origin, Tool};
use crate::{Compiler, Error, Machine, Need, Target, catalog, install_command, vars};

/// Toolchains that may be used for a target (`SNMALLOC_TOOLCHAIN`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolchainChoice {
    /// The one on this machine; if there is none, zig.
    #[default]
    Auto,
    /// Only one on this machine.
    System,
    /// Only zig, with this version of glibc if one is given.
    Zig(Option<String>),
}

impl ToolchainChoice {
    /// Parses `auto`, `system`, `zig`, or `zig:2.17` (the minimum glibc that the program runs
    /// with).
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None => match text {
                "auto" => Some(Self::Auto),
                "system" => Some(Self::System),
                "zig" => Some(Self::Zig(None)),
                _ => None,
            },
            Some(("zig", version)) if is_version(version) => {
                Some(Self::Zig(Some(version.to_owned())))
            }
            Some(_) => None,
        }
    }

    /// The form that [`ToolchainChoice::parse`] reads.
    pub fn text(&self) -> String {
        match self {
            Self::Auto => "auto".to_owned(),
            Self::System => "system".to_owned(),
            Self::Zig(None) => "zig".to_owned(),
            Self::Zig(Some(version)) => format!("zig:{version}"),
        }
    }
}

/// Returns true if `text` is a version of glibc, such as `2.17`.
pub fn is_version(text: &str) -> bool {
    let mut parts = text.split('.');
    let number = |part: Option<&str>| part.is_some_and(|p| p.parse::<u16>().is_ok());
    number(parts.next()) && number(parts.next()) && parts.all(|part| number(Some(part)))
}

/// The choice in `SNMALLOC_TOOLCHAIN`, in its look-up order.
///
/// # Errors
/// Its value is invalid.
pub fn choice(
    target: &Target,
    crossing: bool,
    machine: &dyn Machine,
) -> Result<ToolchainChoice, Error> {
    match vars::lookup(machine, "SNMALLOC_TOOLCHAIN", target, crossing) {
        None => Ok(ToolchainChoice::Auto),
        Some((variable, value)) => ToolchainChoice::parse(&value).ok_or_else(|| {
            Error::new(format!(
                "{variable} is `{value}`; it can be `auto`, `system`, `zig`, or `zig:` and a version of glibc"
            ))
            .fix(format!("unset {variable}"))
        }),
    }
}

/// Returns true if zig has a C library for `target`.
pub fn knows(target: &Target) -> bool {
    triple(target, None).is_some()
}

/// The reason that zig's linker fails for a target that zig compiles for; `None` if it links.
fn link_failure(target: &Target) -> Option<&'static str> {
    match (target.triple.as_str(), target.abi.as_str()) {
        ("powerpc-unknown-netbsd", _) => {
            Some("its linker doesn't resolve _SDA_BASE_ in its own crt0.o for NetBSD")
        }
        (_, "x32") => Some("its linker doesn't support thread-local variables of x32"),
        _ => None,
    }
}

/// Returns true if zig compiles and links programs for `target`.
pub fn links(target: &Target) -> bool {
    knows(target) && link_failure(target).is_none()
}

/// Checks that zig can link programs for `target`.
///
/// # Errors
/// It can't, and no other linker is set.
pub(super) fn check_linker(target: &Target, machine: &dyn Machine) -> Result<(), Error> {
    let variable = target.cargo_variable("LINKER");
    let Some(why) = link_failure(target).filter(|_| machine.var(&variable).is_none()) else {
        return Ok(());
    };
    let gnu = || install_command(machine, &Need::GnuCross(catalog::gnu_prefix(target)));
    let other = (target.os == "linux").then(gnu).flatten();
    let missing = Error::new(format!(
        "zig compiles for {} but can't link programs",
        target.triple
    ))
    .searched(format!("{variable} (not set)"))
    .searched(format!("zig: {why}"))
    .fix(format!("set {variable} to a linker for it"));
    Err(match other {
        Some(line) => missing.fix(line),
        None => missing,
    })
}

/// zig as the C++ compiler for `target`.
///
/// # Errors
/// zig is not installed, or doesn't support the target.
pub(super) fn compiler(
    target: &Target,
    glibc: Option<&str>,
    machine: &dyn Machine,
) -> Result<Compiler, Error> {
    let tool = tool("c++", target, glibc, machine)?;
    Ok(Compiler {
        args: tool.args,
        origin: Origin::Zig,
        ..Compiler::found(tool.program)
    })
}

/// `zig cc` or `zig c++` for `target`: for linking, and for other crates' C.
///
/// # Errors
/// As [`compiler`].
pub(super) fn tool(
    mode: &str,
    target: &Target,
    glibc: Option<&str>,
    machine: &dyn Machine,
) -> Result<Tool, Error> {
    let triple = triple(target, glibc)
        .ok_or_else(|| Error::new(format!("zig has no C library for {}", target.triple)))?;
    let mut args = vec![mode.to_owned(), "-target".to_owned(), triple];
    args.extend(processor(target).map(|name| format!("-mcpu={name}")));
    Ok(Tool {
        program: program(machine)?,
        args,
    })
}

/// The archiver.
pub(super) fn archiver(machine: &dyn Machine) -> Option<Tool> {
    Some(Tool {
        program: program(machine).ok()?,
        args: vec!["ar".to_owned()],
    })
}

/// `zig` in `PATH`, or the one inside the Python package `ziglang`.
fn program(machine: &dyn Machine) -> Result<PathBuf, Error> {
    if let Some(program) = machine.find_program("zig") {
        return Ok(program);
    }
    const WHERE: &str =
        "import ziglang, os; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))";
    let in_package = ["python3", "python"].iter().find_map(|python| {
        let python = machine.find_program(python)?;
        let args = ["-c", WHERE].map(str::to_owned);
        let output = machine.run(&python, &args, "").ok()?;
        let stem = output.stdout.trim();
        [stem.to_owned(), format!("{stem}.exe")]
            .into_iter()
            .map(PathBuf::from)
            .find(|path| output.success && machine.is_file(path))
    });
    in_package.ok_or_else(|| {
        let missing = Error::new("zig isn't installed")
            .searched("PATH, for zig")
            .searched("python3 and python, for the package ziglang");
        match install_command(machine, &Need::Zig) {
            Some(line) => missing.fix(line),
            None => missing,
        }
    })
}

/// zig's name for the target; `None` if it has no C library for it.
fn triple(target: &Target, glibc: Option<&str>) -> Option<String> {
    // zig 0.17.1 has no glibc for these.
    if target.env == "gnu" && target.arch.starts_with("powerpc") && !target.little_endian {
        return None;
    }
    let cpu = target.cpu_row()?.zig?;
    let version = glibc
        .map(|version| format!(".{version}"))
        .unwrap_or_default();
    let abi = target.abi_suffix();
    let system = match (target.os.as_str(), target.env.as_str()) {
        ("linux", "gnu") => format!("linux-gnu{abi}{version}"),
        ("linux", "musl") => format!("linux-musl{abi}"),
        // zig supports only the universal C runtime on Windows, which gnullvm uses.
        ("windows", "gnu") => "windows-gnu".to_owned(),
        ("macos", "") => "macos".to_owned(),
        ("freebsd" | "netbsd" | "openbsd", "") => format!("{}{}", target.os, bsd_abi(target)),
        _ => return None,
    };
    Some(format!("{cpu}-{system}"))
}

fn bsd_abi(target: &Target) -> &'static str {
    match target.arch.as_str() {
        "arm" => "-eabihf",
        _ => "",
    }
}

/// The CPU that the triple specifies, in zig's spelling, if zig's default differs from rustc's.
fn processor(target: &Target) -> Option<&'static str> {
    let hard = target.abi.ends_with("hf");
    Some(match target.cpu() {
        "armv5te" => "arm926ej_s",
        "arm" if hard => "arm1136jf_s",
        "arm" => "arm1136j_s",
        "armv7" if hard => "generic+v7a+vfp3d16-neon",
        "armv7" => "generic+v7a+soft_float-neon",
        "thumbv7neon" => "generic+v7a+vfp3+neon",
        "i586" => "pentium",
        "i686" => "pentium4",
        _ => return None,
    })
}

#[cfg(all(test, unix))]
mod tests;
