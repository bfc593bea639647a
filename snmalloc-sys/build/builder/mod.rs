// SPDX-License-Identifier: MIT
//! The two back ends of the plan. Neither knows an option that isn't in it.

mod cc;
mod cmake;

use std::fs;
use std::path::{Path, PathBuf};

use snmalloc_toolchains::{Builder, Choice, Compiler, Missing, Origin, Plan, Tool, wrapper};

/// The archive is `lib<this>.a`.
pub const LIBRARY: &str = "snmalloc-shim";

/// What is to be done.
pub struct Work<'a> {
    pub plan: &'a Plan,
    pub compiler: &'a Compiler,
    pub shim: &'a Path,
    pub out_dir: &'a Path,
}

/// Leaves the archive in the output directory, and beside it the command it was
/// compiled with (`compile_commands.json`).
///
/// # Errors
/// The compiler's or CMake's own words, and the command to repeat.
pub fn build(choice: &Choice, work: &Work<'_>) -> Result<(), Missing> {
    match choice.builder {
        Builder::Cc => cc::build(work),
        Builder::Cmake => cmake::build(work, choice.cmake.as_ref()),
    }
}

/// The one path by which the cc and cmake crates know a compiler that was found;
/// `None` where a variable names it, which they read themselves.
fn compiler(work: &Work<'_>) -> Result<Option<PathBuf>, Missing> {
    let Compiler {
        program,
        args,
        variable,
        origin,
        ..
    } = work.compiler;
    if variable.is_some() {
        return Ok(None);
    }
    if args.is_empty() || *origin == Origin::Ndk {
        return Ok(Some(program.clone()));
    }
    script(work, "compiler", args.clone()).map(Some)
}

/// zig's archiver, where zig compiles: it knows every target's objects.
fn archiver(work: &Work<'_>) -> Result<Option<PathBuf>, Missing> {
    if work.compiler.origin != Origin::Zig {
        return Ok(None);
    }
    script(work, "archiver", vec!["ar".to_owned()]).map(Some)
}

/// A script in the output directory that runs the compiler's program.
fn script(work: &Work<'_>, name: &str, args: Vec<String>) -> Result<PathBuf, Missing> {
    let os = std::env::consts::OS;
    let tool = Tool {
        program: work.compiler.program.clone(),
        args,
    };
    let file = work.out_dir.join(wrapper::file_name(name, os));
    let explain = |error| Missing::new(format!("{}: {error}", file.display()));
    fs::write(&file, wrapper::script(&tool, os)).map_err(explain)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).map_err(explain)?;
    }
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
