//! The flags of the pipelines' commands.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

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
