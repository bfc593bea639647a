// SPDX-License-Identifier: MIT
//! Builds the plan without CMake: one compiler call, and an archive by the cc crate.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use snmalloc_toolchains::{Error, Origin, quote};

use super::{LIBRARY, Work, archiver, command_line, compiler};

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
    archive(work)?
        .object(&object)
        .try_compile(LIBRARY)
        .map_err(explain)?;
    // The archive contains the object; the file is no longer needed.
    let _ = fs::remove_file(&object);
    Ok(())
}

fn explain(error: cc::Error) -> Error {
    Error::new(format!("the cc crate says: {error}"))
}

/// The compiler command, with its environment.
fn compiler_command(work: &Work<'_>) -> Result<Command, Error> {
    let mut command = if work.compiler.origin == Origin::VisualStudio {
        let tool = archive(work)?.try_get_compiler().map_err(explain)?;
        let mut command = Command::new(tool.path());
        command.envs(environment(&tool));
        command
    } else {
        let mut command = Command::new(&work.compiler.program);
        command.args(&work.compiler.args);
        command
    };
    command.env("LC_ALL", "C");
    Ok(command)
}

/// The variables that the cc crate sets for a compiler.
pub(super) fn environment(tool: &cc::Tool) -> Vec<(OsString, OsString)> {
    let command = tool.to_command();
    let set = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    set.collect()
}

/// The cc crate's part: finding archivers and Visual Studio.
pub(super) fn archive(work: &Work<'_>) -> Result<cc::Build, Error> {
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .cpp_link_stdlib(None)
        .no_default_flags(true)
        .inherit_rustflags(false)
        .warnings(false)
        .cargo_metadata(false)
        .cargo_warnings(false)
        .out_dir(work.out_dir);
    if let Some(program) = compiler(work)? {
        build.compiler(program);
    }
    if let Some(program) = archiver(work)? {
        build.archiver(program);
    }
    Ok(build)
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
