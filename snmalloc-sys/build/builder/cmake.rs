// SPDX-License-Identifier: MIT
//! Builds the plan with CMake. The plan is passed in two files, so that no argument goes through a
//! shell or CMake's list syntax.
//!
//! This module runs CMake itself. The cmake crate passes CMake's output into a log that cargo
//! doesn't show, drops a compiler's wrapper (`ccache g++`), and adds `CXXFLAGS` to a plan that
//! already contains them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use snmalloc_toolchains::{Cmake, Error, Family, Origin, find, quote, vars};

use super::{LIBRARY, Work, archiver, command_line, host, script};
use crate::directives;

pub(super) fn build(work: &Work<'_>, cmake: Option<&Cmake>) -> Result<(), Error> {
    let plan = write_plan(work)?;
    let build_dir = work.out_dir.join("build");
    // CMake ignores some definitions if the cache was made for another compiler or by an
    // interrupted run. Configuring from scratch takes a second.
    if build_dir.exists() {
        fs::remove_dir_all(&build_dir)
            .map_err(|error| Error::new(format!("{}: {error}", build_dir.display())))?;
    }
    let program = cmake.map_or("cmake".as_ref(), |cmake| cmake.program.as_path());
    let environment = environment(work)?;
    let definitions = definitions(work, plan)?;
    let command = |generator| {
        let mut command = Command::new(program);
        command.arg(work.shim).arg("-B").arg(&build_dir);
        for (flag, value) in generator_flags(work, generator) {
            command.arg(flag).arg(value);
        }
        for (name, value) in &definitions {
            let mut definition = OsString::from(format!("-D{name}="));
            definition.push(value);
            command.arg(definition);
        }
        command.arg("--no-warn-unused-cli");
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        // CMake would read it too, although the file may not exist.
        command.env_remove("CMAKE_TOOLCHAIN_FILE");
        command
    };
    let requested = lookup(work, "CMAKE_GENERATOR");
    let chosen = cmake.and_then(|cmake| cmake.generator.clone());
    if let Err(error) = run(&mut command(chosen.or(requested.clone())), "configure") {
        let Some(name) = requested else {
            return Err(error);
        };
        let _ = fs::remove_dir_all(&build_dir);
        let ninja = work.machine.find_program("ninja");
        let mut again = command(ninja.map(|_| "Ninja".to_owned()));
        for what in ["", "_INSTANCE", "_PLATFORM", "_TOOLSET"] {
            again.env_remove(format!("CMAKE_GENERATOR{what}"));
        }
        if run(&mut again, "configure").is_err() {
            return Err(error);
        }
        directives::warning(&format!(
            "ignored: CMAKE_GENERATOR is `{name}`, with which CMake can't configure here"
        ));
    }
    let mut compile = Command::new(program);
    compile.arg("--build").arg(&build_dir);
    compile.args(["--target", LIBRARY, "--config", "Release"]);
    compile.envs(environment.iter().map(|(name, value)| (name, value)));
    run(&mut compile, "build")?;
    let commands = "compile_commands.json";
    // Only some generators write it; parity reports it if it is missing.
    let _ = fs::copy(build_dir.join(commands), work.out_dir.join(commands));
    Ok(())
}

