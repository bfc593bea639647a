//! Runs a command for every requested target and collects the rows of its report. Shared by
//! `build`, `test` and `parity`.
//!
//! First every target is resolved, in parallel. Then targets that one cargo can compile
//! together are compiled in one batch. Then each remaining task runs, in parallel unless tasks
//! share a build directory.

use crate::build::task::{Prepared, Task};
use crate::context::Context;
use crate::engine::{self, EngineRun};
use crate::failure::Failure;
use crate::plan::resolve::{self, MakeJob};
use crate::plan::rust_std::RustStd;
use crate::plan::targets::{self, RequestedTarget};
use crate::process::interrupt::interrupted;
use crate::process::parallel::{Share, parallel_map};
use crate::report::{Report, Row, Status};
use crate::request::{BuildRequest, EngineKind};

/// Builders that a command runs if `--builder` is not given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Builders {
    /// The one that cargo would choose.
    Chosen,
    /// Both, for this machine's own target; a missing one is skipped.
    BothHere,
    /// Both; a missing one is an error.
    Both,
}

/// A command that runs for each target and builder.
pub struct BuildRun<'a> {
    pub verb: &'static str,
    pub builders: Builders,
    pub runs_programs: bool,
    /// Arguments for the test programs.
    pub last: &'a [String],
    pub job: MakeJob<'a>,
    /// Makes a job that only compiles what `job` runs; `None` if `job` itself only compiles.
    pub compile: Option<MakeJob<'a>>,
}

impl BuildRun<'_> {
    pub fn run(&self, request: &BuildRequest, context: &Context) -> Result<(), Failure> {
        let results = self.rows_until_interrupt(request, context)?;
        if request.dry_run {
            return finish_dry_run(&results, context);
        }
        let result = Report { results }.finish(request, context.progress.quiet);
        if interrupted() {
            return Err(Failure::Interrupted);
        }
        result
    }

    /// Runs everything; returns one row for each target and builder. A dry run prints the
    /// commands, and returns rows only for targets that would not run.
    ///
    /// # Errors
    /// An interrupt is an error: some rows are incomplete.
    #[cfg(feature = "maintain")]
    pub fn rows(&self, request: &BuildRequest, context: &Context) -> Result<Vec<Row>, Failure> {
        let rows = self.rows_until_interrupt(request, context)?;
        match interrupted() {
            true => Err(Failure::Interrupted),
            false => Ok(rows),
        }
    }

    /// Like [`Self::rows`], but an interrupt is not an error: returns the rows so far.
    fn rows_until_interrupt(
        &self,
        request: &BuildRequest,
        context: &Context,
    ) -> Result<Vec<Row>, Failure> {
        resolve::check_args(request)?;
        engine::check_engine_args(request)?;
        let requested = targets::requested(&request.targets, request.toolchain, context)?;
        let denied = targets::denied(&request.deny_skip, &requested)?;
        let mut rows = match request.engine.kind {
            EngineKind::Host => self.rows_here(&requested, request, context)?,
            _ => {
                let engine_run = EngineRun {
                    verb: self.verb,
                    runs_programs: self.runs_programs,
                    last: self.last,
                    job: self.job,
                };
                engine::rows(&engine_run, request, &requested, context)?
            }
        };
        rows.iter_mut().for_each(|row| row.deny_skip(&denied));
        Ok(rows)
    }

    fn rows_here(
        &self,
        requested: &[RequestedTarget],
        request: &BuildRequest,
        context: &Context,
    ) -> Result<Vec<Row>, Failure> {
        let share = Share::new(request.jobs, &context.machine);
        // A dry run prints rustup's commands while it resolves: one target at a time.
        let at_once = if request.dry_run { 1 } else { share.jobs };
        let resolved_targets =
            parallel_map(at_once, requested, |w| self.prepare(w, request, context));
        let mut prepared = Vec::new();
        for (requested, resolved_targets) in requested.iter().zip(resolved_targets) {
            match resolved_targets {
                Ok(more) => prepared.extend(more),
                Err(Failure::Missing(missing)) => {
                    prepared.push(Prepared::Skipped(Box::new(engine::missing_row(
                        requested, &missing,
                    ))));
                }
                // A target that fails doesn't stop the others.
                Err(Failure::Failed(reason)) => prepared.push(Prepared::Skipped(Box::new(Row {
                    status: Status::Failed,
                    ..Row::skipped(&requested.name(), None, reason)
                }))),
                Err(other) => return Err(other),
            }
        }
        let tasks: Vec<&Task> = prepared.iter().filter_map(Prepared::task).collect();
        report_std_from_source(&tasks, context);
        let mut executed = if request.dry_run {
            tasks.iter().for_each(|task| println!("{}", task.job));
            Vec::new()
        } else {
            self.execute(&tasks, share, context)?
        }
        .into_iter();
        let mut rows: Vec<Row> = prepared
            .into_iter()
            .filter_map(|prepared_target| match prepared_target {
                Prepared::Skipped(row) => Some(*row),
                Prepared::Ready(_) => executed.next(),
            })
            .collect();
        if request.engine.inside.is_some() {
            engine::inside(&mut rows);
        }
        Ok(rows)
    }
}

/// Prints the targets that would not run, with the reasons; returns a dry run's result.
fn finish_dry_run(rows: &[Row], context: &Context) -> Result<(), Failure> {
    for row in rows {
        let reason = row.reason.as_deref().unwrap_or_default();
        match row.status {
            Status::Failed => context.progress.error(&format!("{}: {reason}", row.target)),
            // Already printed, with its fix.
            _ if row.missing => {}
            _ => context
                .progress
                .line(&format!("{}: skipped: {reason}", row.target)),
        }
    }
    Report::result(rows)
}

/// Reports once that RUSTC_BOOTSTRAP=1 is set for a stable toolchain.
fn report_std_from_source(tasks: &[&Task], context: &Context) {
    let mut names: Vec<&str> = tasks
        .iter()
        .filter(|task| task.resolved.std == RustStd::FromSource { bootstrap: true })
        .map(|task| task.name.as_str())
        .collect();
    names.dedup();
    if !names.is_empty() {
        context.progress.line(&format!(
            "{}: Rust's std is built from source by a stable toolchain (RUSTC_BOOTSTRAP=1)",
            names.join(", ")
        ));
    }
}
