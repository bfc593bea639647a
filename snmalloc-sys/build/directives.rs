// SPDX-License-Identifier: MIT
//! What cargo is told.

use std::path::Path;

use snmalloc_toolchains::{Choice, Missing, Opt, Plan};

use crate::builder::LIBRARY;
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
pub fn warn(plan: &Plan, choice: &Choice) {
    if choice.fell_back {
        println!(
            "cargo::warning=snmalloc is built with cc, because {}; \
             feature build_cc or SNMALLOC_BUILDER=cc says that this is meant",
            choice.reason
        );
    }
    for warning in &plan.warnings {
        println!("cargo::warning={warning}");
    }
}

/// What was built, and from what.
pub fn emit(plan: &Plan, choice: &Choice, source: &Source, shim: &Path, out_dir: &Path) {
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
    println!("cargo::metadata=SOURCE={}", source.dir.display());
    println!("cargo::metadata=VERSION={}", source.version);
    println!("cargo::metadata=BUILDER={}", choice.builder.name());
    println!("cargo::metadata=ARCHIVE={}", archive.display());
    // For this crate's own tests, which read the archive.
    println!(
        "cargo::rustc-env=SNMALLOC_SYS_ARCHIVE={}",
        archive.display()
    );
    for watched in [shim, &source.dir.join("src").join("snmalloc")] {
        println!("cargo::rerun-if-changed={}", watched.display());
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
