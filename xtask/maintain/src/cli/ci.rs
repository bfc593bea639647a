//! The flags of the pipelines' commands.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use snmalloc_toolchains::Rung;

use crate::ci::{self, Event, Job, Workflow};
use xtask::cli::Selection;

#[derive(Args)]
pub struct MatrixArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = MatrixFormat::Github)]
    pub format: MatrixFormat,
    /// Event that triggers the jobs
    ///
    /// A pull request runs the fewest jobs, a schedule or a release all. GitHub's event names
    /// are accepted.
    #[arg(long, value_enum, default_value_t = Event::Push)]
    pub event: Event,
    /// Select the jobs of this workflow
    #[arg(long, value_enum)]
    pub workflow: Option<Workflow>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MatrixFormat {
    /// `{"include": […]}` on one line, for a job matrix
    Github,
    /// .cirrus.yml, for the jobs that run on Cirrus CI
    Cirrus,
    /// Every field of each job, with its steps
    Json,
    /// A table
    Markdown,
}

#[derive(Args)]
pub struct CiArgs {
    /// Job to run; repeatable
    #[arg(
        long, value_name = "NAME", value_parser = job(), hide_possible_values = true,
        required_unless_present = "list"
    )]
    pub job: Vec<&'static Job>,
    /// List the jobs and the machines they need
    #[arg(long, conflicts_with = "job")]
    pub list: bool,
    /// Test a part of the job's targets, another every day
    ///
    /// For job `cross`. Targets that other jobs test in another engine are in every part. The
    /// log lists the targets that are left out.
    #[arg(long, conflicts_with = "list")]
    pub part: bool,
    /// Commit to compare with, for job `bench`
    #[arg(long, value_name = "COMMIT", default_value = "HEAD^")]
    pub base: String,
    /// Print the steps instead of running them
    #[arg(long)]
    pub dry_run: bool,
}

fn job() -> impl TypedValueParser<Value = &'static Job> {
    PossibleValuesParser::new(ci::all().map(|job| job.name))
        .map(|name| ci::job(&name).expect("one of the possible values"))
}

#[derive(Args)]
pub struct MinimumArgs {
    /// Subject of the check
    #[arg(value_enum)]
    pub of: Minimum,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Minimum {
    /// Rust: `rust-version` of the manifests
    Rust,
    /// The oldest direct dependencies that the manifests allow
    Versions,
}

#[derive(Args)]
pub struct CompileArgs {
    #[command(flatten)]
    pub select: Selection,
    /// Pairs of features to compile with the default features
    ///
    /// GCC and clang only check their syntax.
    #[arg(long, value_enum, default_value_t = PairsArg::Rotating)]
    pub pairs: PairsArg,
    /// Features to add to the default ones, instead of pairs; comma-separated
    #[arg(long, value_delimiter = ',', value_name = "FEATURES")]
    pub features: Vec<String>,
    /// Start of the rotation [default: from the date]
    #[arg(long, value_name = "N")]
    pub rotation: Option<usize>,
    /// Maximum number of parallel compilers [default: the number of CPUs]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Update xtask/rungs/compiled.txt (with --all)
    #[arg(long, requires = "all")]
    pub bless: bool,
    /// Print the results as JSON on stdout
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PairsArg {
    /// None
    None,
    /// One pair for each target, another every day
    Rotating,
    /// Every accepted pair
    All,
}

#[derive(Args)]
pub struct RungsArgs {
    /// Reports of `build --json` or `test --json`
    #[arg(value_name = "FILE", required = true)]
    pub reports: Vec<PathBuf>,
    /// Rung that a passed row proves
    #[arg(long, value_name = "RUNG", value_parser = rung())]
    pub rung: Rung,
    /// Update the rung's record in xtask/rungs from the reports
    #[arg(long)]
    pub bless: bool,
}

fn rung() -> impl TypedValueParser<Value = Rung> {
    PossibleValuesParser::new([Rung::Linked, Rung::Tested].map(Rung::name))
        .map(|name| Rung::named(&name).expect("one of the possible values"))
}
