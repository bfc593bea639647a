//! Names and purposes of the commands of package `xtask-maintain`, which parses their arguments. A
//! test there compares the two lists.

use std::ffi::OsString;

use clap::{Args, Subcommand};

/// Commands that cargo compiles when one is first typed (`forward.rs`).
#[derive(Subcommand)]
pub enum Forwarded {
    /// Build, list and push container images of targets
    Image(Any),
    /// Copy the locked C++ source into snmalloc-sys/upstream
    Vendor(Any),
    /// Build with both builders and compare the results
    Parity(Any),
    /// Package the published crates, then build and test the packages
    Package(Any),
    /// Upload the packages missing from the registry, dependencies first
    Publish(Any),
    /// Compare the public API with the last published version
    Semver(Any),
    /// Check dependencies: licences, duplicates, sources, advisories (deny.toml)
    Audit(Any),
    /// Check formatting, lints, docs and the repository's rules
    Tidy(Any),
    /// Compile the C++ alone, for every target with a compiler here
    Compile(Any),
    /// Compare reports with the catalog's rungs
    Rungs(Any),
    /// Run a CI job on this machine
    Ci(Any),
    /// Print the CI jobs, computed from the target catalog
    Matrix(Any),
    /// Check the published crates with the oldest Rust or dependencies
    Minimum(Any),
}

/// Any arguments; they are passed on.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub struct Any {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    args: Vec<OsString>,
}
