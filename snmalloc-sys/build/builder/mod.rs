// SPDX-License-Identifier: MIT
//! The two back ends of the plan. Neither knows an option that isn't in it.

mod cc;
mod cmake;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use snmalloc_toolchains::{
    Builder, Choice, Compiler, Machine, Missing, Origin, Plan, Target, Tool, wrapper,
};

/// The archive is `lib<this>.a`.
pub const LIBRARY: &str = "snmalloc-shim";

/// The archive's file name, as the target's linker looks for it.
pub fn archive_name(compiler: &Compiler) -> String {
    if compiler.speaks_cl() {
        format!("{LIBRARY}.lib")
    } else {
        format!("lib{LIBRARY}.a")
    }
}

/// What is to be done.
pub struct Work<'a> {
    pub target: &'a Target,
    pub host: &'a str,
    pub machine: &'a dyn Machine,
    pub plan: &'a Plan,
    pub compiler: &'a Compiler,
    /// The one that comes with the compiler; `None`: the builder's choice is right.
    pub archiver: Option<&'a Tool>,
    pub shim: &'a Path,
    pub out_dir: &'a Path,
}

/// Leaves the archive in the output directory, and beside it the command it was
/// compiled with (`compile_commands.json`).
///
/// # Errors
/// The compiler's or CMake's own words, and the command to repeat.
pub fn build(choice: &Choice, work: &Work<'_>) -> Result<(), Missing> {
    if work.compiler.origin == Origin::Zig {
        // Asked for its version, for some targets zig writes an empty file to where
        // it is; the cc crate asks.
        let moved = std::env::set_current_dir(work.out_dir);
        moved.map_err(|error| Missing::new(format!("{}: {error}", work.out_dir.display())))?;
    }
    match choice.builder {
        Builder::Cc => cc::build(work),
        Builder::Cmake => cmake::build(work, choice.cmake.as_ref()),
    }
}

/// The path by which the cc crate knows a compiler that was found, for its archiver;
/// `None` if a variable names it, which the crate reads too, and for Visual Studio's.
fn compiler(work: &Work<'_>) -> Result<Option<PathBuf>, Missing> {
    let Compiler {
        variable, origin, ..
    } = work.compiler;
    if variable.is_some() || *origin == Origin::VisualStudio {
        return Ok(None);
    }
    let name = work.compiler.script_name();
    script(work, name, &work.compiler.unwrapped()).map(Some)
}

/// The path of the archiver that comes with the compiler.
fn archiver(work: &Work<'_>) -> Result<Option<PathBuf>, Missing> {
    work.archiver
        .map(|tool| script(work, "archiver", tool))
        .transpose()
}

/// The tool's program or, if it has words of its own, a script in the output
/// directory that gives them to it.
fn script(work: &Work<'_>, name: &str, tool: &Tool) -> Result<PathBuf, Missing> {
    if tool.args.is_empty() {
        return Ok(tool.program.clone());
    }
    let os = std::env::consts::OS;
    let file = work.out_dir.join(wrapper::file_name(name, os));
    let explain = |error| Missing::new(format!("{}: {error}", file.display()));
    // An older one may not be writable.
    let _ = fs::remove_file(&file);
    fs::write(&file, wrapper::script(tool, os)).map_err(explain)?;
    // What may run the program may run the script.
    let program = tool.program.to_string_lossy();
    let program = work.machine.find_program(&program);
    let program = program.as_ref().unwrap_or(&tool.program);
    let permissions = fs::metadata(program).map_err(explain)?.permissions();
    fs::set_permissions(&file, permissions).map_err(explain)?;
    Ok(file)
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+./:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A command as a shell reads it, with the variables that are set for it.
fn command_line(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        let value = quoted(&value?.to_string_lossy());
        Some(format!("{}={value}", name.to_string_lossy()))
    });
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| quoted(&word.to_string_lossy()));
    variables.chain(words).collect::<Vec<_>>().join(" ")
}
