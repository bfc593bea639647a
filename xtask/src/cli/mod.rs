//! The command line.

mod build;
mod forwarded;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};
use snmalloc_toolchains::Group;

pub use build::{BuildArgs, TestArgs, container_engine};
pub use forwarded::Forwarded;

use crate::request::{TargetSelection, Verbosity};

/// Build and test snmalloc-rs for any target, here or in containers.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "Exit codes: 0 all passed; 1 something failed; 2 the command line is wrong; \
                  3 something is missing on this machine; 130 interrupted."
)]
pub struct Cli<M: Subcommand> {
    #[command(flatten)]
    pub output: Output,
    #[command(subcommand)]
    pub command: Command<M>,
}

/// Verbosity.
#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Print the output of every tool
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// The commands; `M` has those of package `xtask-maintain`.
#[derive(Subcommand)]
pub enum Command<M: Subcommand> {
    /// Build the allocator and link the example programs
    Build(BuildArgs),
    /// Build and run the tests
    ///
    /// On the host target: the whole workspace, then the allocator's crates with the second
    /// builder. On another target: the allocator's crates, with the target's runner.
    Test(TestArgs),
    /// Benchmark the allocator against others: CPU time, memory, instructions
    #[command(disable_help_flag = true)]
    Bench(BenchArgs),
    /// List targets with their rung, runner and missing tools
    Targets(TargetsArgs),
    /// Check this machine for the tools of targets
    ///
    /// Lists every tool with the paths searched, and the command that installs it if it is
    /// missing.
    Doctor(DoctorArgs),
    /// Print environment variables to build any crate for a target
    Env(EnvArgs),
    /// Run a program on an Android device, as cargo's runner
    #[command(hide = true)]
    OnDevice(OnDeviceArgs),
    /// Print the Cross.toml with which `cross` uses the target images
    CrossConfig(CrossConfigArgs),
    #[command(flatten)]
    Maintain(M),
    /// Link with zig, as rustc's linker
    #[command(name = crate::runners::zig_link::NAME, hide = true)]
    ZigLink {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

/// Target selection.
#[derive(Args, Clone)]
#[command(next_help_heading = "Targets")]
pub struct Selection {
    /// Target triple; repeatable [default: the host]
    ///
    /// A Linux (GNU) target may end in the oldest glibc to support:
    /// `x86_64-unknown-linux-gnu.2.17`
    #[arg(long, value_name = "TRIPLE")]
    pub target: Vec<String>,
    #[command(flatten)]
    pub groups: Groups,
    /// Every supported target, the host first
    ///
    /// A target without its tools on this machine is skipped with the reason, which is not an
    /// error; nothing is installed. The same holds for --group.
    #[arg(long)]
    pub all: bool,
}

impl From<&Selection> for TargetSelection {
    fn from(selection: &Selection) -> Self {
        Self {
            triples: selection.target.clone(),
            groups: selection.groups.group.clone(),
            all: selection.all,
        }
    }
}

impl From<Output> for Verbosity {
    fn from(output: Output) -> Self {
        Self {
            verbose: output.verbose,
            quiet: output.quiet,
        }
    }
}

/// Target families.
#[derive(Args, Clone)]
pub struct Groups {
    /// Every supported target of a family; repeatable
    #[arg(long, value_name = "GROUP", value_parser = group())]
    pub group: Vec<Group>,
}

fn group() -> impl clap::builder::TypedValueParser<Value = Group> {
    PossibleValuesParser::new(Group::ALL.map(Group::name))
        .map(|name| Group::named(&name).expect("one of the possible values"))
}

#[derive(Args)]
pub struct TargetsArgs {
    #[command(flatten)]
    pub groups: Groups,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Print a Markdown table of the catalog
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub markdown: bool,
}

#[derive(Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub select: Selection,
    /// Print JSON, with every check
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

#[derive(Args)]
pub struct OnDeviceArgs {
    /// adb
    pub adb: PathBuf,
    /// Serial number of the device
    pub serial: String,
    /// Program and arguments
    pub program: String,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}

/// The arguments of `bench`: the runner of the benches workspace parses them.
#[derive(Args)]
pub struct BenchArgs {
    /// Arguments for the runner; `cargo xtask bench --help` lists them
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGS"
    )]
    pub args: Vec<OsString>,
}

#[derive(Args)]
pub struct EnvArgs {
    /// Target triple
    #[arg(long, value_name = "TRIPLE")]
    pub target: String,
    /// Output format
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    pub shell: Shell,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// `export`, for `eval`
    Sh,
    /// `set -gx`
    Fish,
    /// `$env:`
    Powershell,
    /// A JSON object
    Json,
    /// For `.cargo/config.toml`
    CargoConfig,
}

#[derive(Args)]
pub struct CrossConfigArgs {
    /// Target triple; repeatable
    #[arg(long, value_name = "TRIPLE", required = true)]
    pub target: Vec<String>,
    /// Image name [default: from `cargo xtask image list`]
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
}
