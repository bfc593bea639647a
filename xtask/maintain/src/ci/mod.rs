//! The pipelines' jobs as data: the steps, machine and event of each. The pipeline files
//! only start them; `cargo xtask ci` runs the same steps on any machine.

pub mod archive;
pub mod compile;
pub mod documents;
mod jobs;
mod place;
mod rotation;
pub mod rungs;
pub mod workflows;

use clap::ValueEnum;
use snmalloc_toolchains::catalog;

pub use jobs::all;
pub use place::Place;
pub use rotation::Rotation;

/// Parses the arguments of a `cargo xtask` command.
pub type ParseCommand = fn(Vec<String>) -> Result<(), clap::Error>;

/// One job.
#[derive(Debug)]
pub struct Job {
    pub name: &'static str,
    /// The file that runs it.
    pub workflow: Workflow,
    /// The purpose of the job, in a few words.
    pub about: &'static str,
    /// The machine it needs.
    pub place: Place,
    /// The smallest event that runs it.
    pub from: Event,
    /// The number of its targets that pull requests take, other ones every day; all if 0.
    pub part: usize,
    /// The engine that compiles and runs: `host`, `container` or `cross`.
    pub engine: &'static str,
    /// The builder of the C++: `both`, or `default` for the one that a user would get.
    pub builder: &'static str,
    /// Features beyond the default ones.
    pub features: &'static [&'static str],
    /// The emulator for the targets' programs, if the machine can't run them.
    pub emulator: Option<&'static str>,
    /// Variables for its steps.
    pub env: &'static [(&'static str, &'static str)],
    /// Programs that its steps need, each with the command that installs it.
    pub tools: &'static [(&'static str, &'static str)],
    /// The arguments of `.ci/provision` that prepare its machine.
    pub provision: &'static [&'static str],
    /// True if its steps need the base image.
    pub base: bool,
    /// The timeout in minutes.
    pub minutes: u32,
    /// Its commands: arguments separated by spaces, without a shell. A command may start with
    /// `in DIRECTORY`, then variables. `{targets}` stands for `--target` and each of its
    /// targets; all placeholders are in [`Given`]. The output of a command with `--json`
    /// is written to the job's own directory as NUMBER.json, that of one with
    /// `--shell cargo-config` as NUMBER.toml.
    pub steps: &'static [&'static str],
}

/// A file below `.github/workflows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Workflow {
    Ci,
    Cross,
    Android,
    Bsd,
    Bench,
    Release,
    Audit,
}

impl Workflow {
    /// The workflow's name, which is also its file's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ci => "ci",
            Self::Cross => "cross",
            Self::Android => "android",
            Self::Bsd => "bsd",
            Self::Bench => "bench",
            Self::Release => "release",
            Self::Audit => "audit",
        }
    }
}

/// The event that starts a pipeline; each also runs the jobs of the events before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Event {
    /// A pull request
    #[value(alias = "pull_request")]
    PullRequest,
    /// A push to the main branch
    #[value(alias = "merge_group")]
    Push,
    /// Every night, or by hand
    #[value(alias = "workflow_dispatch")]
    Schedule,
    /// A release
    Release,
}

impl Event {
    pub const fn name(self) -> &'static str {
        match self {
            Self::PullRequest => "pull-request",
            Self::Push => "push",
            Self::Schedule => "schedule",
            Self::Release => "release",
        }
    }
}

impl Job {
    /// The targets whose rows in the catalog name this job.
    pub fn targets(&self) -> Vec<&'static str> {
        catalog::ENTRIES
            .iter()
            .filter(|entry| entry.jobs.contains(&self.name))
            .map(|entry| entry.triple)
            .collect()
    }

    /// The steps' arguments, with all placeholders replaced.
    pub fn lines(&self, given: &Given) -> Vec<Vec<String>> {
        let arg = |arg: &str| match arg {
            "{targets}" => given
                .targets
                .iter()
                .flat_map(|target| ["--target".to_owned(), (*target).to_owned()])
                .collect(),
            "{workflows}" => given.workflows.clone(),
            _ => {
                let arg = arg.replace("{base}", &given.base);
                vec![arg.replace("{out}", &given.out)]
            }
        };
        self.steps
            .iter()
            .map(|step| step.split_whitespace().flat_map(arg).collect())
            .collect()
    }
}

/// The values of the placeholders in steps.
pub struct Given {
    /// `{base}`: the commit to compare with.
    pub base: String,
    /// `{out}`: the job's own directory.
    pub out: String,
    /// `{workflows}`: the workflows' files.
    pub workflows: Vec<String>,
    /// `{targets}`: all targets of the job, or today's part of them.
    pub targets: Vec<&'static str>,
}

/// The job of that name.
pub fn job(name: &str) -> Option<&'static Job> {
    all().find(|job| job.name == name)
}

/// The jobs that `event` runs, of one workflow or all.
pub fn at(event: Event, workflow: Option<Workflow>) -> Vec<&'static Job> {
    all()
        .filter(|job| job.from <= event)
        .filter(|job| workflow.is_none_or(|workflow| job.workflow == workflow))
        .collect()
}

#[cfg(test)]
mod tests;