fn run(command: &mut Command, step: &str) -> Result<(), Error> {
    let output = command
        .output()
        .map_err(|error| Error::new(format!("CMake can't be run: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::new(format!("CMake failed to {step} the shim"))
        .output(&String::from_utf8_lossy(&output.stdout))
        .output(&String::from_utf8_lossy(&output.stderr))
        .fix(format!("to repeat it: {}", command_line(command))))
}

/// Environment variables for CMake.
fn environment(work: &Work<'_>) -> Result<Vec<(OsString, OsString)>, Error> {
    // Apple's archiver has no option for deterministic archives.
    let mut variables = vec![(OsString::from("ZERO_AR_DATE"), OsString::from("1"))];
    if let Some(value) = lookup(work, "CMAKE_PREFIX_PATH") {
        variables.push(("CMAKE_PREFIX_PATH".into(), value.into()));
    }
    if work.compiler.origin == Origin::VisualStudio {
        variables.extend(super::variables(&host::visual_studio(work)?));
    }
    Ok(variables)
}

fn lookup(work: &Work<'_>, base: &str) -> Option<String> {
    let crossing = work.target.triple != work.host;
    vars::lookup(work.machine, base, work.target, crossing).map(|(_, value)| value)
}

/// The generator, and the platform that Visual Studio's generators need.
fn generator_flags(work: &Work<'_>, chosen: Option<String>) -> Vec<(&'static str, String)> {
    let on_windows = work.machine.os() == "windows";
    let is_msvc = work.target.env == "msvc";
    let generator = match chosen {
        // CMake would choose Visual Studio.
        None if on_windows && !is_msvc => {
            let has_mingw = work.machine.find_program("mingw32-make").is_some();
            let name = if has_mingw { "MinGW" } else { "MSYS" };
            Some(format!("{name} Makefiles"))
        }
        chosen => chosen,
    };
    let studio = generator.as_ref().map_or(on_windows && is_msvc, |name| {
        name.starts_with("Visual Studio")
    });
    let mut flags: Vec<_> = generator.map(|name| ("-G", name)).into_iter().collect();
    if studio {
        let platform = match work.target.arch.as_str() {
            "x86_64" => "x64",
            "x86" => "Win32",
            "arm64ec" => "ARM64EC",
            _ => "ARM64",
        };
        flags.push(("-A", platform.to_owned()));
    }
    flags
}

fn definitions(work: &Work<'_>, plan: String) -> Result<Vec<(String, OsString)>, Error> {
    let compiler = work.compiler;
    let mut list: Vec<(String, OsString)> = Vec::new();
    let mut define = |name: &str, value: OsString| {
        // The first definition wins: the compiler's own come first.
        if !list.iter().any(|(other, _)| other == name) {
            list.push((name.to_owned(), value));
        }
    };
    for (name, value) in &compiler.cmake {
        define(name, value.into());
    }
    let crossing = work.target.triple != work.host;
    if let Some((_, file)) = find::toolchain_file::path(work.target, crossing, work.machine) {
        define("CMAKE_TOOLCHAIN_FILE", file.into());
    } else if compiler.origin == Origin::Zig || crossing {
        // CMake's platform files look for platform tools that the plan doesn't need and the host
        // may not have.
        define("CMAKE_SYSTEM_NAME", system(work).into());
    }
    if work.target.os == "macos" && compiler.origin != Origin::Zig {
        let arm = work.target.arch == "aarch64";
        let name = if arm { "arm64" } else { "x86_64" };
        define("CMAKE_OSX_ARCHITECTURES", name.into());
    }
    if compiler.origin == Origin::Zig || is_plain(work, crossing) {
        // To identify the compiler, CMake would compile and link two programs, a third of a second
        // for what the probes have answered. For them, zig would build its C++ library: a minute.
        let family = match work.plan.family {
            Family::Gnu => "GNU",
            _ => "Clang",
        };
        for (name, value) in [
            ("CMAKE_CXX_COMPILER_FORCED", "TRUE"),
            ("CMAKE_CXX_COMPILER_ID_RUN", "TRUE"),
            ("CMAKE_CXX_COMPILER_ID", family),
        ] {
            define(name, value.into());
        }
    }
    // The plan is complete: disable CMake's own choices.
    for (name, value) in [
        ("CMAKE_BUILD_TYPE", "Release"),
        ("CMAKE_CXX_FLAGS", ""),
        ("CMAKE_CXX_FLAGS_RELEASE", ""),
        ("CMAKE_TRY_COMPILE_TARGET_TYPE", "STATIC_LIBRARY"),
    ] {
        define(name, value.into());
    }
    define("SNMALLOC_PLAN", plan.into());
    if compiler.origin != Origin::VisualStudio {
        define("CMAKE_CXX_COMPILER", program(work)?.into());
    }
    // CMake reads the variable itself if no value is passed.
    if matches!(compiler.origin, Origin::System | Origin::Ndk) {
        let words = compiler.wrapper().join(";");
        define("CMAKE_CXX_COMPILER_LAUNCHER", words.into());
    }
    if let Some(program) = archiver(work)? {
        // The archiver writes the index itself.
        define("CMAKE_AR", program.into());
        define("CMAKE_RANLIB", ":".into());
    }
    Ok(list)
}

/// Returns true if CMake's own settings depend on no more than the compiler's family: GCC or clang
/// for this machine, without a toolchain file or Apple's SDKs.
fn is_plain(work: &Work<'_>, crossing: bool) -> bool {
    let compiler = work.compiler;
    let is_system_s = compiler.origin == Origin::System && compiler.cmake.is_empty();
    let has_file = find::toolchain_file::path(work.target, crossing, work.machine).is_some();
    let is_apple = work.target.is_apple();
    is_system_s && !crossing && !has_file && !is_apple && work.machine.os() != "windows"
}

/// CMake's name of the target's OS, as far as CMake needs it.
fn system(work: &Work<'_>) -> &'static str {
    match work.target.os.as_str() {
        _ if work.compiler.origin == Origin::Zig => "Generic",
        "windows" if work.target.env == "msvc" => "Windows",
        "macos" => "Darwin",
        "ios" => "iOS",
        "tvos" => "tvOS",
        "watchos" => "watchOS",
        "visionos" => "visionOS",
        "android" => "Android",
        _ => "Generic",
    }
}

/// Returns true if the compiler's own arguments are all options, which can be merged into the
/// plan's.
fn only_options(work: &Work<'_>) -> bool {
    let args = work.compiler.unwrapped().args;
    args.first().is_none_or(|arg| arg.starts_with(['-', '/']))
}

/// The single path of the compiler for CMake.
fn program(work: &Work<'_>) -> Result<PathBuf, Error> {
    let tool = work.compiler.unwrapped();
    if only_options(work) {
        let name = tool.program.to_string_lossy();
        return Ok(work.machine.find_program(&name).unwrap_or(tool.program));
    }
    script(work, work.compiler.script_name(), &tool)
}

/// Writes the options as a response file, and CMake's own settings as a script; returns the script.
fn write_plan(work: &Work<'_>) -> Result<String, Error> {
    let write = |name: &str, text: String| {
        let file = work.out_dir.join(name);
        fs::write(&file, text)
            .map_err(|error| Error::new(format!("{}: {error}", file.display())))
            .map(|()| path(&file))
    };
    let is_zig = work.compiler.origin == Origin::Zig;
    let escaped = match work.plan.family {
        Family::Msvc => quote::windows_response_file,
        _ if is_zig => quote::windows_response_file,
        _ => quote::response_file,
    };
    let mut words = work.plan.arguments();
    if only_options(work) {
        words.splice(0..0, work.compiler.unwrapped().args);
    }
    // zig 0.17.1 takes an apostrophe in a response file for a quote, also between quotes.
    if let Some(word) = words.iter().find(|word| is_zig && word.contains('\'')) {
        return Err(Error::new(format!(
            "zig reads its options from a file, where it can't read the apostrophe in {word}"
        ))
        .fix("set SNMALLOC_BUILDER=cc, which passes the options themselves, or build in a directory without an apostrophe in its path"));
    }
    let words: Vec<String> = words.iter().map(|word| escaped(word)).collect();
    let response = write("plan.rsp", words.join("\n") + "\n")?;
    let mut script = format!(
        "set(PLAN_OPTIONS {})\nset(PLAN_ARCHIVE_DIR {})\n",
        quote::cmake(&format!("@{response}")),
        quote::cmake(&path(work.out_dir))
    );
    let toolchain_file = "CMAKE_TOOLCHAIN_FILE";
    if (work.compiler.cmake.iter()).any(|(name, _)| name == toolchain_file) {
        // The compiler has the flags of the toolchain file that apply. Others would make this
        // archive differ from the cc builder's.
        script.push_str("set(CMAKE_CXX_FLAGS \"\")\n");
    }
    write("plan.cmake", script)
}

/// Formats a path for CMake, on every host.
fn path(path: &Path) -> String {
    path.to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/")
}
