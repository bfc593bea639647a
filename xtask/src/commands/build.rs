//! `cargo xtask build`, and the run that `test` and `parity` share with it: from a request to its
//! report.

use crate::cli::BuildArgs;
use crate::context::Context;
use crate::engine::container::{ContainerResult, Containers};
use crate::engine::cross::Cross;
use crate::engine::host::Host;
use crate::engine::{Builders, EngineRun, results, row};
use crate::failure::Failure;
use crate::plan::targets::{self, RequestedTarget};
use crate::plan::{cargo_command, resolve};
use crate::process::interrupt::interrupted;
use crate::report::{Report, Row, Status};
use crate::request::{BuildRequest, EngineKind};

pub fn run(args: &BuildArgs, context: &Context) -> Result<(), Failure> {
    let request = BuildRequest::from(args);
    let engine_run = EngineRun {
        verb: "build",
        builders: Builders::Chosen,
        runs_programs: false,
        last: &[],
        compile: None,
        job: &|resolved| {
            let subcommand = ["build", "-p", "snmalloc-rs", "--lib", "--examples"];
            cargo_command::cargo_job(resolved, &request, &subcommand, &[], context)
        },
    };
    engine_run.run(&request, context)
}

impl EngineRun<'_> {
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
        let requested = targets::requested(&request.targets, request.toolchain, context)?;
        let denied = targets::denied(&request.deny_skip, &requested)?;
        let mut rows = rows_of_engine(self, request, &requested, context)?;
        rows.iter_mut().for_each(|row| row.deny_skip(&denied));
        Ok(rows)
    }
}

/// Runs a command for every requested target in the requested engine.
///
/// # Errors
/// No target could be run, for a reason that concerns all of them.
fn rows_of_engine(
    engine_run: &EngineRun,
    request: &BuildRequest,
    requested: &[RequestedTarget],
    context: &Context,
) -> Result<Vec<Row>, Failure> {
    match request.engine.kind {
        EngineKind::Host => {
            let mut rows = results(&Host::new(engine_run, request, context), requested)?;
            if request.engine.inside.is_some() {
                row::mark_inside(&mut rows);
            }
            Ok(rows)
        }
        EngineKind::Cross => results(&Cross::find(engine_run, request, context)?, requested),
        EngineKind::Container | EngineKind::Docker | EngineKind::Podman => {
            let containers = Containers::find(engine_run.verb, engine_run.last, request, context)?;
            let results = results(&containers, requested)?;
            let rows: Vec<Vec<Row>> = results
                .into_iter()
                .map(ContainerResult::rows)
                .collect::<Result<_, _>>()?;
            Ok(rows.concat())
        }
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
