//! Targets in their own images: in each container this same program runs, finds the
//! image's tools as it would find this machine's, and leaves its report in a file.

mod line;
pub mod places;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use snmalloc_toolchains::{Missing, find};

use self::line::{Container, Mount};
use self::places::Places;
use crate::cli::{BuildArgs, BuilderArg, EngineArg, MingwRuntime, ToolchainArg, Where};
use crate::context::Context;
use crate::engine::facts::{self, Facts};
use crate::engine::told;
use crate::failure::Failure;
use crate::image::recipe::Recipe;
use crate::image::{self, Engine, base};
use crate::interrupt::GuardedContainer;
use crate::job::Job;
use crate::logged::logged;
use crate::report::{Report, Row, Status};
use crate::rust_std::RustStd;
use crate::select::Wanted;
use crate::side::{Share, by_side};
use crate::{resolve, walk};

/// What came of one target.
pub enum Came {
    /// No container reported on it.
    Row(Box<Row>),
    /// A container's report, and whether what was missing there is an error.
    Document { value: Value, missing: bool },
}

impl Came {
    /// The report as `D`, or the row that stands for it.
    pub fn document<D: DeserializeOwned>(self) -> Result<Result<D, Row>, Failure> {
        match self {
            Self::Row(row) => Ok(Err(*row)),
            Self::Document { value, .. } => {
                let read = serde_json::from_value(value);
                Ok(Ok(read.context("the report from the container")?))
            }
        }
    }

    pub fn rows(self) -> Result<Vec<Row>, Failure> {
        let is_missing = matches!(&self, Self::Document { missing: true, .. });
        match self.document::<Report>()? {
            Ok(report) => {
                let mut rows = report.results;
                for row in &mut rows {
                    row.missing = is_missing && row.status == Status::Skipped;
                }
                Ok(rows)
            }
            Err(row) => Ok(vec![row]),
        }
    }
}

/// A target that is ready for its container.
struct Ready<'a> {
    wanted: &'a Wanted,
    std: RustStd,
    image: String,
    out: PathBuf,
    /// This machine's NDK: images hold none, since its licence keeps it from being
    /// passed on.
    ndk: Option<PathBuf>,
}

/// One command in a container for each target.
pub fn run(
    verb: &str,
    args: &BuildArgs,
    last: &[String],
    wanted: &[Wanted],
    context: &Context,
) -> Result<Vec<Came>, Failure> {
    let engine = image::engine(choice(args.place.engine), context)?;
    let facts = facts::ask(&engine, &context.machine)?;
    let places = Places::find(context)?;
    let run = Run {
        verb,
        args,
        last,
        engine,
        facts,
        places,
        context,
    };
    // One thing after the other: images and rustup first, then cargo's downloads,
    // and nothing needs the network after that.
    let mut ready = Vec::new();
    let mut came: Vec<Option<Came>> = Vec::new();
    for wanted in wanted {
        let (one, row) = match run.ready(wanted) {
            Ok(one) => (Some(one), None),
            Err(failure) => (None, Some(Came::Row(Box::new(row_of(wanted, failure)?)))),
        };
        ready.extend(one);
        came.push(row);
    }
    if !ready.is_empty() {
        let from_source = ready.iter().find_map(|one| match one.std {
            RustStd::FromSource { bootstrap } => Some(bootstrap),
            _ => None,
        });
        fetch(from_source, args, context)?;
    }
    let share = Share::new(args.jobs, &context.machine);
    let beside = ready.len().min(share.jobs).max(1);
    let jobs = (args.jobs.is_some() || beside > 1).then(|| (share.jobs / beside).max(1));
    let mut done = by_side(beside, &ready, |one| run.carry_out(one, jobs)).into_iter();
    let mut all = Vec::new();
    for came in came {
        match came {
            Some(came) => all.push(came),
            None => all.extend(done.next().transpose()?.flatten()),
        }
    }
    Ok(all)
}

