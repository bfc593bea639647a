//! The pipelines' jobs as data: what each runs, on which machine, at which event. The
//! pipeline files only say where; `cargo xtask ci` runs the same steps anywhere.

mod jobs;
mod place;
mod rotation;
pub mod workflows;

use clap::ValueEnum;
use snmalloc_toolchains::catalog;

pub use jobs::all;
pub use place::Place;
pub use rotation::Rotation;

/// One job.
#[derive(Debug)]
pub struct Job {
    pub name: &'static str,
    /// The file that runs it.
    pub workflow: Workflow,
    /// What it shows, in a few words.
    pub about: &'static str,
    /// The machine it needs.
    pub place: Place,
    /// The smallest event that runs it.
    pub from: Event,
    /// Where its steps compile and run: `host`, `container` or `cross`.
    pub engine: &'static str,
    /// What compiles the C++: `both` builders, or the one that a user would get.
    pub builder: &'static str,
    /// Features beyond the default ones.
    pub features: &'static [&'static str],
    /// What runs the targets' programs, where the machine doesn't.
    pub emulator: Option<&'static str>,
    /// Variables for its steps.
    pub env: &'static [(&'static str, &'static str)],
    /// Programs that its steps need, each with the command that installs it.
    pub tools: &'static [(&'static str, &'static str)],
    /// The parts of `.ci/provision` that make its machine ready.
    pub provision: &'static [&'static str],
    /// Whether its steps need the image that the others start from.
    pub base: bool,
    /// Minutes after which it counts as hanging.
    pub minutes: u32,
    /// Its command lines: words parted by blanks, for no shell. Variables may be set in
    /// front, and before them `in DIRECTORY` says where. `{targets}` stands for
    /// `--target` and each of its targets, the rest for what is in [`Given`]. What a line
    /// with `--json` prints is kept in the job's own directory, as NUMBER.json, and what
    /// one with `--shell cargo-config` prints as NUMBER.toml.
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
    /// Its name, and its file's.
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

/// What starts a pipeline; each runs the jobs of those before it.
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
    /// The word for it.
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

    /// The steps' words, with everything put in that they stand for.
    pub fn lines(&self, given: &Given) -> Vec<Vec<String>> {
        let targets = self.targets();
        let word = |word: &str| match word {
            "{targets}" => targets
                .iter()
                .flat_map(|target| ["--target".to_owned(), (*target).to_owned()])
                .collect(),
            "{part}" => given
                .part
                .iter()
                .flat_map(|target| ["--target".to_owned(), (*target).to_owned()])
                .collect(),
            "{workflows}" => given.workflows.clone(),
            _ => {
                let word = word.replace("{base}", &given.base);
                vec![word.replace("{out}", &given.out)]
            }
        };
        self.steps
            .iter()
            // Without a target it would be about this machine's own.
            .filter(|step| !step.contains("{part}") || !given.part.is_empty())
            .map(|step| step.split_whitespace().flat_map(word).collect())
            .collect()
    }
}

/// What the words of steps stand for.
pub struct Given {
    /// `{base}`: the commit to compare with.
    pub base: String,
    /// `{out}`: the job's own directory.
    pub out: String,
    /// `{workflows}`: the workflows' files.
    pub workflows: Vec<String>,
    /// `{part}`: the targets of job `emulated` whose turn it is.
    pub part: Vec<&'static str>,
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
