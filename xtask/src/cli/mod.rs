//! The command line.

mod bench;
mod build;
#[cfg(feature = "maintain")]
mod ci;
mod engine;
mod env;
mod image;
mod maintain;
#[cfg(feature = "maintain")]
mod package;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};
use snmalloc_toolchains::Group;

pub use bench::BenchArgs;
pub use build::{BuildArgs, TestArgs};
#[cfg(feature = "maintain")]
pub use ci::{
    CiArgs, CompileArgs, MatrixArgs, MatrixFormat, Minimum, MinimumArgs, PairsArg, RungsArgs,
};
pub use engine::{CrossConfigArgs, EngineArgs};

use crate::request::{TargetSelection, Verbosity};
pub use env::{EnvArgs, Shell};
pub use image::{
    ImageArgs, ImageBuildArgs, ImageChoice, ImageCleanArgs, ImageCommand, ImageListArgs,
};
pub use maintain::Maintain;
#[cfg(feature = "maintain")]
pub use maintain::{ParityArgs, TidyArgs};
#[cfg(feature = "maintain")]
pub use package::{AuditArgs, PackageArgs, PublishArgs};

/// Build and test snmalloc-rs for any target, here or in containers.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "Exit codes: 0 all passed; 1 something failed; 2 the command line is wrong; \
                  3 something is missing on this machine; 130 interrupted."
)]
pub struct Cli {
    #[command(flatten)]
    pub output: Output,
    #[command(subcommand)]
    pub command: Command,
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

/// Parses the arguments of a `cargo xtask` command; `--help` is an error, as in clap.
#[cfg(feature = "maintain")]
pub fn parse_command(args: Vec<String>) -> Result<(), clap::Error> {
    let command_line = std::iter::once("xtask".to_owned()).chain(args);
    Cli::try_parse_from(command_line).map(|_| ())
}

#[derive(Subcommand)]
pub enum Command {
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
    /// Build, list and push container images of targets
    Image(ImageArgs),
    /// Print the Cross.toml with which `cross` uses the target images
    CrossConfig(CrossConfigArgs),
    /// Copy the locked C++ source into snmalloc-sys/upstream
    ///
    /// For packaging, and to build without the registry.
    Vendor,
    #[command(flatten)]
    Maintain(Maintain),
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

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::Cli;

    /// Words of the short form, without a default at its end.
    fn word_count(help: &str) -> usize {
        let text = help.split(" [default").next().unwrap_or_default();
        text.split_whitespace().count()
    }

    fn check(command: &Command, path: &str) {
        let about = command.get_about().map(ToString::to_string);
        let args = command.get_arguments().map(|arg| {
            let help = arg.get_help().map(ToString::to_string);
            (arg.get_id().to_string(), help)
        });
        for (name, help) in args.chain([("about".to_owned(), about)]) {
            let help = help.unwrap_or_default();
            assert!(word_count(&help) <= 12, "{path} {name}: {help}");
        }
        for command in command.get_subcommands() {
            check(command, &format!("{path} {}", command.get_name()));
        }
    }

    #[test]
    fn short_help_has_at_most_twelve_words() {
        Cli::command().debug_assert();
        check(&Cli::command(), "xtask");
    }
}