/// docker or podman, where the command line says which.
pub fn choice(engine: Where) -> Option<EngineArg> {
    match engine {
        Where::Docker => Some(EngineArg::Docker),
        Where::Podman => Some(EngineArg::Podman),
        Where::Host | Where::Container | Where::Cross => None,
    }
}

/// What isn't there or failed for one target doesn't stop the others.
pub fn row_of(wanted: &Wanted, failure: Failure) -> Result<Row, Failure> {
    match failure {
        Failure::Missing(missing) => Ok(walk::missing_row(wanted, &missing)),
        Failure::Failed(reason) => Ok(Row {
            status: Status::Failed,
            ..Row::skipped(&wanted.name(), None, reason)
        }),
        other => Err(other),
    }
    .map(|row| Row {
        engine: Where::Container.name(),
        ..row
    })
}

/// The standard library for a target, as it is to be had without a network later.
pub fn std_of(wanted: &Wanted, args: &BuildArgs, context: &Context) -> Result<RustStd, Failure> {
    match resolve::rust_std(args.std, &wanted.target, args.offline, context)? {
        RustStd::ByRustup { otherwise } if wanted.swept => Ok((*otherwise)?),
        RustStd::ByRustup { otherwise } => {
            walk::ask_rustup(&wanted.target, *otherwise, args, context)
        }
        std => Ok(std),
    }
}

/// The NDK that this machine would use for a target, where one is needed.
fn ndk(wanted: &Wanted, context: &Context) -> Result<Option<PathBuf>, Failure> {
    if wanted.target.os != "android" {
        return Ok(None);
    }
    let machine = wanted.machine(&context.machine);
    let compiler = find::compiler(&wanted.target, context.host, &machine)?;
    let is_ndk = |dir: &&Path| dir.join("source.properties").is_file();
    let ndk = compiler.program.ancestors().find(is_ndk);
    Ok(ndk.map(Path::to_owned))
}

/// The image to use for a target: the one that is asked for, else its own, which is
/// built where it isn't there. A dry run prints how.
pub fn image_of(
    wanted: &Wanted,
    engine: &Engine,
    args: &BuildArgs,
    context: &Context,
) -> Result<String, Failure> {
    if let Some(image) = &args.place.image {
        return match engine.image(image, "{{.Id}}")? {
            Some(_) => Ok(image.clone()),
            None => Err(
                Missing::new(format!("{} has no image {image}", engine.program))
                    .looked(format!("{} image inspect {image}", engine.program))
                    .fix("leave out --image: the target's own is built where it isn't there")
                    .into(),
            ),
        };
    }
    if !args.dry_run {
        return image::ensure(&wanted.target, engine, context);
    }
    let image = image::of(&wanted.target)?;
    let recipe = Recipe::new(&image, &base::find(None, engine)?, &context.root)?;
    if engine.image(&recipe.tag, "{{.Id}}")?.is_none() {
        println!("{}", image::build::job(&recipe, engine, context)?);
    }
    Ok(recipe.tag)
}

/// Has cargo download what the containers will need; `from_source` is whether the
/// standard library is built, and by a stable toolchain.
pub fn fetch(
    from_source: Option<bool>,
    args: &BuildArgs,
    context: &Context,
) -> Result<(), Failure> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let job = |words: &[&str]| {
        let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        words.extend(args.offline.then(|| "--offline".to_owned()));
        Job {
            program: cargo.clone(),
            args: words,
            env: Vec::new(),
            cwd: context.root.clone(),
        }
    };
    let mut jobs = vec![job(&["fetch", "--locked"])];
    if let Some(bootstrap) = from_source {
        jobs[0].args.push("-Zbuild-std=std,panic_unwind".to_owned());
        if bootstrap {
            let switch = ("RUSTC_BOOTSTRAP".to_owned(), "1".to_owned());
            jobs[0].env.push(switch);
        }
    }
    let vendored = context.root.join("snmalloc-sys/upstream").is_dir();
    if !vendored && std::env::var_os("SNMALLOC_SOURCE_DIR").is_none() {
        let manifest = "snmalloc-sys/source/Cargo.toml";
        jobs.push(job(&["fetch", "--locked", "--manifest-path", manifest]));
    }
    for (number, job) in jobs.iter().enumerate() {
        if args.dry_run {
            println!("{job}");
            continue;
        }
        let name = format!("fetch-{number}");
        let (outcome, _, log) = logged(job, &name, "fetch packages", context)?;
        if !outcome.success {
            return Err(Failure::Failed(format!(
                "cargo can't get the packages that are built ({}; log: {log}); containers have no \
                 network, so they must be on this machine: run it once where the registry can be \
                 reached, without --offline",
                outcome.ended
            )));
        }
    }
    Ok(())
}

