//! Targets by `cross`, in the same images: its settings are written to a place of
//! ours, and what it gets wrong is seen to.

pub mod config;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use snmalloc_toolchains::{Builder, Machine as _, Missing};

use self::config::Told;
use crate::archive::ARCHIVE;
use crate::cli::{BuildArgs, BuilderArg, Where};
use crate::context::Context;
use crate::engine::container::{self, places};
use crate::engine::facts::{self, Facts};
use crate::engine::host::Outcome;
use crate::failure::Failure;
use crate::image::{self, Engine};
use crate::interrupt::GuardedContainer;
use crate::job::Job;
use crate::logged::logged;
use crate::report::{Row, Status};
use crate::resolve::Resolved;
use crate::rust_std::RustStd;
use crate::select::Wanted;
use crate::tools;
use crate::walk::Walk;

/// Where cross puts the target directory.
const TARGET_DIR: &str = "/target";

/// The oldest that is tried.
const OLDEST: (u32, u32, u32) = (0, 2, 5);

/// A target that is ready.
struct Ready<'a> {
    wanted: &'a Wanted,
    resolved: Resolved,
    job: Job,
    /// The container's name.
    name: String,
    out: PathBuf,
}

/// The rows of a walk by cross.
pub fn rows(
    walk: &Walk,
    args: &BuildArgs,
    wanted: &[Wanted],
    context: &Context,
) -> Result<Vec<Row>, Failure> {
    let cross = find(context)?;
    let engine = image::engine(None, context)?;
    let facts = facts::ask(&engine, &context.machine)?;
    let run = Run {
        walk,
        args,
        cross,
        engine,
        facts,
        context,
    };
    let mut ready = Vec::new();
    for wanted in wanted {
        ready.push(match run.ready(wanted) {
            Ok(one) => Ok(one),
            Err(failure) => Err(Row {
                engine: Where::Cross.name(),
                ..container::row_of(wanted, failure)?
            }),
        });
    }
    let mut stds = ready.iter().flatten().map(|one| &one.resolved.std);
    let from_source = stds.find_map(|std| match std {
        RustStd::FromSource { bootstrap } => Some(*bootstrap),
        _ => None,
    });
    if ready.iter().any(Result::is_ok) {
        container::fetch(from_source, args, context)?;
    }
    let mut rows = Vec::new();
    // One after the other: cross's containers share cargo's home, and its locks.
    for one in ready {
        match one {
            Ok(one) => rows.extend(run.carry_out(&one)?),
            Err(row) => rows.push(row),
        }
    }
    Ok(rows)
}

/// cross and rustup, which it asks for everything.
fn find(context: &Context) -> Result<PathBuf, Failure> {
    let machine = &context.machine;
    let install = "cargo install cross --version 0.2.5 --locked";
    let Some(cross) = machine.find_program("cross") else {
        return Err(Missing::new("no cross on this machine")
            .looked("PATH, for cross")
            .fix(install)
            .into());
    };
    // In this directory it would go on to ask cargo about the workspace.
    let output = machine
        .run(&cross, &["--version".to_owned()], "")
        .map_err(Failure::Failed)?;
    match version(&output.stdout) {
        Some(version) if version >= OLDEST => {}
        _ => {
            return Err(Missing::new(format!("{} is too old", cross.display()))
                .looked("cross --version (0.2.5 is the oldest that is known to work)")
                .said(&output.stdout)
                .fix(install)
                .into());
        }
    }
    if machine.find_program("rustup").is_none() {
        return Err(Missing::new("cross needs rustup, and there is none")
            .looked("PATH, for rustup")
            .fix("install rustup, or use `--engine container`, which needs none")
            .into());
    }
    Ok(cross)
}

/// Of `cross 0.2.5 (a commit)`.
fn version(text: &str) -> Option<(u32, u32, u32)> {
    let line = text.lines().find_map(|line| line.strip_prefix("cross "))?;
    let mut numbers = line
        .split_whitespace()
        .next()?
        .split(['.', '-'])
        .map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

struct Run<'a> {
    walk: &'a Walk<'a>,
    args: &'a BuildArgs,
    cross: PathBuf,
    engine: Engine,
    facts: Facts,
    context: &'a Context,
}

