//! The flags of `cargo xtask build` and of what builds before it goes on, and their conversion to
//! a request.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::Selection;
use crate::request::{
    BuildRequest, BuilderChoice, EngineKind, EngineRequest, MingwRuntime, StdChoice, ToolchainKind,
};

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

/// Engine selection.
#[derive(Args, Clone)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// Engine to run in: this machine, target containers, or cross
    #[arg(long = "engine", value_enum, default_value_t = EngineKind::Host)]
    pub kind: EngineKind,
    /// Existing image to use instead of the target's
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Memory limit of containers, such as `2g`
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<String>,
    /// CPU limit of containers, such as `1.5`
    #[arg(long, value_name = "N", value_parser = cpus)]
    pub cpus: Option<String>,
    /// Remove build results of containers afterwards
    ///
    /// Images and logs stay.
    #[arg(long)]
    pub clean: bool,
    /// File for the results of a run inside a container
    #[arg(long, value_name = "FILE", hide = true)]
    pub inside: Option<PathBuf>,
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

impl From<&EngineArgs> for EngineRequest {
    fn from(args: &EngineArgs) -> Self {
        Self {
            kind: args.kind,
            image: args.image.clone(),
            memory: args.memory.clone(),
            cpus: args.cpus.clone(),
            clean: args.clean,
            inside: args.inside.clone(),
        }
    }
}

/// Parses docker or podman.
pub fn container_engine() -> impl TypedValueParser<Value = EngineKind> {
    PossibleValuesParser::new(["docker", "podman"]).map(|name| match name.as_str() {
        "docker" => EngineKind::Docker,
        _ => EngineKind::Podman,
    })
}

/// A size in the container engines' syntax.
fn memory(text: &str) -> Result<String, String> {
    let number = text.trim_end_matches(['b', 'k', 'm', 'g', 'B', 'K', 'M', 'G']);
    match number.parse::<u64>() {
        Ok(1..) if text.len() <= number.len() + 1 => Ok(text.to_owned()),
        _ => Err("a number, and b, k, m or g after it, such as 2g".to_owned()),
    }
}

fn cpus(text: &str) -> Result<String, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(text.to_owned()),
        _ => Err("a number such as 2 or 1.5".to_owned()),
    }
}
