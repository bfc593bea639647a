//! Runs targets with `cross`, in the same images. Its settings are written to a directory of
//! xtask's, and its errors are worked around.

pub mod config;
mod cross_command;
mod installed;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use snmalloc_toolchains::{Builder, Machine as _, Overlay, Target};

use self::config::TargetConfig;
use crate::context::Context;
use crate::engine::client::{self, Client};
use crate::engine::container::{self, mounts};
use crate::engine::info::{self, EngineInfo};
use crate::engine::{Cleaned, Engine, EngineRun, Prepared};
use crate::engine::{prepare, row};
use crate::failure::Failure;
use crate::plan::cargo_command::{self, Resolved};
use crate::plan::targets::RequestedTarget;
use crate::process::command::Job;
use crate::process::interrupt::GuardedContainer;
use crate::process::log::run_logged;
use crate::process::run::Outcome;
use crate::report::Row;
use crate::request::{BuildRequest, EngineKind};
use crate::runners;

/// The target directory in cross's containers.
const TARGET_DIR: &str = "/target";

/// A target that is ready to run.
pub struct ReadyCommand {
    requested: String,
    resolved: Resolved,
    job: Job,
    /// The container's name.
    name: String,
    out: PathBuf,
}

/// cross, with the images of our own.
pub struct Cross<'a> {
    engine_run: &'a EngineRun<'a>,
    request: &'a BuildRequest,
    cross: PathBuf,
    engine: Client,
    info: EngineInfo,
    context: &'a Context,
}

impl<'a> Cross<'a> {
    /// Finds cross and the engine that it uses.
    ///
    /// # Errors
    /// One of them is missing or too old.
    pub fn find(
        engine_run: &'a EngineRun<'a>,
        request: &'a BuildRequest,
        context: &'a Context,
    ) -> Result<Self, Failure> {
        let cross = installed::find(context)?;
        let engine = client::choose(None, context)?;
        let info = info::query(&engine, &context.machine)?;
        Ok(Self {
            engine_run,
            request,
            cross,
            engine,
            info,
            context,
        })
    }
}

impl Engine for Cross<'_> {
    type Ready = ReadyCommand;
    type Done = Row;
    const KIND: EngineKind = EngineKind::Cross;

    /// Prepares the command, and writes its files.
    fn prepare(&self, requested: &RequestedTarget) -> Result<Vec<Prepared<ReadyCommand>>, Failure> {
        let context = self.context;
        let target = &requested.target;
        let toolchain = config::toolchain(target, context.host)?;
        if requested.toolchain.is_some() {
            return Err(Failure::Usage(
                "`--toolchain` and versions of glibc are not for `--engine cross`: its images \
                 have one compiler"
                    .to_owned(),
            ));
        }
        let std = prepare::std_of(requested, self.request, context)?;
        let (builder, builder_reason) = self.builder(target)?;
        let out = context.target_dir().join("cross").join(requested.name());
        let image = prepare::image_of(requested, &self.engine, self.request, context)?;
        let resolved = Resolved {
            target: target.clone(),
            builder,
            builder_reason,
            std,
            toolchain,
            // Not native: a container is another machine, even with the same CPU.
            native: false,
            first: true,
            shared_std: false,
            lto: Vec::new(),
        };
        let mut target_config = TargetConfig {
            triple: target.triple.clone(),
            image,
            variables: config::variables(target, &resolved.toolchain),
        };
        let name = format!("snmalloc-cross-{}-{}", target.triple, std::process::id());
        let mut job = self.cross_job((self.engine_run.job)(&resolved), &out, &name)?;
        let mut names = mounts::forwarded_names();
        names.extend(job.env.iter().map(|(name, _)| name.clone()));
        names.retain(|name| cross_command::is_forwarded(name));
        names.sort();
        names.dedup();
        target_config
            .variables
            .extend(names.into_iter().map(|name| (name, None)));
        let file = out.join("Cross.toml");
        write(&file, &config::text(&[target_config]))?;
        job.env
            .push(("CROSS_CONFIG".to_owned(), file.display().to_string()));
        Ok(vec![Prepared::Ready(Box::new(ReadyCommand {
            requested: requested.name(),
            resolved,
            job,
            name,
            out,
        }))])
    }

    fn run(&self, ready: &[&ReadyCommand]) -> Result<Vec<Row>, Failure> {
        let stds = ready.iter().map(|one| &one.resolved.std);
        prepare::fetch(stds, self.request, self.context)?;
        let mut rows = Vec::new();
        // One after the other: cross's containers share cargo's home, and its locks.
        for one in ready {
            match self.execute(one) {
                Err(Failure::Interrupted) => {
                    rows.push(row::interrupted(&one.requested, Self::KIND));
                }
                done => rows.extend(done?),
            }
        }
        Ok(rows)
    }
}

