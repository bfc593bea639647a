//! The flags of `cargo xtask build` and of what builds before it goes on.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};

use super::{Place, Selection};

const BUILT: &str = "What is built";

/// What is built, and how.
#[derive(Args, Clone)]
pub struct BuildArgs {
    #[command(flatten)]
    pub select: Selection,
    /// Targets whose skip is a failure, separated by commas, or `all`; may be given
    /// several times
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "TRIPLES",
        help_heading = "Targets"
    )]
    pub deny_skip: Vec<String>,
    /// How much runs at once: targets side by side, and cargo's jobs shared among
    /// them [default: the number of processors]
    #[arg(short, long, help_heading = "Targets", value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Whose C++ compiler: the system's, zig's, or the system's and else zig's
    /// [default: what SNMALLOC_TOOLCHAIN says, else auto]
    #[arg(long, help_heading = BUILT, value_enum)]
    pub toolchain: Option<ToolchainArg>,
    /// On Windows with mingw-w64's GCC: its run-time library in the program, or as
    /// DLLs that are put beside the program [default: static]
    #[arg(long, help_heading = BUILT, value_enum)]
    pub mingw_runtime: Option<MingwRuntime>,
    /// What compiles the C++ [default: auto; for `test` on this machine's target, both]
    #[arg(long, help_heading = BUILT, value_enum, default_value_t = BuilderArg::Auto, hide_default_value = true)]
    pub builder: BuilderArg,
    /// Features of snmalloc-rs, separated by commas; may be given several times
    #[arg(long, help_heading = BUILT, value_delimiter = ',', value_name = "FEATURES")]
    pub features: Vec<String>,
    /// Leave out the default features
    #[arg(long, help_heading = BUILT)]
    pub no_default_features: bool,
    /// Build with cargo's release profile
    #[arg(long, help_heading = BUILT, conflicts_with = "profile")]
    pub release: bool,
    /// Build with this cargo profile
    #[arg(long, help_heading = BUILT, value_name = "NAME")]
    pub profile: Option<String>,
    /// Cross-language LTO: clang's bitcode and rustc's are optimised as one, and the
    /// allocator's fast paths are inlined into Rust. Turns feature `lto` on and, unless
    /// --profile says otherwise, builds with the release profile. Linux targets only
    #[arg(long, help_heading = BUILT)]
    pub lto: bool,
    /// Where Rust's standard library for the target comes from: installed (or by
    /// rustup), built from source, or whichever can be had
    #[arg(long, help_heading = BUILT, value_enum, default_value_t = StdArg::Auto)]
    pub std: StdArg,
    /// Never use the network
    #[arg(long, help_heading = BUILT)]
    pub offline: bool,
    /// Print the commands that would run, ready to paste, and run none
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// Print the results as one JSON document on standard output
    #[arg(long, conflicts_with = "dry_run", help_heading = "Output")]
    pub json: bool,
    #[command(flatten)]
    pub place: Place,
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
    /// What a plain `cargo build` would choose
    Auto,
    /// CMake
    Cmake,
    /// The cc crate
    Cc,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ToolchainArg {
    /// The system's; where it has none, zig
    Auto,
    /// The system's only
    System,
    /// zig only
    Zig,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StdArg {
    /// Installed; else by rustup; else built from source
    Auto,
    /// Installed, or by rustup
    Prebuilt,
    /// Built from source, with `-Zbuild-std`
    Build,
}
