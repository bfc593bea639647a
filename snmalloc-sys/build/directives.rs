// SPDX-License-Identifier: MIT
//! Directives for cargo.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use snmalloc_toolchains::{Choice, Compiler, Error, Opt, Plan, Probes, symbols};

use crate::builder::{LIBRARY, Work, archive_name};
use crate::source::Source;

/// Prints a directive. After a line break, the rest of a path or flag would be another directive.
fn print(directive: &str) {
    let line = directive.replace('\n', " ");
    if line == directive || directive.starts_with("cargo::warning=") {
        println!("{line}");
    } else {
        println!("cargo::error=cargo can't read a value with a line break: {line}");
    }
}

/// Prints the variables that the build depends on.
pub fn rerun_for_variables(names: &[String]) {
    for name in names {
        print(&format!("cargo::rerun-if-env-changed={name}"));
    }
    // After the first such directive, cargo no longer watches the package itself.
    print("cargo::rerun-if-changed=build");
    // Its timestamp changes when the source is copied into the package.
    print("cargo::rerun-if-changed=Cargo.toml");
}

/// Prints warnings that don't stop the build.
pub fn warn(plan: &Plan, compiler: &Compiler, choice: &Choice) {
    if choice.fell_back {
        warning(&format!(
            "snmalloc is built with cc, because {}; \
             feature build_cc or SNMALLOC_BUILDER=cc says that this is meant",
            choice.reason
        ));
    }
    for warning in compiler.notes.iter().chain(&plan.warnings) {
        self::warning(warning);
    }
}

/// Prints one warning.
pub fn warning(text: &str) {
    print(&format!("cargo::warning={text}"));
}

/// Prints the results of the probes, for `cargo build -vv` and for build scripts of dependent
/// crates (`DEP_SNMALLOC_CXX20`).
pub fn answers(probes: &Probes, compiler: &Compiler) {
    let command = compiler.command().replace('\n', " ");
    println!("snmalloc: {command} is the C++ compiler");
    for (name, value) in probes.answers() {
        println!("snmalloc: probe {name}={value}");
        print(&format!("cargo::metadata={name}={value}"));
    }
}

/// Prints the archive, its source, and the libraries to link.
pub fn emit(work: &Work<'_>, choice: &Choice, source: &Source) {
    let Work {
        plan,
        compiler,
        shim,
        out_dir,
        ..
    } = work;
    let archive = out_dir.join(archive_name(compiler));
    print(&format!(
        "cargo::rustc-link-search=native={}",
        out_dir.display()
    ));
    print(&format!("cargo::rustc-link-lib=static={LIBRARY}"));
    for option in &plan.options {
        match option {
            Opt::LibraryDir(dir) => print(&format!(
                "cargo::rustc-link-search=native={}",
                dir.display()
            )),
            Opt::Library(library) => print(&format!("cargo::rustc-link-lib={library}")),
            _ => {}
        }
    }
    let undefined = symbols::undefined(&fs::read(&archive).unwrap_or_default());
    let uses = |start: &str| undefined.iter().any(|name| name.starts_with(start));
    // Some compilers call libatomic for atomics narrower than a register (GCC before 13 on RISC-V).
    if uses("__atomic_") && !link_with(work, "-print-file-name=libatomic.a") {
        print("cargo::rustc-link-lib=atomic");
    }
    // Android before 10 and OpenHarmony emulate thread-local variables in a compiler library, which
    // rustc makes clang omit. A std that was built with the parts of that library defines them too,
    // and then nothing more is linked. For Windows, rustc links GCC's own library.
    let windows = std::env::var_os("CARGO_CFG_WINDOWS").is_some();
    if !windows && uses("__emutls_get_address") {
        link_with(work, "-print-libgcc-file-name");
    }
    print(&format!("cargo::metadata=SOURCE={}", source.dir.display()));
    print(&format!("cargo::metadata=VERSION={}", source.version));
    print(&format!(
        "cargo::metadata=BUILDER={}",
        choice.builder.name()
    ));
    print(&format!("cargo::metadata=ARCHIVE={}", archive.display()));
    // Used by this crate's tests, which read the archive and compile the source.
    print(&format!(
        "cargo::rustc-env=SNMALLOC_SYS_ARCHIVE={}",
        archive.display()
    ));
    print(&format!(
        "cargo::rustc-env=SNMALLOC_SYS_SOURCE={}",
        source.dir.display()
    ));
    let headers = source.dir.join("src").join("snmalloc");
    for path in [*shim, &headers] {
        print(&format!("cargo::rerun-if-changed={}", path.display()));
    }
}

/// Links the library whose path the compiler prints, statically, so that programs need no further
/// file. Returns `false` if it prints no path.
fn link_with(work: &Work<'_>, question: &str) -> bool {
    let compiler = work.compiler.unwrapped();
    let answer = Command::new(&compiler.program)
        .args(&compiler.args)
        // The flags may contain the target.
        .args(work.plan.arguments())
        .arg(question)
        .output();
    let file = answer
        .map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
        .unwrap_or_default();
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    match (file.parent(), stem.strip_prefix("lib")) {
        (Some(dir), Some(name)) if file.is_file() && file.is_absolute() => {
            print(&format!(
                "cargo::rustc-link-search=native={}",
                dir.display()
            ));
            print(&format!("cargo::rustc-link-lib=static={name}"));
            true
        }
        _ => false,
    }
}

/// Fails the build with one message.
pub fn fail(missing: &Error) {
    // cargo shows one line per directive. The directive itself fails the build, so that cargo
    // doesn't print the script's whole output.
    for line in missing.to_string().lines() {
        print(&format!("cargo::error={line}"));
    }
}
