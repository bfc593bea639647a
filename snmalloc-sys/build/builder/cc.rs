// SPDX-License-Identifier: MIT
//! The plan by the cc crate: one compiler call, one archive.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use snmalloc_toolchains::{Missing, Opt};

use super::{LIBRARY, Work, archiver, compiler, quoted};

pub(super) fn build(work: &Work<'_>) -> Result<(), Missing> {
    let explain = |error: cc::Error| Missing::new(format!("the cc crate says: {error}"));
    let object = work.out_dir.join("shim.o");
    let source = work.shim.join("shim.cc");
    let mut command = configured(work)?
        .try_get_compiler()
        .map_err(explain)?
        .to_command();
    command.arg("-c");
    if work.compiler.speaks_cl() {
        // It doesn't know C++ by this source's ending.
        let mut output = OsString::from("-Fo");
        output.push(&object);
        command.arg("-TP").arg(output);
        if work.compiler.is_clang_cl() {
            // A path such as `/Users/…` reads as the option `/U` otherwise.
            command.arg("--");
        }
        command.arg(&source);
    } else {
        command.arg(&source).arg("-o").arg(&object);
    }
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    record(work.out_dir, &source, &words)?;
    let output = command
        .output()
        .map_err(|error| Missing::new(format!("{}: {error}", words[0])))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let missing = Missing::new(format!(
            "the C++ compiler failed on {} ({})",
            source.display(),
            output.status
        ))
        .said(&said);
        let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        return Err(missing.fix(format!("to repeat it: {}", line.join(" "))));
    }
    configured(work)?
        .object(&object)
        .try_compile(LIBRARY)
        .map_err(explain)?;
    // The archive holds it; nobody reads it again.
    let _ = fs::remove_file(&object);
    Ok(())
}

fn configured(work: &Work<'_>) -> Result<cc::Build, Missing> {
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .cpp_link_stdlib(None)
        // All of cc's own choices off: the plan is complete.
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
    for option in &work.plan.options {
        match option {
            Opt::Standard(year) => build.std(&format!("c++{year}")),
            Opt::Flag(flag) => build.flag(flag),
            Opt::Define(name, value) => build.define(name, value.as_deref()),
            Opt::Include(dir) => build.include(dir),
            Opt::LibraryDir(_) | Opt::Library(_) => &mut build,
        };
    }
    Ok(build)
}

/// The command in the form that clangd and `cargo xtask parity` read; CMake
/// leaves the same file.
fn record(out_dir: &Path, source: &Path, words: &[String]) -> Result<(), Missing> {
    let string = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let arguments: Vec<String> = words.iter().map(|word| string(word)).collect();
    let text = format!(
        "[{{\"directory\": {}, \"file\": {}, \"arguments\": [{}]}}]\n",
        string(&out_dir.to_string_lossy()),
        string(&source.to_string_lossy()),
        arguments.join(", ")
    );
    let file = out_dir.join("compile_commands.json");
    fs::write(&file, text).map_err(|error| Missing::new(format!("{}: {error}", file.display())))
}
