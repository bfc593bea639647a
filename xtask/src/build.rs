//! Runs a command for every requested target and reports the results. Shared by `build`, `test`
//! and `parity`.

use crate::context::Context;
use crate::engine::{self, EngineRun};
use crate::failure::Failure;
use crate::plan::{resolve, targets};
use crate::process::interrupt::interrupted;
use crate::report::{Report, Row, Status};
use crate::request::BuildRequest;

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
        let mut rows = engine::rows(self, request, &requested, context)?;
        rows.iter_mut().for_each(|row| row.deny_skip(&denied));
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
