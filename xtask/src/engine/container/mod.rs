//! Runs targets in their own images. In each container this same program runs, finds the
//! image's tools as it would find this machine's, and leaves its report in a file.

mod describe;
mod docker_run;
pub mod mounts;
mod result;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

pub use self::docker_run::user;
pub use self::result::ContainerResult;
use crate::context::Context;
use crate::engine::client::{self, Client};
use crate::engine::container::docker_run::Container;
use crate::engine::container::mounts::Mounts;
use crate::engine::info::{self, EngineInfo};
use crate::engine::{Cleaned, Engine, Prepared};
use crate::engine::{diagnose, prepare, row};
use crate::failure::Failure;
use crate::plan::rust_std::RustStd;
use crate::plan::targets::RequestedTarget;
use crate::process::interrupt::GuardedContainer;
use crate::process::log::run_logged;
use crate::process::parallel::{Share, parallel_map};
use crate::report::Row;
use crate::request::{BuildRequest, EngineKind};

/// A target that is ready for its container.
pub struct ReadyContainer {
    /// The requested target, with the glibc version if one was given.
    name: String,
    std: RustStd,
    image: String,
    out: PathBuf,
    /// This machine's NDK: images contain none, since its licence forbids redistribution.
    ndk: Option<PathBuf>,
}

/// Containers, each with the image of its target.
pub struct Containers<'a> {
    verb: &'a str,
    request: &'a BuildRequest,
    last: &'a [String],
    engine: Client,
    info: EngineInfo,
    mounts: Mounts,
    context: &'a Context,
}

impl<'a> Containers<'a> {
    /// Finds the engine and what containers need of this machine.
    ///
    /// # Errors
    /// No engine responds.
    pub fn find(
        verb: &'a str,
        last: &'a [String],
        request: &'a BuildRequest,
        context: &'a Context,
    ) -> Result<Self, Failure> {
        let engine = client::choose(Some(request.engine.kind), context)?;
        let info = info::query(&engine, &context.machine)?;
        Ok(Self {
            verb,
            request,
            last,
            engine,
            info,
            mounts: Mounts::find(context)?,
            context,
        })
    }
}

impl Engine for Containers<'_> {
    type Ready = ReadyContainer;
    type Done = ContainerResult;
    const KIND: EngineKind = EngineKind::Container;

    // One after the other: first images and rustup, then cargo's downloads. Nothing needs the
    // network after that.
    fn prepare(
        &self,
        requested: &RequestedTarget,
    ) -> Result<Vec<Prepared<ReadyContainer>>, Failure> {
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
        Ok(vec![Prepared::Ready(Box::new(ReadyContainer {
            name: requested.name(),
            std,
            image,
            out,
            ndk,
        }))])
    }

    fn run(&self, ready: &[&ReadyContainer]) -> Result<Vec<ContainerResult>, Failure> {
        let stds = ready.iter().map(|one| &one.std);
        prepare::fetch(stds, self.request, self.context)?;
        let share = Share::new(self.request.jobs, &self.context.machine);
        let at_once = ready.len().min(share.jobs).max(1);
        let shared = self.request.jobs.is_some() || at_once > 1;
        let jobs = shared.then(|| (share.jobs / at_once).max(1));
        let done = parallel_map(at_once, ready, |one| match self.execute(one, jobs) {
            // Not an error: the table shows the targets that have finished.
            Err(Failure::Interrupted) => Ok(Some(row::interrupted(&one.name, Self::KIND).into())),
            done => done,
        });
        done.into_iter().filter_map(Result::transpose).collect()
    }
}

impl Containers<'_> {
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
                one.name
            ));
            ended = self.start(&self.build_inside(container), one)?;
        }
        let result = match fs::read_to_string(&report) {
            Ok(text) => ContainerResult::Document {
                value: serde_json::from_str(&text).context("the report from the container")?,
                missing: ended.code == Some(3),
            },
            Err(_) => {
                let program = &self.engine.program;
                let why = diagnose::explain_exit(program, ended.code, &ended.output);
                let row = Row {
                    engine: Self::KIND.name(),
                    seconds: ended.seconds,
                    ..row::failed(&one.name, format!("{why}; log: {}", ended.log))
                };
                row.into()
            }
        };
        if self.request.engine.clean {
            return Ok(Some(result.without_files()));
        }
        Ok(Some(result))
    }

    fn start(&self, container: &Container, one: &ReadyContainer) -> Result<Ended, Failure> {
        let name = &one.name;
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
