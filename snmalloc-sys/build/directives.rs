// SPDX-License-Identifier: MIT
//! What cargo is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use snmalloc_toolchains::{Choice, Compiler, Missing, Opt, Plan};

use crate::builder::{LIBRARY, Work};
use crate::source::Source;

/// Tells cargo which variables the build depends on.
pub fn rerun_for_variables(names: &[String]) {
    for name in names {
        println!("cargo::rerun-if-env-changed={name}");
    }
    // Once a line is given, cargo no longer watches the package itself.
    println!("cargo::rerun-if-changed=build");
}

/// What the user should know although the build goes on.
pub fn warn(plan: &Plan, compiler: &Compiler, choice: &Choice) {
    if choice.fell_back {
        println!(
            "cargo::warning=snmalloc is built with cc, because {}; \
             feature build_cc or SNMALLOC_BUILDER=cc says that this is meant",
            choice.reason
        );
    }
    for warning in compiler.notes.iter().chain(&plan.warnings) {
        println!("cargo::warning={warning}");
    }
}

/// What was built, and from what.
pub fn emit(work: &Work<'_>, choice: &Choice, source: &Source) {
    let Work {
        plan,
        compiler,
        shim,
        out_dir,
        ..
    } = work;
    let archive = out_dir.join(format!("lib{LIBRARY}.a"));
    println!("cargo::rustc-link-search=native={}", out_dir.display());
    println!("cargo::rustc-link-lib=static={LIBRARY}");
    for option in &plan.options {
        match option {
            Opt::LibraryDir(dir) => println!("cargo::rustc-link-search=native={}", dir.display()),
            Opt::Library(library) => println!("cargo::rustc-link-lib={library}"),
            _ => {}
        }
    }
    if needs_libatomic(&archive) {
        link_libatomic(compiler);
    }
    println!("cargo::metadata=SOURCE={}", source.dir.display());
    println!("cargo::metadata=VERSION={}", source.version);
    println!("cargo::metadata=BUILDER={}", choice.builder.name());
    println!("cargo::metadata=ARCHIVE={}", archive.display());
    // For this crate's own tests, which read the archive.
    println!(
        "cargo::rustc-env=SNMALLOC_SYS_ARCHIVE={}",
        archive.display()
    );
    let headers = source.dir.join("src").join("snmalloc");
    let watched = [*shim, &headers];
    for path in watched
        .into_iter()
        .chain(source.pinned_by.iter().map(PathBuf::as_path))
    {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// Some compilers call libatomic for atomics narrower than a register (GCC before
/// 13 on RISC-V): the archive tells.
fn needs_libatomic(archive: &Path) -> bool {
    const NAME: &[u8] = b"__atomic_";
    fs::read(archive).is_ok_and(|bytes| bytes.windows(NAME.len()).any(|part| part == NAME))
}

/// Statically where the compiler has it, so that programs need no file more.
fn link_libatomic(compiler: &Compiler) {
    let answer = Command::new(&compiler.program)
        .args(&compiler.args)
        .arg("-print-file-name=libatomic.a")
        .output();
    let file = answer
        .map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
        .unwrap_or_default();
    match file.parent().filter(|_| file.is_absolute()) {
        Some(dir) => {
            println!("cargo::rustc-link-search=native={}", dir.display());
            println!("cargo::rustc-link-lib=static=atomic");
        }
        None => println!("cargo::rustc-link-lib=atomic"),
    }
}

/// Ends the build with one message.
pub fn fail(missing: &Missing) {
    // cargo shows one line of each directive; that it fails the build is the
    // directive's own doing, which keeps cargo from dumping all our output.
    for line in missing.to_string().lines() {
        println!("cargo::error={line}");
    }
}
