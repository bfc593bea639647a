//! Decides everything about a target before its jobs run.

use snmalloc_toolchains::{Builder, Error, Toolchain};

use crate::context::Context;
use crate::engine::host::Host;
use crate::engine::host::task::Task;
use crate::engine::prepare::ask_rustup;
use crate::engine::run::{Builders, Prepared};
use crate::failure::Failure;
use crate::plan::resolve::{self, MakeJob, Resolved};
use crate::plan::rust_std::RustStd;
use crate::plan::targets::RequestedTarget;
use crate::plan::{cargo_command, lto};
use crate::report::Row;
use crate::request::{BuilderChoice, MingwRuntime};
use crate::runners;

/// The decisions about a target that all its builders share.
struct Shared {
    toolchain: Toolchain,
    std: RustStd,
    /// Variables that `--lto` sets.
    lto: Vec<(String, String)>,
}

impl Host<'_> {
    /// Decides everything about a target before its jobs run: returns a row if there is nothing
    /// to run, else tasks.
    pub fn decide(&self, requested: &RequestedTarget) -> Result<Vec<Prepared<Task>>, Failure> {
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