impl Run<'_> {
    /// Everything up to the command line; its files are written.
    fn ready<'a>(&self, wanted: &'a Wanted) -> Result<Ready<'a>, Failure> {
        let context = self.context;
        let target = &wanted.target;
        let toolchain = config::toolchain(target, context.host)?;
        if wanted.wish.is_some() {
            return Err(Failure::Usage(
                "`--toolchain` and versions of glibc are not for `--engine cross`: its images \
                 have one compiler"
                    .to_owned(),
            ));
        }
        let std = container::std_of(wanted, self.args, context)?;
        let (builder, builder_reason) = builder(self.args);
        let out = context.target_dir().join("cross").join(wanted.name());
        let image = container::image_of(wanted, &self.engine, self.args, context)?;
        let resolved = Resolved {
            target: target.clone(),
            builder,
            builder_reason,
            std,
            toolchain,
            // It is another machine, whatever it runs on.
            native: false,
            shared_std: false,
        };
        let mut told = Told {
            triple: target.triple.clone(),
            image,
            variables: config::variables(target, &resolved.toolchain),
        };
        let name = format!("snmalloc-cross-{}-{}", target.triple, std::process::id());
        let mut job = self.by_cross((self.walk.job)(&resolved), &out, &name)?;
        let mut names: Vec<String> =
            places::passed(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()));
        names.extend(job.env.iter().map(|(name, _)| name.clone()));
        names.retain(|name| is_ours_to_pass(name));
        names.sort();
        names.dedup();
        told.variables
            .extend(names.into_iter().map(|name| (name, None)));
        let file = out.join("Cross.toml");
        write(&file, &config::text(&[told]))?;
        job.env
            .push(("CROSS_CONFIG".to_owned(), file.display().to_string()));
        Ok(Ready {
            wanted,
            resolved,
            job,
            name,
            out,
        })
    }

    /// cargo's command as cross's.
    fn by_cross(&self, job: Job, out: &Path, name: &str) -> Result<Job, Failure> {
        let rustup = self.context.machine.find_program("rustup");
        let rustup = rustup.unwrap_or_else(|| "rustup".into());
        let shim = out.join("bin");
        write_program(&shim.join("rustup"), &rustup_shim(&rustup))?;
        let path = std::env::var("PATH").unwrap_or_default();
        let xargo = out.join("xargo");
        fs::create_dir_all(&xargo).with_context(|| format!("{}", xargo.display()))?;
        let mut env = vec![
            ("PATH".to_owned(), format!("{}:{path}", shim.display())),
            ("XARGO_HOME".to_owned(), xargo.display().to_string()),
        ];
        if self.facts.podman && self.facts.rootless {
            env.push((
                "CROSS_CONTAINER_USER_NAMESPACE".to_owned(),
                "none".to_owned(),
            ));
        }
        let place = &self.args.place;
        let options = options(self.facts, name, &place.memory, &place.cpus);
        env.push(("CROSS_CONTAINER_OPTS".to_owned(), options));
        env.push((
            "CROSS_CONTAINER_ENGINE".to_owned(),
            self.engine.program.clone(),
        ));
        Ok(adapted(job, &self.cross, out, env))
    }

    fn carry_out(&self, one: &Ready) -> Result<Option<Row>, Failure> {
        if self.args.dry_run {
            println!("{}", one.job);
            return Ok(None);
        }
        let name = one.wanted.name();
        let verb = self.walk.verb;
        let guard = GuardedContainer::new(&self.engine.program, &one.name);
        let (outcome, seconds, log) = logged(
            &one.job,
            &format!("{verb}-{name}-cross"),
            &format!("{verb} {name} with cross"),
            self.context,
        )?;
        drop(guard);
        let row = self.row(one, outcome, seconds, &log);
        if self.args.place.clean {
            let _ = fs::remove_dir_all(&one.out);
            return Ok(Some(Row {
                artifact: None,
                programs: Vec::new(),
                ..row
            }));
        }
        Ok(Some(row))
    }

    fn row(&self, one: &Ready, mut outcome: Outcome, seconds: f64, log: &str) -> Row {
        let resolved = &one.resolved;
        let triple = &resolved.target.triple;
        for path in outcome.out_dirs.iter_mut().chain(&mut outcome.programs) {
            if let Ok(rest) = path.strip_prefix(TARGET_DIR) {
                *path = one.out.join(rest);
            }
        }
        let out_dir = outcome.out_dir(triple);
        Row {
            builder: Some(resolved.builder.name()),
            engine: Where::Cross.name(),
            std: Some(resolved.std.name()),
            runner: resolved.runner_name().filter(|_| self.walk.runs_programs),
            status: if outcome.success {
                Status::Passed
            } else {
                Status::Failed
            },
            reason: (!outcome.success).then(|| format!("{}; log: {log}", outcome.ended)),
            seconds,
            tests: self.walk.runs_programs.then_some(outcome.tests),
            artifact: out_dir
                .map(|dir| dir.join(ARCHIVE))
                .filter(|archive| archive.is_file()),
            programs: outcome.programs(triple),
            ..Row::skipped(&one.wanted.name(), None, String::new())
        }
    }
}

