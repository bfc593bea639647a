//! The flags of the pipelines' commands.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use snmalloc_toolchains::Rung;

use super::Selection;
use crate::pipeline::{self, Event, Job, Workflow};

#[derive(Args)]
pub struct MatrixArgs {
    /// How the jobs are written
    #[arg(long, value_enum, default_value_t = MatrixFormat::Github)]
    pub format: MatrixFormat,
    /// What has happened: a pull request runs the fewest jobs, a schedule or a release
    /// every one. GitHub's own names for events are understood
    #[arg(long, value_enum, default_value_t = Event::Push)]
    pub event: Event,
    /// Only the jobs of this workflow
    #[arg(long, value_enum)]
    pub workflow: Option<Workflow>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MatrixFormat {
    /// `{"include": […]}` on one line, for a job's matrix
    Github,
    /// .cirrus.yml, of the jobs that Cirrus CI has machines for
    Cirrus,
    /// All that is known of each job, its steps too
    Json,
    /// A table
    Markdown,
}

#[derive(Args)]
pub struct CiArgs {
    /// The job to run here; may be given several times
    #[arg(
        long, value_name = "NAME", value_parser = job(), hide_possible_values = true,
        required_unless_present = "list"
    )]
    pub job: Vec<&'static Job>,
    /// List the jobs, the machine that each needs, and whether this is one
    #[arg(long, conflicts_with = "job")]
    pub list: bool,
    /// For job `bench`: the commit to compare with
    #[arg(long, value_name = "COMMIT", default_value = "HEAD^")]
    pub base: String,
    /// Print the steps, ready to paste, and run none
    #[arg(long)]
    pub dry_run: bool,
}

fn job() -> impl TypedValueParser<Value = &'static Job> {
    PossibleValuesParser::new(pipeline::all().map(|job| job.name))
        .map(|name| pipeline::job(&name).expect("one of the possible values"))
}

#[derive(Args)]
pub struct MinimumArgs {
    /// Of what
    #[arg(value_enum)]
    pub of: Minimum,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Minimum {
    /// Rust: the manifests' `rust-version`
    Rust,
    /// The direct dependencies: the oldest versions that the manifests allow
    Versions,
}

#[derive(Args)]
pub struct CompileArgs {
    #[command(flatten)]
    pub select: Selection,
    /// Pairs of features to compile on top of the default features; GCC and clang only check
    /// their syntax
    #[arg(long, value_enum, default_value_t = PairsArg::Rotating)]
    pub pairs: PairsArg,
    /// Features to compile with on top of the default ones, instead of pairs; separated by
    /// commas
    #[arg(long, value_delimiter = ',', value_name = "FEATURES")]
    pub features: Vec<String>,
    /// Where the rotation begins, instead of at a number made from the date
    #[arg(long, value_name = "N")]
    pub rotation: Option<usize>,
    /// Maximum number of parallel compilers [default: the number of CPUs]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// With --all: write the record of what compiles, xtask/rungs/compiled.txt, anew
    #[arg(long, requires = "all")]
    pub bless: bool,
    /// Print the results as one JSON document on standard output
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PairsArg {
    /// None
    None,
    /// One for each target, others every day
    Rotating,
    /// Every pair that the plan accepts
    All,
}

#[derive(Args)]
pub struct RungsArgs {
    /// Reports of `build --json` or `test --json`
    #[arg(value_name = "FILE", required = true)]
    pub reports: Vec<PathBuf>,
    /// What a passed row shows
    #[arg(long, value_name = "RUNG", value_parser = rung())]
    pub rung: Rung,
    /// Add to the record of the rung, in xtask/rungs, what the reports show
    #[arg(long)]
    pub bless: bool,
}

fn rung() -> impl TypedValueParser<Value = Rung> {
    PossibleValuesParser::new([Rung::Linked, Rung::Tested].map(Rung::name))
        .map(|name| Rung::named(&name).expect("one of the possible values"))
}
