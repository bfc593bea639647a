//! The flags of `cargo xtask build` and of what builds before it goes on.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};

use super::{EngineArgs, Selection};

const BUILT: &str = "What is built";

/// Build options.
#[derive(Args, Clone)]
pub struct BuildArgs {
    #[command(flatten)]
    pub select: Selection,
    /// Targets that must not be skipped, comma-separated, or `all`; repeatable
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "TRIPLES",
        help_heading = "Targets"
    )]
    pub deny_skip: Vec<String>,
    /// Maximum number of parallel jobs, shared between targets [default: number of CPUs]
    #[arg(short, long, help_heading = "Targets", value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// C++ toolchain to use [default: SNMALLOC_TOOLCHAIN, else auto]
    #[arg(long, help_heading = BUILT, value_enum)]
    pub toolchain: Option<ToolchainArg>,
    /// Linkage of mingw-w64's runtime libraries [default: static]
    ///
    /// With `shared`, the DLLs are copied next to the program. For Windows targets with GCC.
    #[arg(long, help_heading = BUILT, value_enum)]
    pub mingw_runtime: Option<MingwRuntime>,
    /// Builder of the C++ [default: auto; both for `test` on the host]
    #[arg(long, help_heading = BUILT, value_enum, default_value_t = BuilderArg::Auto, hide_default_value = true)]
    pub builder: BuilderArg,
    /// Features of snmalloc-rs, comma-separated; repeatable
    #[arg(long, help_heading = BUILT, value_delimiter = ',', value_name = "FEATURES")]
    pub features: Vec<String>,
    /// Disable the default features
    #[arg(long, help_heading = BUILT)]
    pub no_default_features: bool,
    /// Use cargo's release profile
    #[arg(long, help_heading = BUILT, conflicts_with = "profile")]
    pub release: bool,
    /// Use this cargo profile
    #[arg(long, help_heading = BUILT, value_name = "NAME")]
    pub profile: Option<String>,
    /// Cross-language LTO with clang, for Linux targets
    ///
    /// Inlines the allocator's fast paths into Rust. Enables feature `lto`, and the release
    /// profile unless --profile is given.
    #[arg(long, help_heading = BUILT)]
    pub lto: bool,
    /// Source of the target's standard library
    #[arg(long, help_heading = BUILT, value_enum, default_value_t = StdArg::Auto)]
    pub std: StdArg,
    /// Don't use the network
    #[arg(long, help_heading = BUILT)]
    pub offline: bool,
    /// Print the commands instead of running them
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// Print the results as JSON on stdout
    #[arg(long, conflicts_with = "dry_run", help_heading = "Output")]
    pub json: bool,
    #[command(flatten)]
    pub engine: EngineArgs,
}

#[derive(Args)]
pub struct TestArgs {
    #[command(flatten)]
    pub build: BuildArgs,
    /// Arguments for the test programs, as after `cargo test --`
    #[arg(last = true, value_name = "TEST ARGUMENTS")]
    pub args: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MingwRuntime {
    Static,
    Shared,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BuilderArg {
    /// The choice of a plain `cargo build`
    Auto,
    /// CMake
    Cmake,
    /// The cc crate
    Cc,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ToolchainArg {
    /// The installed compiler, else zig
    Auto,
    /// The installed compiler
    System,
    /// zig
    Zig,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StdArg {
    /// Installed, else from rustup, else built from source
    Auto,
    /// Installed, or from rustup
    Prebuilt,
    /// Built from source, with `-Zbuild-std`
    Build,
}