/// What all the containers of a command share.
struct Run<'a> {
    verb: &'a str,
    args: &'a BuildArgs,
    last: &'a [String],
    engine: Engine,
    facts: Facts,
    places: Places,
    context: &'a Context,
}

impl Run<'_> {
    fn ready<'a>(&self, wanted: &'a Wanted) -> Result<Ready<'a>, Failure> {
        let ndk = ndk(wanted, self.context)?;
        let std = std_of(wanted, self.args, self.context)?;
        let image = image_of(wanted, &self.engine, self.args, self.context)?;
        let out = self.context.target_dir().join("container");
        let out = out.join(wanted.name());
        self.places.make(&out)?;
        Ok(Ready {
            wanted,
            std,
            image,
            out,
            ndk,
        })
    }

    /// Nothing comes of a dry run.
    fn carry_out(&self, one: &Ready, jobs: Option<usize>) -> Result<Option<Came>, Failure> {
        let container = self.container(one, jobs);
        if self.args.dry_run {
            println!("{}", container.job());
            return Ok(None);
        }
        let report = report_file(&one.out);
        // What an earlier run has left there is no report of this one.
        let _ = fs::remove_file(&report);
        let mut ended = self.start(&container, one)?;
        if ended.said.contains("GLIBC_") && !report.is_file() {
            self.context.progress.line(&format!(
                "{}: the image's C library is older than this machine's; xtask is built for it, \
                 in the container",
                one.wanted.name()
            ));
            ended = self.start(&self.built_there(container), one)?;
        }
        let came = match fs::read_to_string(&report) {
            Ok(text) => Came::Document {
                value: serde_json::from_str(&text).context("the report from the container")?,
                missing: ended.code == Some(3),
            },
            Err(_) => Came::Row(Box::new(Row {
                status: Status::Failed,
                engine: Where::Container.name(),
                seconds: ended.seconds,
                ..Row::skipped(
                    &one.wanted.name(),
                    None,
                    format!(
                        "{}; log: {}",
                        told::why(&self.engine.program, ended.code, &ended.said),
                        ended.log
                    ),
                )
            })),
        };
        if self.args.place.clean {
            let _ = fs::remove_dir_all(&one.out);
            return Ok(Some(came.without_files()));
        }
        Ok(Some(came))
    }

    fn start(&self, container: &Container, one: &Ready) -> Result<Ended, Failure> {
        let name = one.wanted.name();
        let what = format!("{} {name} in a container", self.verb);
        let log = format!("{}-{name}-container", self.verb);
        let _guard = GuardedContainer::new(&self.engine.program, &container.name);
        let (outcome, seconds, log) = logged(&container.job(), &log, &what, self.context)?;
        let said = match outcome.success {
            true => String::new(),
            false => fs::read_to_string(&log).unwrap_or_default(),
        };
        Ok(Ended {
            code: outcome.code,
            seconds,
            said,
            log,
        })
    }

    fn container(&self, one: &Ready, jobs: Option<usize>) -> Container {
        let name = one.wanted.name();
        let places = &self.places;
        let set = |name: &str, value: String| (name.to_owned(), Some(value));
        let bin = places.sysroot.join("bin");
        let path = format!(
            "{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            bin.display()
        );
        let mut env = vec![
            set("HOME", "/tmp".to_owned()),
            set("PATH", path),
            set("CARGO", bin.join("cargo").display().to_string()),
            set(
                "CARGO_HOME",
                Places::cargo_home(&one.out).display().to_string(),
            ),
            set("CARGO_TARGET_DIR", one.out.display().to_string()),
            set("CARGO_NET_OFFLINE", "true".to_owned()),
            set(
                "CARGO_MANIFEST_DIR",
                places.root.join("xtask").display().to_string(),
            ),
            // What zig makes of its C libraries is worth keeping.
            set(
                "XDG_CACHE_HOME",
                one.out.join("cache").display().to_string(),
            ),
            // The user's settings may name a wrapper that the image hasn't.
            set("RUSTC_WRAPPER", String::new()),
        ];
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let more = places::passed(names);
        let more = more.into_iter().chain(places.directories.iter().cloned());
        env.extend(more.map(|name| (name, None)));
        let mut mounts = places.mounts(&one.out);
        if let Some(ndk) = &one.ndk {
            env.retain(|(name, _)| name != "ANDROID_NDK");
            env.push(set("ANDROID_NDK", ndk.display().to_string()));
            mounts.push(Mount::read(ndk));
        }
        let mut command = vec![places.xtask.display().to_string()];
        command.extend(self.words(one, jobs));
        Container {
            engine: self.engine.program.clone(),
            facts: self.facts,
            user: user(),
            name: format!("snmalloc-{}-{name}-{}", self.verb, std::process::id()),
            image: one.image.clone(),
            mounts,
            env,
            memory: self.args.place.memory.clone(),
            cpus: self.args.place.cpus.clone(),
            cwd: places.root.clone(),
            command,
        }
    }

    /// The same, with an xtask that the container builds.
    fn built_there(&self, mut container: Container) -> Container {
        let cargo = self.places.sysroot.join("bin/cargo");
        let words = ["run", "--quiet", "--locked", "--offline"];
        let package = ["--package", "xtask", "--bin", "xtask", "--"];
        let cargo = std::iter::once(cargo.display().to_string());
        let before = words.into_iter().chain(package).map(str::to_owned);
        container.command.splice(..1, cargo.chain(before));
        container.name.push_str("-built");
        container
    }

    /// What xtask is told in there: what it was told here, as far as that isn't done.
    fn words(&self, one: &Ready, jobs: Option<usize>) -> Vec<String> {
        words(
            self.verb,
            self.args,
            &Told {
                target: one.wanted.name(),
                std: one.std.name(),
                jobs,
                report: report_file(&one.out),
                verbose: self.context.progress.verbose,
                last: self.last,
            },
        )
    }
}