impl Cross<'_> {
    /// The builder that the build script chooses in the image.
    fn builder(&self, target: &Target) -> Result<(Builder, String), Failure> {
        let image = config::machine(target);
        let inside = Overlay {
            base: &image,
            vars: forwarded(),
            os: None,
        };
        let mut chosen =
            cargo_command::builders(self.request, target, false, &inside, self.context)?
                .into_iter();
        let (builder, reason) = chosen.next().context("a builder is always chosen")?;
        Ok((builder, reason?))
    }

    /// Turns cargo's command into cross's.
    fn cross_job(&self, job: Job, out: &Path, name: &str) -> Result<Job, Failure> {
        let rustup = self.context.machine.find_program("rustup");
        let rustup = rustup.unwrap_or_else(|| "rustup".into());
        let shim = out.join("bin");
        write_program(&shim.join("rustup"), &cross_command::rustup_shim(&rustup))?;
        let path = std::env::var("PATH").unwrap_or_default();
        let xargo = out.join("xargo");
        fs::create_dir_all(&xargo).with_context(|| format!("{}", xargo.display()))?;
        let mut env = vec![
            ("PATH".to_owned(), format!("{}:{path}", shim.display())),
            ("XARGO_HOME".to_owned(), xargo.display().to_string()),
        ];
        env.extend(cross_command::user(self.info, container::user()));
        let limits = &self.request.engine;
        let options = cross_command::options(self.info, name, &limits.memory, &limits.cpus);
        env.push(("CROSS_CONTAINER_OPTS".to_owned(), options));
        env.push((
            "CROSS_CONTAINER_ENGINE".to_owned(),
            self.engine.program.clone(),
        ));
        Ok(cross_command::from_cargo(job, &self.cross, out, env))
    }

    fn execute(&self, one: &ReadyCommand) -> Result<Option<Row>, Failure> {
        if self.request.dry_run {
            println!("{}", one.job);
            return Ok(None);
        }
        let name = &one.requested;
        let verb = self.engine_run.verb;
        // Declared first, so dropped last: the container still writes there.
        let _clean = self.request.engine.clean.then(|| Cleaned(&one.out));
        let guard = GuardedContainer::new(&self.engine.program, &one.name);
        let (outcome, seconds, log) = run_logged(
            &one.job,
            &format!("{verb}-{name}-cross"),
            &format!("{verb} {name} with cross"),
            self.context,
        )?;
        drop(guard);
        let row = self.row(one, outcome, seconds, &log);
        if self.request.engine.clean {
            return Ok(Some(Row {
                artifact: None,
                programs: Vec::new(),
                ..row
            }));
        }
        Ok(Some(row))
    }

    fn row(&self, one: &ReadyCommand, mut outcome: Outcome, seconds: f64, log: &str) -> Row {
        let resolved = &one.resolved;
        for path in outcome.out_dirs.iter_mut().chain(&mut outcome.programs) {
            if let Ok(rest) = path.strip_prefix(TARGET_DIR) {
                *path = one.out.join(rest);
            }
        }
        let runs_programs = self.engine_run.runs_programs;
        let result = (&outcome, seconds, log);
        row::ended(&one.requested, Self::KIND, resolved, runs_programs, result)
    }
}

/// The variables that cross passes into the container, with their values.
fn forwarded() -> Vec<(String, String)> {
    let names = mounts::forwarded_names().into_iter();
    names
        .filter(|name| cross_command::is_forwarded(name))
        .filter_map(|name| Some((name.clone(), std::env::var(name).ok()?)))
        .collect()
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(file.parent().unwrap_or(Path::new("/")))?;
        fs::write(file, text)
    };
    write().with_context(|| format!("{}", file.display()))?;
    Ok(())
}

fn write_program(file: &Path, text: &str) -> Result<(), Failure> {
    let dir = file.parent().unwrap_or(Path::new("/"));
    runners::write_program(dir, file, text).with_context(|| format!("{}", file.display()))?;
    Ok(())
}
