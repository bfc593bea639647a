//! The table of jobs, in the best order for running them one after the other.

mod ci;
mod targets_and_release;

use crate::ci::{Event, Job, Place, Workflow};

/// The defaults of a job; each job sets the fields that differ.
const JOB: Job = Job {
    name: "",
    workflow: Workflow::Ci,
    about: "",
    place: Place::Linux,
    from: Event::PullRequest,
    part: 0,
    engine: "host",
    builder: "default",
    features: &[],
    emulator: None,
    env: &[],
    tools: &[],
    provision: &[],
    base: false,
    minutes: 60,
    steps: &[],
};

/// The published crates' tests on a native machine. xtask's own tests need many installed
/// tools, and only run on Linux.
const NATIVE: Job = Job {
    builder: "both",
    steps: &[
        "SNMALLOC_BUILDER=cmake cargo test --locked -p snmalloc-toolchains -p snmalloc-sys@0.8 -p snmalloc-rs",
        "SNMALLOC_BUILDER=cc cargo test --locked -p snmalloc-sys@0.8 -p snmalloc-rs",
    ],
    ..JOB
};

/// The targets' tests on Windows, which runs the programs of several targets.
const WINDOWS: Job = Job {
    steps: &["cargo xtask test {targets} --deny-skip all --json"],
    ..JOB
};

const STATIC_CRT: &[(&str, &str)] = &[("RUSTFLAGS", "-Ctarget-feature=+crt-static")];

/// Every job.
pub fn all() -> impl Iterator<Item = &'static Job> + Clone {
    [ci::JOBS, targets_and_release::JOBS].into_iter().flatten()
}