/// How a container ended.
struct Ended {
    code: Option<i32>,
    seconds: f64,
    /// What it said, where it failed.
    said: String,
    log: String,
}

impl Came {
    /// The same, without naming files that are gone.
    fn without_files(mut self) -> Self {
        if let Self::Document { value, .. } = &mut self {
            let rows = value["results"].as_array_mut().into_iter().flatten();
            for row in rows.filter_map(Value::as_object_mut) {
                if row.contains_key("artifact") {
                    row.insert("artifact".to_owned(), Value::Null);
                    row.insert("programs".to_owned(), Value::Array(Vec::new()));
                }
            }
        }
        self
    }
}

fn report_file(out: &Path) -> PathBuf {
    out.join("report.json")
}

/// What differs from target to target in what xtask is told.
struct Told<'a> {
    target: String,
    std: &'static str,
    jobs: Option<usize>,
    report: PathBuf,
    verbose: bool,
    last: &'a [String],
}

fn words(verb: &str, args: &BuildArgs, told: &Told) -> Vec<String> {
    let mut words = vec![verb.to_owned(), "--target".to_owned(), told.target.clone()];
    let mut add = |more: &[&str]| words.extend(more.iter().map(|word| (*word).to_owned()));
    add(&["--std", told.std, "--offline"]);
    add(match args.builder {
        BuilderArg::Auto => &[],
        BuilderArg::Cmake => &["--builder", "cmake"],
        BuilderArg::Cc => &["--builder", "cc"],
    });
    add(match args.toolchain {
        None => &[],
        Some(ToolchainArg::Auto) => &["--toolchain", "auto"],
        Some(ToolchainArg::System) => &["--toolchain", "system"],
        Some(ToolchainArg::Zig) => &["--toolchain", "zig"],
    });
    add(match args.mingw_runtime {
        None => &[],
        Some(MingwRuntime::Static) => &["--mingw-runtime", "static"],
        Some(MingwRuntime::Shared) => &["--mingw-runtime", "shared"],
    });
    if !args.features.is_empty() {
        add(&["--features", &args.features.join(",")]);
    }
    if args.no_default_features {
        add(&["--no-default-features"]);
    }
    if args.release {
        add(&["--release"]);
    }
    if let Some(profile) = &args.profile {
        add(&["--profile", profile]);
    }
    if let Some(jobs) = told.jobs {
        add(&["--jobs", &jobs.to_string()]);
    }
    if told.verbose {
        add(&["--verbose"]);
    }
    add(&["--inside", &told.report.display().to_string()]);
    if !told.last.is_empty() {
        add(&["--"]);
        words.extend(told.last.iter().cloned());
    }
    words
}

