//! The flags of `cargo xtask build` and of what builds before it goes on.

use std::num::NonZeroUsize;

use clap::Args;

use super::{EngineArgs, Selection};
use crate::request::{BuildRequest, BuilderChoice, MingwRuntime, StdChoice, ToolchainKind};

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
    pub toolchain: Option<ToolchainKind>,
    /// Linkage of mingw-w64's runtime libraries [default: static]
    ///
    /// With `shared`, the DLLs are copied next to the program. For Windows targets with GCC.
    #[arg(long, help_heading = BUILT, value_enum)]
    pub mingw_runtime: Option<MingwRuntime>,
    /// Builder of the C++ [default: auto; both for `test` on the host]
    #[arg(long, help_heading = BUILT, value_enum, default_value_t = BuilderChoice::Auto, hide_default_value = true)]
    pub builder: BuilderChoice,
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
    #[arg(long, help_heading = BUILT, value_enum, default_value_t = StdChoice::Auto)]
    pub std: StdChoice,
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

impl From<&BuildArgs> for BuildRequest {
    fn from(args: &BuildArgs) -> Self {
        Self {
            targets: (&args.select).into(),
            deny_skip: args.deny_skip.clone(),
            jobs: args.jobs,
            toolchain: args.toolchain,
            mingw_runtime: args.mingw_runtime,
            builder: args.builder,
            features: args.features.clone(),
            no_default_features: args.no_default_features,
            release: args.release,
            profile: args.profile.clone(),
            lto: args.lto,
            std: args.std,
            offline: args.offline,
            dry_run: args.dry_run,
            json: args.json,
            engine: (&args.engine).into(),
        }
    }
}
