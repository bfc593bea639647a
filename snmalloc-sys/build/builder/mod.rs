// SPDX-License-Identifier: MIT
//! The two back ends of the plan. Neither knows an option that isn't in it.

mod cc;
mod cmake;

use std::fs;
use std::path::{Path, PathBuf};

use snmalloc_toolchains::{Builder, Choice, Compiler, Missing, Origin, Plan, Tool, wrapper};

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

/// The one path by which the cc and cmake crates know a compiler that was found;
/// `None` where a variable names it, which they read themselves, and where they find
/// it with the environment that it needs.
fn compiler(work: &Work<'_>) -> Result<Option<PathBuf>, Missing> {
    let Compiler {
        variable, origin, ..
    } = work.compiler;
    if variable.is_some() || *origin == Origin::VisualStudio {
        return Ok(None);
    }
    // By this name they know how it wants its options spelled.
    let name = if work.compiler.is_clang_cl() {
        "clang-cl"
    } else {
        "compiler"
    };
    path(work, name, &work.compiler.tool()).map(Some)
}

/// The path of the archiver that comes with the compiler.
fn archiver(work: &Work<'_>) -> Result<Option<PathBuf>, Missing> {
    work.archiver
        .map(|tool| path(work, "archiver", tool))
        .transpose()
}

/// The tool's program or, where words belong to it, a script in the output
/// directory that gives them to it.
fn path(work: &Work<'_>, name: &str, tool: &Tool) -> Result<PathBuf, Missing> {
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
    let permissions = fs::metadata(&tool.program).map_err(explain)?.permissions();
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
