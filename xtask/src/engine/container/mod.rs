//! Runs targets in their own images. In each container this same program runs, finds the
//! image's tools as it would find this machine's, and leaves its report in a file.

mod describe;
mod docker_run;
mod inner_args;
pub mod mounts;
mod result;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

pub use self::docker_run::user;
pub use self::result::ContainerResult;
use crate::context::Context;
use crate::engine::client::{self, Engine};
use crate::engine::container::docker_run::Container;
use crate::engine::container::mounts::Mounts;
use crate::engine::info::{self, EngineInfo};
use crate::engine::{self, Cleaned, diagnose, prepare};
use crate::failure::Failure;
use crate::plan::rust_std::RustStd;
use crate::plan::targets::RequestedTarget;
use crate::process::interrupt::GuardedContainer;
use crate::process::log::run_logged;
use crate::process::parallel::{Share, parallel_map};
use crate::report::{Row, Status};
use crate::request::{BuildRequest, EngineKind};

/// A target that is ready for its container.
struct ReadyContainer<'a> {
    requested: &'a RequestedTarget,
    std: RustStd,
    image: String,
    out: PathBuf,
    /// This machine's NDK: images contain none, since its licence forbids redistribution.
    ndk: Option<PathBuf>,
}

/// Runs one command in a container for each target.
pub fn run(
    verb: &str,
    request: &BuildRequest,
    last: &[String],
    requested: &[RequestedTarget],
    context: &Context,
) -> Result<Vec<ContainerResult>, Failure> {
    let engine = client::choose(Some(request.engine.kind), context)?;
    let info = info::query(&engine, &context.machine)?;
    let mounts = Mounts::find(context)?;
    let run = ContainerRun {
        verb,
        request,
        last,
        engine,
        info,
        mounts,
        context,
    };
    // In sequence: first images and rustup, then cargo's downloads. Nothing needs the network
    // after that.
    let mut ready = Vec::new();
    let mut results: Vec<Option<ContainerResult>> = Vec::new();
    for requested in requested {
        let (one, row) = match run.ready(requested) {
            Ok(one) => (Some(one), None),
            Err(failure) => (
                None,
                Some(ContainerResult::Row(Box::new(row_of(requested, failure)?))),
            ),
        };
        ready.extend(one);
        results.push(row);
    }
    if !ready.is_empty() {
        let from_source = ready.iter().find_map(|one| match one.std {
            RustStd::FromSource { bootstrap } => Some(bootstrap),
            _ => None,
        });
        prepare::fetch(from_source, request, context)?;
    }
    let share = Share::new(request.jobs, &context.machine);
    let at_once = ready.len().min(share.jobs).max(1);
    let jobs = (request.jobs.is_some() || at_once > 1).then(|| (share.jobs / at_once).max(1));
    let execute = |one: &ReadyContainer| match run.execute(one, jobs) {
        // Not an error: the table shows the targets that have finished.
        Err(Failure::Interrupted) => Ok(Some(ContainerResult::Row(Box::new(interrupted_row(
            one.requested,
            EngineKind::Container,
        ))))),
        done => done,
    };
    let mut done = parallel_map(at_once, &ready, execute).into_iter();
    let mut all = Vec::new();
    for result in results {
        match result {
            Some(result) => all.push(result),
            None => all.extend(done.next().transpose()?.flatten()),
        }
    }
    Ok(all)
}

/// Turns a target's failure into a row, so that it doesn't stop the others.
pub fn row_of(requested: &RequestedTarget, failure: Failure) -> Result<Row, Failure> {
    match failure {
        Failure::Missing(missing) => Ok(engine::missing_row(requested, &missing)),
        Failure::Failed(reason) => Ok(Row {
            status: Status::Failed,
            ..Row::skipped(&requested.name(), None, reason)
        }),
        other => Err(other),
    }
    .map(|row| Row {
        engine: EngineKind::Container.name(),
        ..row
    })
}

