// SPDX-License-Identifier: MIT
//! The two back ends of the plan. Neither adds an option that isn't in it.

mod cc;
mod cmake;
#[cfg_attr(not(windows), path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod host;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use snmalloc_toolchains::{
    Builder, Choice, Compiler, Error, Machine, Origin, Plan, Target, Tool, quote, wrapper,
};

/// The library's name; the archive is `lib<name>.a`.
pub const LIBRARY: &str = "snmalloc-shim";

/// The archive's file name for the target's linker.
pub fn archive_name(compiler: &Compiler) -> String {
    if compiler.speaks_cl() {
        format!("{LIBRARY}.lib")
    } else {
        format!("lib{LIBRARY}.a")
    }
}

/// Inputs of a build.
pub struct Work<'a> {
    pub target: &'a Target,
    pub host: &'a str,
    pub machine: &'a dyn Machine,
    pub plan: &'a Plan,
    pub compiler: &'a Compiler,
    /// The compiler's own archiver; `None` leaves the choice to the builder.
    pub archiver: Option<&'a Tool>,
    pub shim: &'a Path,
    pub out_dir: &'a Path,
}

/// Writes the archive to the output directory, and the command that compiled it next to it
/// (`compile_commands.json`).
///
/// # Errors
/// The compiler's or CMake's output, and the command to repeat it.
pub fn build(choice: &Choice, work: &Work<'_>) -> Result<(), Error> {
    if work.compiler.origin == Origin::Zig {
        // For some targets, zig writes an empty file to the current directory when it is asked for
        // its version, which CMake and the cc crate do.
        let moved = std::env::set_current_dir(work.out_dir);
        moved.map_err(|error| Error::new(format!("{}: {error}", work.out_dir.display())))?;
    }
    match choice.builder {
        Builder::Cc => cc::build(work)?,
        Builder::Cmake => cmake::build(work, choice.cmake.as_ref())?,
    }
    check(work)
}

/// Refuses an archive without the entry points: cargo would keep it, and every link would fail.
fn check(work: &Work<'_>) -> Result<(), Error> {
    const ENTRY_POINT: &[u8] = b"snmalloc_rs_alloc";
    let file = work.out_dir.join(archive_name(work.compiler));
    let archive =
        fs::read(&file).map_err(|error| Error::new(format!("{}: {error}", file.display())))?;
    let mut parts = archive.windows(ENTRY_POINT.len());
    if parts.any(|part| part == ENTRY_POINT) {
        return Ok(());
    }
    let program = work.compiler.command();
    Err(Error::new(format!(
        "{program} has exited without an error, but its output doesn't define snmalloc_rs_alloc"
    ))
    .searched(file.display().to_string())
    .fix(format!("check {program}, and build again")))
}

/// The path of the compiler's own archiver.
fn archiver(work: &Work<'_>) -> Result<Option<PathBuf>, Error> {
    work.archiver
        .map(|tool| script(work, "archiver", tool))
        .transpose()
}

/// The tool's program or, if it has arguments, a script in the output directory that adds them.
fn script(work: &Work<'_>, name: &str, tool: &Tool) -> Result<PathBuf, Error> {
    if tool.args.is_empty() {
        return Ok(tool.program.clone());
    }
    let os = std::env::consts::OS;
    let file = work.out_dir.join(wrapper::file_name(name, os));
    let explain = |error| Error::new(format!("{}: {error}", file.display()));
    // An existing file may not be writable.
    let _ = fs::remove_file(&file);
    fs::write(&file, wrapper::script(tool, os)).map_err(explain)?;
    // Copy the program's permissions, so that the same users may run the script.
    let program = tool.program.to_string_lossy();
    let program = work.machine.find_program(&program);
    let program = program.as_ref().unwrap_or(&tool.program);
    let permissions = fs::metadata(program).map_err(explain)?.permissions();
    fs::set_permissions(&file, permissions).map_err(explain)?;
    Ok(file)
}

/// The variables that are set for a command.
fn variables(command: &Command) -> Vec<(OsString, OsString)> {
    let set = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    set.collect()
}

/// Formats a command for a shell, with the variables that are set for it.
fn command_line(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        let value = quote::sh(&value?.to_string_lossy());
        Some(format!("{}={value}", name.to_string_lossy()))
    });
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| quote::sh(&word.to_string_lossy()));
    variables.chain(words).collect::<Vec<_>>().join(" ")
}
