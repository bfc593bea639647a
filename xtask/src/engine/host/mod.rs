//! Runs targets on this machine.
//!
//! First every target is resolved, in parallel. Then targets that one cargo can compile
//! together are compiled in one batch. Then each remaining task runs, in parallel unless tasks
//! share a build directory.

mod batch;
mod execute;

use snmalloc_toolchains::{Builder, Error, Toolchain};

use crate::context::Context;
use crate::engine::prepare::ask_rustup;
use crate::engine::{Builders, Engine, EngineRun, Prepared};
use crate::failure::Failure;
use crate::plan::cargo_command::{self, MakeJob, Resolved};
use crate::plan::rust_std::RustStd;
use crate::plan::targets::RequestedTarget;
use crate::plan::{lto, resolve};
use crate::process::command::Job;
use crate::process::parallel::Share;
use crate::report::Row;
use crate::request::{BuildRequest, BuilderChoice, EngineKind, MingwRuntime};
use crate::runners;

/// This machine.
pub struct Host<'a> {
    run: &'a EngineRun<'a>,
    request: &'a BuildRequest,
    share: Share,
    context: &'a Context,
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

/// The decisions about a target that all its builders share.
struct Shared {
    toolchain: Toolchain,
    std: RustStd,
    /// Variables that `--lto` sets.
    lto: Vec<(String, String)>,
}

impl<'a> Host<'a> {
    pub fn new(run: &'a EngineRun<'a>, request: &'a BuildRequest, context: &'a Context) -> Self {
        let share = Share::new(request.jobs, &context.machine);
        Self {
            run,
            request,
            share,
            context,
        }
    }
}

impl Engine for Host<'_> {
    type Ready = Task;
    type Done = Row;
    const KIND: EngineKind = EngineKind::Host;

    fn at_once(&self) -> usize {
        // A dry run prints rustup's commands while it resolves: one target at a time.
        if self.request.dry_run {
            1
        } else {
            self.share.jobs
        }
    }

    fn prepare(&self, requested: &RequestedTarget) -> Result<Vec<Prepared<Task>>, Failure> {
        let (request, context, target) = (self.request, self.context, &requested.target);
        if request.lto {
            lto::check_support(target)?;
        }
        let mut toolchain = runners::find(requested, context)?;
        let mut std = resolve::rust_std(request.std, target, request.offline, context)?;
        if let (true, Err(missing)) = (self.run.runs_programs, &toolchain.runner) {
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
        if self.run.runs_programs && !request.dry_run {
            runners::prepare_runner(target, &mut toolchain, context)?;
        }
        if let RustStd::ByRustup { otherwise } = std {
            std = if requested.from_group {
                // Targets from `--all` or `--group` use what is installed: rustup isn't run.
                (*otherwise)?
            } else {
                ask_rustup(target, *otherwise, request, context)?
            };
        }
        let shared = Shared {
            toolchain,
            std,
            lto,
        };
        self.tasks(requested, &shared)
    }

    fn run(&self, tasks: &[&Task]) -> Result<Vec<Row>, Failure> {
        report_std_from_source(tasks, self.context);
        if self.request.dry_run {
            tasks.iter().for_each(|task| println!("{}", task.job));
            return Ok(Vec::new());
        }
        self.execute(tasks)
    }
}

impl Host<'_> {
    /// Makes a task for each builder, or a row for one that is skipped.
    fn tasks(
        &self,
        requested: &RequestedTarget,
        shared: &Shared,
    ) -> Result<Vec<Prepared<Task>>, Failure> {
        let (request, context, target) = (self.request, self.context, &requested.target);
        let native = requested.native(context.host);
        let auto_builder = request.builder == BuilderChoice::Auto;
        let both_here = self.run.builders == Builders::BothHere && native && auto_builder;
        let both = both_here || self.run.builders == Builders::Both;
        let mut prepared = Vec::new();
        for (builder, reason) in
            cargo_command::builders(request, target, both, &context.machine, context)?
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
                std: shared.std.clone(),
                toolchain: shared.toolchain.clone(),
                native,
                first: prepared
                    .iter()
                    .all(|one| matches!(one, Prepared::Skipped(_))),
                shared_std: request.features.iter().any(|f| f == "android-shared-std"),
                lto: shared.lto.clone(),
            };
            let with_toolchain = |make: MakeJob, resolved: &Resolved| {
                let mut job = make(resolved);
                requested.apply(&mut job);
                job
            };
            let job = with_toolchain(self.run.job, &resolved);
            let compile = self.run.compile.map_or_else(
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

/// A builder that is missing on this machine doesn't fail the tests; but CI provides both, so
/// there it counts as missing.
fn skipped_builder_row(
    requested: &RequestedTarget,
    builder: Builder,
    missing: &Error,
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
