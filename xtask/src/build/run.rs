//! Runs a command for every requested target and collects the rows of its report. Shared by
//! `build`, `test` and `parity`.
//!
//! First every target is resolved, in parallel. Then targets that one cargo can compile
//! together are compiled in one batch. Then each remaining task runs, in parallel unless tasks
//! share a build directory.

use snmalloc_toolchains::{Builder, Missing};

use crate::context::Context;
use crate::engine::EngineRun;
use crate::failure::Failure;
use crate::plan::cargo_command;
use crate::plan::lto;
use crate::plan::resolve::{self, MakeJob, Resolved};
use crate::plan::rust_std::RustStd;
use crate::plan::targets::{self, RequestedTarget};
use crate::process::command::Job;
use crate::process::interrupt::interrupted;
use crate::process::parallel::{Share, parallel_map};
use crate::report::{Report, Row, Status};
use crate::request::{BuildRequest, BuilderChoice, EngineKind, MingwRuntime};
use crate::{engine, runners};

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

/// One target and builder, ready to run.
pub struct Task {
    /// The requested name: the triple, with the glibc version if one was given.
    pub name: String,
    pub resolved: Resolved,
    pub job: Job,
    /// Compiles what `job` runs; equal to `job` if that only compiles.
    pub compile: Job,
}

/// A resolved target and builder: a finished row, or a task to run.
enum Prepared {
    Skipped(Box<Row>),
    Ready(Box<Task>),
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
            parallel_map(at_once, requested, |w| self.resolve(w, request, context));
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

    /// Decides everything about a target before its jobs run: returns a row if there is nothing
    /// to run, else tasks.
    fn resolve(
        &self,
        requested: &RequestedTarget,
        request: &BuildRequest,
        context: &Context,
    ) -> Result<Vec<Prepared>, Failure> {
        let target = &requested.target;
        let native = requested.native(context.host);
        if request.lto {
            lto::check_support(target)?;
        }
        let mut toolchain = runners::find(requested, context)?;
        let mut std = resolve::rust_std(request.std, target, request.offline, context)?;
        if let (true, Err(missing)) = (self.runs_programs, &toolchain.runner) {
            return Err(missing.clone().into());
        }
        for note in &toolchain.compiler.notes {
            context
                .progress
                .line(&format!("{}: {note}", requested.name()));
        }
        if cargo_command::mingw_runtime(request, target) == Some(MingwRuntime::Shared) {
            runners::link_both_runtimes(requested, &mut toolchain, context)?;
        }
        let lto = match request.lto {
            true => lto::variables(target, &toolchain, context)?,
            false => Vec::new(),
        };
        if self.runs_programs && !request.dry_run {
            runners::prepare_runner(target, &mut toolchain, context)?;
        }
        if let RustStd::ByRustup { otherwise } = std {
            std = if requested.from_group {
                // Targets from `--all` or `--group` use what is installed: rustup isn't run.
                (*otherwise)?
            } else {
                engine::ask_rustup(target, *otherwise, request, context)?
            };
        }
        let auto_builder = request.builder == BuilderChoice::Auto;
        let both_here = self.builders == Builders::BothHere && native && auto_builder;
        let both = both_here || self.builders == Builders::Both;
        let mut prepared = Vec::new();
        for (builder, reason) in
            resolve::builders(request, target, both, &context.machine, context)?
        {
            let reason = match reason {
                Ok(reason) => reason,
                Err(missing) if both_here => {
                    let row = skipped_builder_row(requested, builder, &missing, context);
                    prepared.push(Prepared::Skipped(Box::new(row)));
                    continue;
                }
                Err(missing) => return Err(missing.into()),
            };
            let resolved = Resolved {
                target: target.clone(),
                builder,
                builder_reason: reason,
                std: std.clone(),
                toolchain: toolchain.clone(),
                native,
                first: prepared
                    .iter()
                    .all(|prepared_target: &Prepared| prepared_target.task().is_none()),
                shared_std: request.features.iter().any(|f| f == "android-shared-std"),
                lto: lto.clone(),
            };
            let with_toolchain = |make: MakeJob, resolved: &Resolved| {
                let mut job = make(resolved);
                requested.apply(&mut job);
                job
            };
            let job = with_toolchain(self.job, &resolved);
            let compile = self.compile.map_or_else(
                || job.clone(),
                |make| {
                    // Compiling needs no runner, and its variables would keep jobs from being
                    // merged.
                    let mut resolved = resolved.clone();
                    resolved.toolchain.runner_env.clear();
                    with_toolchain(make, &resolved)
                },
            );
            prepared.push(Prepared::Ready(Box::new(Task {
                name: requested.name(),
                resolved,
                job,
                compile,
            })));
        }
        Ok(prepared)
    }
}

impl Prepared {
    fn task(&self) -> Option<&Task> {
        match self {
            Self::Skipped(_) => None,
            Self::Ready(task) => Some(task),
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

/// A builder that is missing on this machine doesn't fail the tests; but CI provides both, so
/// there it counts as missing.
fn skipped_builder_row(
    requested: &RequestedTarget,
    builder: Builder,
    missing: &Missing,
    context: &Context,
) -> Row {
    let name = requested.name();
    context.progress.line(&format!(
        "{name} with {}: skipped, because {missing}",
        builder.name()
    ));
    let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    Row {
        missing: ci && !requested.from_group,
        ..Row::skipped(&name, Some(builder.name()), missing.what.clone())
    }
}
