// SPDX-License-Identifier: MIT
//! Builds the plan without CMake: one call of the compiler and one of the archiver, as the
//! cc crate would.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use snmalloc_toolchains::{Error, Origin, quote};

use super::{Work, command_line, host};

pub(super) fn build(work: &Work<'_>) -> Result<(), Error> {
    let object = work.out_dir.join("shim.o");
    let source = work.shim.join("shim.cc");
    let mut command = compiler_command(work)?;
    // Pass the plan alone: the cc crate would append `CXXFLAGS` a second time.
    command.args(work.plan.arguments()).arg("-c");
    if work.compiler.speaks_cl() {
        // `cl` doesn't recognise `.cc` as C++.
        let mut output = OsString::from("-Fo");
        output.push(&object);
        command.arg("-TP").arg(output);
        if work.compiler.is_clang_cl() {
            // Otherwise a path such as `/Users/…` is parsed as the option `/U`.
            command.arg("--");
        }
        command.arg(&source);
    } else {
        command.arg(&source).arg("-o").arg(&object);
    }
    record(work.out_dir, &source, &command)?;
    let output = command.output().map_err(|error| {
        Error::new(format!(
            "{}: {error}",
            command.get_program().to_string_lossy()
        ))
    })?;
    if !output.status.success() {
        return Err(Error::new(format!(
            "the C++ compiler failed on {} ({})",
            source.display(),
            output.status
        ))
        .output(&String::from_utf8_lossy(&output.stderr))
        .fix(format!("to repeat it: {}", command_line(&command))));
    }
    host::archive(work, &object)?;
    // The archive contains the object; the file is no longer needed.
    let _ = fs::remove_file(&object);
    Ok(())
}

/// The compiler command, with its environment.
fn compiler_command(work: &Work<'_>) -> Result<Command, Error> {
    let mut command = if work.compiler.origin == Origin::VisualStudio {
        host::visual_studio(work)?
    } else {
        let mut command = Command::new(&work.compiler.program);
        command.args(&work.compiler.args);
        command
    };
    command.env("LC_ALL", "C");
    Ok(command)
}

/// Writes the command to `compile_commands.json`, which clangd and `cargo xtask parity` read. CMake
/// writes the same file.
fn record(out_dir: &Path, source: &Path, command: &Command) -> Result<(), Error> {
    let arguments: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| quote::json(&word.to_string_lossy()))
        .collect();
    let text = format!(
        "[{{\"directory\": {}, \"file\": {}, \"arguments\": [{}]}}]\n",
        quote::json(&out_dir.to_string_lossy()),
        quote::json(&source.to_string_lossy()),
        arguments.join(", ")
    );
    let file = out_dir.join("compile_commands.json");
    fs::write(&file, text).map_err(|error| Error::new(format!("{}: {error}", file.display())))
}