/// The row of a target that was interrupted.
pub fn interrupted_row(requested: &RequestedTarget, engine: EngineKind) -> Row {
    Row {
        status: Status::Failed,
        engine: engine.name(),
        ..Row::skipped(&requested.name(), None, "interrupted".to_owned())
    }
}

/// State that all containers of a command share.
struct ContainerRun<'a> {
    verb: &'a str,
    request: &'a BuildRequest,
    last: &'a [String],
    engine: Engine,
    info: EngineInfo,
    mounts: Mounts,
    context: &'a Context,
}

impl ContainerRun<'_> {
    fn ready<'a>(&self, requested: &'a RequestedTarget) -> Result<ReadyContainer<'a>, Failure> {
        let ndk = match prepare::ndk(requested, self.context) {
            // The requested image may contain one.
            Err(Failure::Missing(_)) if self.request.engine.image.is_some() => None,
            ndk => ndk?,
        };
        let std = prepare::std_of(requested, self.request, self.context)?;
        let image = prepare::image_of(requested, &self.engine, self.request, self.context)?;
        let out = self.context.target_dir().join("container");
        let out = out.join(requested.name());
        self.mounts.make(&out)?;
        Ok(ReadyContainer {
            requested,
            std,
            image,
            out,
            ndk,
        })
    }

    /// Runs a container. A dry run prints the command and returns `None`.
    fn execute(
        &self,
        one: &ReadyContainer,
        jobs: Option<usize>,
    ) -> Result<Option<ContainerResult>, Failure> {
        let container = self.container(one, jobs);
        if self.request.dry_run {
            println!("{}", container.job());
            return Ok(None);
        }
        let _clean = self.request.engine.clean.then(|| Cleaned(&one.out));
        let report = report_file(&one.out);
        // An earlier run's report must not be taken for this one's.
        let _ = fs::remove_file(&report);
        let mut ended = self.start(&container, one)?;
        if ended.output.contains("GLIBC_") && !report.is_file() {
            self.context.progress.line(&format!(
                "{}: the image's C library is older than this machine's; xtask is built for it, \
                 in the container",
                one.requested.name()
            ));
            ended = self.start(&self.build_inside(container), one)?;
        }
        let result = match fs::read_to_string(&report) {
            Ok(text) => ContainerResult::Document {
                value: serde_json::from_str(&text).context("the report from the container")?,
                missing: ended.code == Some(3),
            },
            Err(_) => ContainerResult::Row(Box::new(Row {
                status: Status::Failed,
                engine: EngineKind::Container.name(),
                seconds: ended.seconds,
                ..Row::skipped(
                    &one.requested.name(),
                    None,
                    format!(
                        "{}; log: {}",
                        diagnose::explain_exit(&self.engine.program, ended.code, &ended.output),
                        ended.log
                    ),
                )
            })),
        };
        if self.request.engine.clean {
            return Ok(Some(result.without_files()));
        }
        Ok(Some(result))
    }

    fn start(&self, container: &Container, one: &ReadyContainer) -> Result<Ended, Failure> {
        let name = one.requested.name();
        let what = format!("{} {name} in a container", self.verb);
        let log = format!("{}-{name}-container", self.verb);
        let _guard = GuardedContainer::new(&self.engine.program, &container.name);
        let (outcome, seconds, log) = run_logged(&container.job(), &log, &what, self.context)?;
        let output = match outcome.success {
            true => String::new(),
            false => fs::read_to_string(&log).unwrap_or_default(),
        };
        Ok(Ended {
            code: outcome.code,
            seconds,
            output,
            log,
        })
    }
}

/// The result of running a container.
struct Ended {
    code: Option<i32>,
    seconds: f64,
    /// Its output, if it failed.
    output: String,
    log: String,
}
fn report_file(out: &Path) -> PathBuf {
    out.join("report.json")
}
