//! The rows of a report: a target that didn't run, a job that has ended, an interrupt.

use snmalloc_toolchains::Error;

use crate::engine::diagnose;
use crate::failure::Failure;
use crate::plan::cargo_command::Resolved;
use crate::plan::targets::RequestedTarget;
use crate::process::interrupt;
use crate::process::progress::print_error;
use crate::process::run::{ARCHIVE, Outcome};
use crate::report::{Row, Status};
use crate::request::EngineKind;

/// Turns a target's failure into a row, so that it doesn't stop the others.
///
/// # Errors
/// A wrong command, or an interrupt.
pub fn row_of(
    requested: &RequestedTarget,
    failure: Failure,
    engine: EngineKind,
) -> Result<Row, Failure> {
    // A terminal interrupts children too: nothing is missing if one of them fails.
    if interrupt::interrupted() {
        return Err(Failure::Interrupted);
    }
    let row = match failure {
        Failure::Missing(missing) => missing_row(requested, &missing),
        Failure::Failed(reason) => failed(&requested.name(), reason),
        other => return Err(other),
    };
    Ok(Row {
        engine: engine.name(),
        ..row
    })
}

/// Prints the full message at once if the target was named; the report repeats its first line.
fn missing_row(requested: &RequestedTarget, missing: &Error) -> Row {
    if !requested.from_group {
        print_error(&missing.to_string());
    }
    Row {
        missing: !requested.from_group,
        ..Row::skipped(&requested.name(), None, missing.what.clone())
    }
}

/// The row of a target that failed outside its job.
pub fn failed(name: &str, reason: String) -> Row {
    Row {
        status: Status::Failed,
        ..Row::skipped(name, None, reason)
    }
}

/// The row of a target that was interrupted.
pub fn interrupted(name: &str, engine: EngineKind) -> Row {
    Row {
        engine: engine.name(),
        ..failed(name, "interrupted".to_owned())
    }
}

/// The row of a job that has ended.
pub fn ended(
    name: &str,
    engine: EngineKind,
    resolved: &Resolved,
    runs_programs: bool,
    (outcome, seconds, log): (&Outcome, f64, &str),
) -> Row {
    let triple = &resolved.target.triple;
    let archive = outcome.out_dir(triple).map(|dir| dir.join(ARCHIVE));
    Row {
        builder: Some(resolved.builder.name()),
        engine: engine.name(),
        std: Some(resolved.std.name()),
        runner: resolved.runner_name().filter(|_| runs_programs),
        status: match outcome.passed() {
            true => Status::Passed,
            false => Status::Failed,
        },
        reason: outcome.reason(log),
        seconds,
        tests: runs_programs.then(|| outcome.tests()),
        artifact: archive.filter(|archive| archive.is_file()),
        programs: outcome.programs(triple),
        ..Row::skipped(name, None, String::new())
    }
}

/// Marks rows as run in a container, and adds a note if it ran out of memory.
pub fn mark_inside(rows: &mut [Row]) {
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
