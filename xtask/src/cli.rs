//! All command-line flags.

mod bench;
mod build;
mod env;
mod image;
mod package;
mod pipeline;
mod place;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};
use snmalloc_toolchains::Group;

pub use bench::BenchArgs;
pub use build::{BuildArgs, BuilderArg, MingwRuntime, StdArg, TestArgs, ToolchainArg};
pub use env::{EnvArgs, Shell};
pub use image::{
    EngineArg, ImageArgs, ImageBuildArgs, ImageChoice, ImageCleanArgs, ImageCommand, ImageListArgs,
};
pub use package::{AuditArgs, PackageArgs, PublishArgs};
pub use pipeline::{
    CiArgs, CompileArgs, MatrixArgs, MatrixFormat, Minimum, MinimumArgs, PairsArg, RungsArgs,
};
pub use place::{CrossConfigArgs, Place, Where};

/// Build and test snmalloc-rs for any target, with what this machine has or in containers.
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

/// How much is shown.
#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// Show what the tools print, as they print it
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Show only what went wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Build the allocator and link the example programs
    Build(BuildArgs),
    /// Build and run the tests: on this machine's own target the whole workspace, and the
    /// allocator's crates with the second builder too; on another target those, under its
    /// runner
    Test(TestArgs),
    /// Build with both builders and compare what they made: macros, symbols, and
    /// machine code function by function
    Parity(ParityArgs),
    /// Measure this repository's allocator against others: processor time, memory,
    /// instructions
    #[command(disable_help_flag = true)]
    Bench(BenchArgs),
    /// List every target: whether this machine can build it, how it would be
    /// tested, and what is missing
    Targets(TargetsArgs),
    /// Check this machine for targets: every tool that was looked for, where it
    /// was found, and the command that installs what is missing
    Doctor(DoctorArgs),
    /// Print the variables that plain cargo, cross or an IDE needs to build any
    /// crate for a target
    Env(EnvArgs),
    /// cargo's runner for Android: run a program on a device
    #[command(hide = true)]
    OnDevice(OnDeviceArgs),
    /// Container images that carry a target's compilers, CMake and runner
    Image(ImageArgs),
    /// Print the lines of a Cross.toml that let `cross` build and test any crate for a
    /// target in its image
    CrossConfig(CrossConfigArgs),
    /// Copy the locked C++ source into snmalloc-sys/upstream, for packaging and
    /// for building without the registry
    Vendor,
    /// Make the packages that are published, check what is in them, build and test them
    /// as a user gets them, and write their checksums and bill of materials
    Package(PackageArgs),
    /// Upload the packages that the registry doesn't have yet, each before those that need it
    Publish(PublishArgs),
    /// Compare what is public in the crates with their last published version
    Semver,
    /// Check what the dependencies may be (deny.toml) and what is known against them:
    /// licences, duplicates, sources, advisories
    Audit(AuditArgs),
    /// Check format, lints, docs and the rules of the tree
    Tidy(TidyArgs),
    /// Compile the C++ alone, with the planned options, for every target that this
    /// machine has a compiler and headers for
    Compile(CompileArgs),
    /// Compare reports with what the catalog says of their targets
    Rungs(RungsArgs),
    /// Run a job of the pipelines here, as CI does
    Ci(CiArgs),
    /// Print the pipelines' jobs, computed from the catalog of targets
    Matrix(MatrixArgs),
    /// Check the published crates with the oldest Rust, or the oldest dependencies,
    /// that their manifests allow
    Minimum(MinimumArgs),
    /// What rustc calls to link with zig
    #[command(name = crate::tools::zig_link::NAME, hide = true)]
    ZigLink {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

/// Which targets.
#[derive(Args, Clone)]
#[command(next_help_heading = "Targets")]
pub struct Selection {
    /// The target triple; may be given several times [default: this machine's].
    /// A Linux (GNU) target may end in the oldest glibc it is to run on:
    /// `x86_64-unknown-linux-gnu.2.17`
    #[arg(long, value_name = "TRIPLE")]
    pub target: Vec<String>,
    #[command(flatten)]
    pub groups: Groups,
    /// Every supported target, this machine's first. What the machine lacks is a
    /// skip with its reason and no error; nothing is installed (also for --group)
    #[arg(long)]
    pub all: bool,
}

/// Which families of targets.
#[derive(Args, Clone)]
pub struct Groups {
    /// Every supported target of a family; may be given several times
    #[arg(long, value_name = "GROUP", value_parser = group())]
    pub group: Vec<Group>,
}

fn group() -> impl clap::builder::TypedValueParser<Value = Group> {
    PossibleValuesParser::new(Group::ALL.map(Group::name))
        .map(|name| Group::named(&name).expect("one of the possible values"))
}

#[derive(Args)]
pub struct ParityArgs {
    #[command(flatten)]
    pub build: BuildArgs,
    /// Build nothing: compare two directories that builds have left (an archive
    /// and compile_commands.json in each)
    #[arg(long, help_heading = "What is compared", num_args = 2, value_names = ["DIR", "DIR"])]
    pub outputs: Vec<PathBuf>,
}

#[derive(Args)]
pub struct TargetsArgs {
    #[command(flatten)]
    pub groups: Groups,
    /// Print one JSON document
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Print a Markdown table of what needs no machine to know
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub markdown: bool,
}

#[derive(Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub select: Selection,
    /// Print one JSON document, with every check
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

#[derive(Args)]
pub struct OnDeviceArgs {
    /// adb
    pub adb: PathBuf,
    /// The device's serial number
    pub serial: String,
    /// The program, and its arguments
    pub program: String,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}

#[derive(Args)]
pub struct TidyArgs {
    /// Write what can be written: format, and the documents' generated tables
    #[arg(long)]
    pub fix: bool,
    /// Only the rules of the tree, which need no compiler
    #[arg(long)]
    pub tree: bool,
}
