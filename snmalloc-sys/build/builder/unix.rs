// SPDX-License-Identifier: MIT
//! The host's part of a build on hosts other than Windows: writes the archive with `ar` or
//! `llvm-lib`. On Windows the cc crate does it, which finds Visual Studio's tools; elsewhere
//! compiling that crate would cost each build two seconds of CPU time.

use std::fs;
use std::path::Path;
use std::process::Command;

use snmalloc_toolchains::{Error, Tool, find, vars};

use super::{LIBRARY, Work, archive_name, command_line};

/// Archives `object`, without times and owners if the archiver supports it.
pub(super) fn archive(work: &Work<'_>, object: &Path) -> Result<(), Error> {
    let archive = work.out_dir.join(archive_name(work.compiler));
    // `ar` would add to it.
    let _ = fs::remove_file(&archive);
    let crossing = work.target.triple != work.host;
    let tool = match work.archiver {
        Some(tool) => tool.clone(),
        None => find::ar(work.target, crossing, work.compiler, work.machine),
    };
    let flags = vars::flags(work.machine, "ARFLAGS", work.target, crossing);
    let library = work.out_dir.join(format!("lib{LIBRARY}.a"));
    if work.compiler.speaks_cl() && !is_llvm_ar(&tool) {
        let mut command = command(&tool, &flags);
        command.arg(format!("-out:{}", archive.display()));
        if flags.is_empty() {
            command.arg("-nologo");
        }
        // A member is named by the path that is passed, which would put the location of the build
        // into the archive.
        let name = object.file_name().unwrap_or(object.as_os_str());
        run(command.arg(name).current_dir(work.out_dir))?;
        return copy(&archive, &library);
    }
    let write = |modifiers: &str| {
        let mut command = command(&tool, &flags);
        run(command.arg(modifiers).arg(&archive).arg(object))
    };
    // Apple's `ar` has no `D`; the environment has the same effect.
    write("qcsD").or_else(|_| {
        let _ = fs::remove_file(&archive);
        write("qcs")
    })?;
    if work.compiler.speaks_cl() {
        copy(&archive, &library)?;
    }
    Ok(())
}

/// The compiler of Visual Studio, which runs on Windows only.
pub(super) fn visual_studio(_: &Work<'_>) -> Result<Command, Error> {
    Err(Error::new("Visual Studio's compiler runs on Windows only"))
}

/// rustc looks for either name.
fn copy(archive: &Path, library: &Path) -> Result<(), Error> {
    fs::copy(archive, library)
        .map(|_| ())
        .map_err(|error| Error::new(format!("{}: {error}", library.display())))
}

fn is_llvm_ar(tool: &Tool) -> bool {
    let name = tool.program.file_name().unwrap_or_default();
    name.to_string_lossy().contains("llvm-ar")
}

fn command(tool: &Tool, flags: &[String]) -> Command {
    let mut command = Command::new(&tool.program);
    command
        .args(&tool.args)
        .args(flags)
        .env("ZERO_AR_DATE", "1");
    command
}

fn run(command: &mut Command) -> Result<(), Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    let explain = |what: String| Error::new(format!("the archiver `{name}` {what}"));
    let output = command.output();
    let output = output.map_err(|error| explain(format!("can't be run: {error}")).fix(FIX))?;
    if output.status.success() {
        return Ok(());
    }
    Err(explain(format!("failed ({})", output.status))
        .output(&String::from_utf8_lossy(&output.stderr))
        .fix(format!("to repeat it: {}", command_line(command)))
        .fix(FIX))
}

const FIX: &str = "set AR to an archiver for the target";