/// The builder in an image: it has CMake.
fn builder(args: &BuildArgs) -> (Builder, String) {
    match args.builder {
        BuilderArg::Cc => (Builder::Cc, "it was asked for".to_owned()),
        BuilderArg::Cmake => (Builder::Cmake, "it was asked for".to_owned()),
        BuilderArg::Auto if args.features.iter().any(|feature| feature == "build_cc") => {
            (Builder::Cc, "feature build_cc is on".to_owned())
        }
        BuilderArg::Auto => (Builder::Cmake, "the image has it".to_owned()),
    }
}

/// cross passes cargo's own variables by itself, and mustn't pass those that it reads.
fn is_ours_to_pass(name: &str) -> bool {
    !["CARGO_", "CROSS_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        && !["PATH", "XARGO_HOME", "RUSTFLAGS", "RUSTDOCFLAGS"].contains(&name)
}

/// cargo's job as cross's: its own directory, no network, std by a variable.
fn adapted(job: Job, cross: &Path, out: &Path, more: Vec<(String, String)>) -> Job {
    let mut args = Vec::new();
    let mut env: Vec<(String, String)> = job
        .env
        .into_iter()
        // Of the linker and the runner the settings tell.
        .filter(|(name, _)| {
            name != "CARGO_TARGET_DIR"
                && !(name.starts_with("CARGO_TARGET_")
                    && (name.ends_with("_LINKER") || name.ends_with("_RUNNER")))
        })
        .collect();
    for arg in job.args {
        match arg.strip_prefix("-Zbuild-std=") {
            // Its own switch for that puts it after `--`.
            Some(crates) => env.push(("CARGO_UNSTABLE_BUILD_STD".to_owned(), crates.to_owned())),
            None => args.push(arg),
        }
    }
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    env.push(set("CARGO_TARGET_DIR", &out.display().to_string()));
    if !env.iter().any(|(name, _)| name == "CARGO_NET_OFFLINE") {
        env.push(set("CARGO_NET_OFFLINE", "true"));
    }
    // Else it has rustup install what may be there already.
    env.push(set("CROSS_CUSTOM_TOOLCHAIN", "1"));
    env.extend(more);
    Job {
        program: cross.display().to_string(),
        args,
        env,
        cwd: job.cwd,
    }
}

/// What the engine is told besides what cross tells it.
fn options(facts: Facts, name: &str, memory: &Option<String>, cpus: &Option<String>) -> String {
    let mut words = vec![
        "--init --pull=never --network=none --env HOME=/tmp --name".to_owned(),
        name.to_owned(),
    ];
    words.extend(facts.limit_words());
    for (flag, value) in [("--memory", memory), ("--cpus", cpus)] {
        if let Some(value) = value {
            words.push(format!("{flag} {value}"));
        }
    }
    words.join(" ")
}

/// rustup with its remarks left out of the list of toolchains: cross 0.2.5 takes
/// `stable (active, default)` for a name that isn't installed, and asks for it.
fn rustup_shim(rustup: &Path) -> String {
    let rustup = rustup.display().to_string();
    let rustup = shell_words::quote(&rustup);
    format!(
        "#!/bin/sh\nif [ \"$1 $2\" = 'toolchain list' ]; then\n  {rustup} \"$@\" | \
         sed 's/ (.*)$//'\nelse\n  exec {rustup} \"$@\"\nfi\n"
    )
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
    tools::write_program(dir, file, text).with_context(|| format!("{}", file.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{adapted, is_ours_to_pass, options, rustup_shim, version};
    use crate::engine::facts::Facts;
    use crate::job::Job;
    use std::path::Path;

    #[test]
    fn versions() {
        assert_eq!(version("cross 0.2.5\ncargo 1.95.0\n"), Some((0, 2, 5)));
        assert_eq!(version("cross 0.3.0-dev (abc 2026)"), Some((0, 3, 0)));
        assert_eq!(version("other"), None);
    }

    #[test]
    fn cargo_s_command_becomes_cross_s() {
        let words = "test --locked --target t -Zbuild-std=std,panic_unwind -- --nocapture";
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let job = Job {
            program: "cargo".to_owned(),
            args: words.split(' ').map(str::to_owned).collect(),
            env: [
                ("SNMALLOC_BUILDER_t", "cc"),
                ("RUSTC_BOOTSTRAP", "1"),
                ("CARGO_TARGET_DIR", "/here"),
                ("CARGO_TARGET_T_LINKER", "/usr/bin/here-gcc"),
                ("CARGO_TARGET_T_RUSTFLAGS", "-g"),
            ]
            .map(pair)
            .to_vec(),
            cwd: "/src".into(),
        };
        let out = Path::new("/src/target/xtask/cross/t");
        let more = vec![pair(("CROSS_CONTAINER_ENGINE", "docker"))];
        assert_eq!(
            adapted(job, Path::new("/bin/cross"), out, more).to_string(),
            "cd /src && SNMALLOC_BUILDER_t=cc RUSTC_BOOTSTRAP=1 CARGO_TARGET_T_RUSTFLAGS=-g \
             CARGO_UNSTABLE_BUILD_STD=std,panic_unwind \
             CARGO_TARGET_DIR=/src/target/xtask/cross/t CARGO_NET_OFFLINE=true \
             CROSS_CUSTOM_TOOLCHAIN=1 CROSS_CONTAINER_ENGINE=docker /bin/cross test --locked \
             --target t -- --nocapture"
        );
        let passed: Vec<&str> = ["SNMALLOC_BUILDER_t", "RUSTC_BOOTSTRAP", "CARGO_X", "PATH"]
            .into_iter()
            .filter(|name| is_ours_to_pass(name))
            .collect();
        assert_eq!(passed, ["SNMALLOC_BUILDER_t", "RUSTC_BOOTSTRAP"]);
    }

    #[test]
    fn what_the_engine_is_told() {
        let podman = Facts {
            podman: true,
            limits: Some((20000, 900)),
            ..Facts::default()
        };
        let memory = Some("2g".to_owned());
        assert_eq!(
            options(podman, "n", &memory, &None),
            "--init --pull=never --network=none --env HOME=/tmp --name n \
             --ulimit=nofile=20000:20000 --ulimit=nproc=900:900 --memory 2g"
        );
    }

    #[test]
    fn the_list_of_toolchains_loses_its_remarks() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join("rustup");
        let shim = dir.path().join("shim");
        let said = "printf 'stable-x (active, default)\\nnightly-x\\n'";
        std::fs::write(&real, format!("#!/bin/sh\n{said}\n")).unwrap();
        std::fs::write(&shim, rustup_shim(Path::new("sh"))).unwrap();
        let text = std::fs::read_to_string(&shim).unwrap();
        // Without a second program to start: `sh REAL` stands for rustup.
        let text = text.replacen("sh \"$@\" |", &format!("sh {} |", real.display()), 1);
        std::fs::write(&shim, text).unwrap();
        let output = std::process::Command::new("sh")
            .args([shim.as_os_str(), "toolchain".as_ref(), "list".as_ref()])
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "stable-x\nnightly-x\n"
        );
    }
}