#[cfg(unix)]
pub fn user() -> (u32, u32) {
    use nix::unistd::{getegid, geteuid};
    (geteuid().as_raw(), getegid().as_raw())
}

#[cfg(not(unix))]
pub fn user() -> (u32, u32) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::{Came, Told, words};
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    #[test]
    fn what_is_told_here_is_told_there() {
        let line = "xtask test --engine container --all --builder cc --toolchain zig \
                    --mingw-runtime shared --features check,stats --no-default-features \
                    --profile p --memory 1g --deny-skip all --json -- --nocapture";
        let cli = Cli::try_parse_from(line.split(' ').filter(|word| !word.is_empty())).unwrap();
        let Command::Test(args) = cli.command else {
            panic!("it is a test")
        };
        let told = Told {
            target: "a-b".to_owned(),
            std: "prebuilt",
            jobs: Some(2),
            report: "/o/report.json".into(),
            verbose: true,
            last: &args.args,
        };
        let words = words("test", &args.build, &told);
        assert_eq!(
            words.join(" "),
            "test --target a-b --std prebuilt --offline --builder cc --toolchain zig \
             --mingw-runtime shared --features check,stats --no-default-features --profile p \
             --jobs 2 --verbose --inside /o/report.json -- --nocapture"
        );
        let all = std::iter::once("xtask".to_owned()).chain(words);
        assert!(Cli::try_parse_from(all).is_ok());
    }

    #[test]
    fn what_is_missing_in_there_is_missing() {
        let row = serde_json::json!({
            "target": "a", "builder": "cc", "engine": "container", "std": null, "runner": null,
            "status": "skipped", "reason": "no", "seconds": 0.5, "tests": null,
            "artifact": "/o/x.a", "programs": ["/o/p"],
        });
        let came = |missing| Came::Document {
            value: serde_json::json!({ "results": [row] }),
            missing,
        };
        for missing in [true, false] {
            let rows = came(missing).rows().unwrap();
            assert_eq!(rows[0].missing, missing);
            assert_eq!((rows[0].builder, rows[0].engine), (Some("cc"), "container"));
            assert_eq!(rows[0].programs.len(), 1);
        }
        let rows = came(false).without_files().rows().unwrap();
        assert!(rows[0].artifact.is_none() && rows[0].programs.is_empty());
    }
}
