//! The engines that run jobs.

pub mod client;
pub mod container;
pub mod cross;
pub mod diagnose;
mod info;
mod prepare;

use std::path::Path;

use snmalloc_toolchains::Error;

pub use self::prepare::ask_rustup;
use crate::context::Context;
use crate::failure::Failure;
use crate::plan::resolve::MakeJob;
use crate::plan::targets::RequestedTarget;
use crate::process::progress::print_error;
use crate::report::{Row, Status};
use crate::request::{BuildRequest, EngineKind};

/// A command that runs for each target.
pub struct EngineRun<'a> {
    pub verb: &'static str,
    pub runs_programs: bool,
    /// Arguments for the test programs.
    pub last: &'a [String],
    pub job: MakeJob<'a>,
}

/// Runs a command in containers or with cross; returns its rows.
pub fn rows(
    engine_run: &EngineRun,
    request: &BuildRequest,
    requested: &[RequestedTarget],
    context: &Context,
) -> Result<Vec<Row>, Failure> {
    match request.engine.kind {
        EngineKind::Cross => cross::rows(engine_run, request, requested, context),
        _ => {
            let results = container::run(
                engine_run.verb,
                request,
                engine_run.last,
                requested,
                context,
            )?;
            results
                .into_iter()
                .map(container::ContainerResult::rows)
                .try_fold(Vec::new(), |mut all, rows| {
                    all.extend(rows?);
                    Ok(all)
                })
        }
    }
}

/// Refuses the flags of containers if none is used.
pub fn check_engine_args(request: &BuildRequest) -> Result<(), Failure> {
    let engine = &request.engine;
    let containers = [
        ("--image", engine.image.is_some()),
        ("--memory", engine.memory.is_some()),
        ("--cpus", engine.cpus.is_some()),
        ("--clean", engine.clean),
    ];
    match containers.iter().find(|(_, given)| *given) {
        Some((flag, _)) if engine.kind == EngineKind::Host => Err(Failure::Usage(format!(
            "{flag} is for containers: give `--engine container` or `--engine cross` too"
        ))),
        _ => Ok(()),
    }
}

/// A directory that `--clean` removes, also after Ctrl-C.
struct Cleaned<'a>(&'a Path);

impl Drop for Cleaned<'_> {
    fn drop(&mut self) {
        // A directory that can't be removed only takes space, and git ignores it.
        let _ = std::fs::remove_dir_all(self.0);
    }
}

/// Marks rows as run in a container, and adds a note if it ran out of memory.
pub fn inside(rows: &mut [Row]) {
    // cgroup v2, then cgroup v1.
    let files = [
        "/sys/fs/cgroup/memory.events",
        "/sys/fs/cgroup/memory/memory.oom_control",
    ];
    let events = files
        .iter()
        .find_map(|file| std::fs::read_to_string(file).ok());
    let killed = events.is_some_and(|events| diagnose::oom_killed(&events));
    for row in rows {
        row.engine = EngineKind::Container.name();
        if let (true, Status::Failed, Some(reason)) = (killed, row.status, &mut row.reason) {
            if !reason.is_empty() {
                reason.push_str("; ");
            }
            reason.push_str(
                "the container ran out of memory: --memory sets what it may use, --jobs what it \
                 needs",
            );
        }
    }
}

/// Prints the full message at once if the target was named; the report repeats its first line.
pub fn missing_row(requested: &RequestedTarget, missing: &Error) -> Row {
    if !requested.from_group {
        print_error(&missing.to_string());
    }
    Row {
        missing: !requested.from_group,
        ..Row::skipped(&requested.name(), None, missing.what.clone())
    }
}
