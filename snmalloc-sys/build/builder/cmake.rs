// SPDX-License-Identifier: MIT
//! The plan by CMake: it is handed over in two files, so that no word of it
//! passes through a shell or CMake's list syntax.

use std::fs;
use std::panic;
use std::path::Path;
use std::process::Command;

use snmalloc_toolchains::{Cmake, Family, Missing, Origin};

use super::{LIBRARY, Work, archiver, compiler, quoted};

pub(super) fn build(work: &Work<'_>, cmake: Option<&Cmake>) -> Result<(), Missing> {
    let plan = write_plan(work)?;
    // A cache made for another compiler, or left by an interrupted run, would
    // make CMake drop what it is told here; configuring anew takes a second.
    let build_dir = work.out_dir.join("build");
    if build_dir.exists() {
        fs::remove_dir_all(&build_dir)
            .map_err(|error| Missing::new(format!("{}: {error}", build_dir.display())))?;
    }
    let mut cxx = cc::Build::new();
    cxx.cpp(true).inherit_rustflags(false).cargo_warnings(false);
    let found = compiler(work)?;
    if let Some(program) = &found {
        cxx.compiler(program);
    }
    // The project is C++ alone: a machine without a C compiler will do.
    let mut c = cxx.clone();
    if work.compiler.origin != Origin::VisualStudio {
        c.compiler(found.as_ref().unwrap_or(&work.compiler.program));
    }
    let mut config = cmake::Config::new(work.shim);
    config
        .out_dir(work.out_dir)
        .init_cxx_cfg(cxx)
        .init_c_cfg(c)
        // All of the cmake crate's and of CMake's own choices off: the plan is complete.
        .no_default_flags(true)
        .profile("Release")
        .define("CMAKE_CXX_FLAGS_RELEASE", "")
        .define("CMAKE_TRY_COMPILE_TARGET_TYPE", "STATIC_LIBRARY")
        .define("SNMALLOC_PLAN", plan)
        // Apple's archiver has no option for it.
        .env("ZERO_AR_DATE", "1")
        .configure_arg("--no-warn-unused-cli")
        .build_target(LIBRARY);
    if work.compiler.origin == Origin::Zig {
        config
            // CMake would link a program to know the compiler, for which zig builds
            // its C++ library: a minute, for nothing.
            .define("CMAKE_CXX_COMPILER_FORCED", "TRUE")
            .define("CMAKE_CXX_COMPILER_ID_RUN", "TRUE")
            .define("CMAKE_CXX_COMPILER_ID", "Clang")
            // CMake's knowledge of systems asks for tools of theirs, which the plan
            // doesn't need and another machine doesn't have.
            .define("CMAKE_SYSTEM_NAME", "Generic");
    }
    if let Some(program) = archiver(work)? {
        // It makes the index by itself.
        config
            .define("CMAKE_AR", &program)
            .define("CMAKE_RANLIB", ":");
    }
    for (name, value) in &work.compiler.cmake {
        config.define(name, value);
    }
    if let Some(generator) = cmake.and_then(|cmake| cmake.generator.as_ref()) {
        config.generator(generator);
    }
    // The crate reports by panicking; its message is passed on as ours.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let built = panic::catch_unwind(panic::AssertUnwindSafe(|| config.build()));
    panic::set_hook(hook);
    if let Err(payload) = built {
        let program = cmake.map_or("cmake".as_ref(), |cmake| cmake.program.as_path());
        return Err(failed(
            program,
            &build_dir,
            payload.downcast_ref::<String>(),
        ));
    }
    let commands = "compile_commands.json";
    // Only some generators leave it; parity says so where it is missing.
    let _ = fs::copy(build_dir.join(commands), work.out_dir.join(commands));
    Ok(())
}

/// Writes the options as a response file, and what CMake itself must know as a
/// script; returns the script.
fn write_plan(work: &Work<'_>) -> Result<String, Missing> {
    let write = |name: &str, text: String| {
        let file = work.out_dir.join(name);
        fs::write(&file, text)
            .map_err(|error| Missing::new(format!("{}: {error}", file.display())))
            .map(|()| path(&file))
    };
    let escaped = match work.plan.family {
        Family::Msvc => quoted_for_cl,
        _ => escaped,
    };
    let words: Vec<String> = work.plan.arguments().iter().map(|w| escaped(w)).collect();
    let response = write("plan.rsp", words.join("\n") + "\n")?;
    let mut script = format!(
        "set(PLAN_OPTIONS [==[@{response}]==])\nset(PLAN_ARCHIVE_DIR [==[{}]==])\n",
        path(work.out_dir)
    );
    let toolchain_file = "CMAKE_TOOLCHAIN_FILE";
    if (work.compiler.cmake.iter()).any(|(name, _)| name == toolchain_file) {
        // It was named for the compiler's sake; its flags would make another
        // allocator than the cc builder's. A user's own file keeps its flags.
        script.push_str("set(CMAKE_CXX_FLAGS \"\")\n");
    }
    write("plan.cmake", script)
}

/// A path as CMake writes it, on every system.
fn path(path: &Path) -> String {
    path.to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/")
}

/// A word of a response file.
fn escaped(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if c.is_whitespace() || "\\\"'".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A word of a response file that `cl` reads: backslashes stand for themselves.
fn quoted_for_cl(word: &str) -> String {
    let word = word.replace('"', "\\\"");
    if word.contains(char::is_whitespace) {
        format!("\"{word}\"")
    } else {
        word
    }
}

/// The cmake crate lets CMake's words pass into output that cargo doesn't show:
/// the failing step is run again to hear them.
fn failed(cmake: &Path, build_dir: &Path, panic: Option<&String>) -> Missing {
    let dir = quoted(&build_dir.to_string_lossy());
    let missing = Missing::new("CMake failed to build the shim");
    for (args, repeat) in [
        (vec![], format!("{} {dir}", cmake.display())),
        (
            vec!["--build"],
            format!("{} --build {dir}", cmake.display()),
        ),
    ] {
        let output = Command::new(cmake).args(args).arg(build_dir).output();
        match output {
            Ok(output) if output.status.success() => {}
            Ok(output) => {
                return missing
                    .said(&String::from_utf8_lossy(&output.stdout))
                    .said(&String::from_utf8_lossy(&output.stderr))
                    .fix(format!("to repeat it: {repeat}"));
            }
            Err(_) => break,
        }
    }
    // CMake can't be run at all, or only failed the first time: the crate's words.
    missing.said(panic.map_or("", String::as_str))
}
