//! Runs targets on this machine.
//!
//! First every target is resolved, in parallel. Then targets that one cargo can compile
//! together are compiled in one batch. Then each remaining task runs, in parallel unless tasks
//! share a build directory.

mod batch;
mod execute;
mod prepare;
mod task;

use self::task::Task;
use crate::context::Context;
use crate::engine::run::{Engine, EngineRun, Prepared};
use crate::failure::Failure;
use crate::plan::rust_std::RustStd;
use crate::plan::targets::RequestedTarget;
use crate::process::parallel::Share;
use crate::report::Row;
use crate::request::{BuildRequest, EngineKind};

/// This machine.
pub struct Host<'a> {
    run: &'a EngineRun<'a>,
    request: &'a BuildRequest,
    share: Share,
    context: &'a Context,
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
        self.decide(requested)
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
