//! The table of jobs, in the order in which they are best run one after the other.

mod host;
mod others;

use super::{Event, Job, Place, Workflow};

/// What most jobs are; each says what is different.
const JOB: Job = Job {
    name: "",
    workflow: Workflow::Ci,
    about: "",
    place: Place::Linux,
    from: Event::PullRequest,
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

/// The published crates' tests on a machine of the target's own kind. xtask's own tests
/// need much that is installed, and so are for Linux.
const NATIVE: Job = Job {
    builder: "both",
    steps: &[
        "SNMALLOC_BUILDER=cmake cargo test --locked -p snmalloc-toolchains -p snmalloc-sys@0.8 -p snmalloc-rs",
        "SNMALLOC_BUILDER=cc cargo test --locked -p snmalloc-sys@0.8 -p snmalloc-rs",
    ],
    ..JOB
};

/// The targets' tests on Windows, whose machines run several targets' programs.
const WINDOWS: Job = Job {
    steps: &["cargo xtask test {targets} --deny-skip all --json"],
    ..JOB
};

const STATIC_CRT: &[(&str, &str)] = &[("RUSTFLAGS", "-Ctarget-feature=+crt-static")];

/// Every job.
pub fn all() -> impl Iterator<Item = &'static Job> + Clone {
    [host::JOBS, others::JOBS].into_iter().flatten()
}
