//! One target with its builder, as resolved, and the commands of cargo and rustup for it.

use std::path::PathBuf;

use snmalloc_toolchains::{
    Builder, Error, Features, Machine, Target, Toolchain, builder_can_work, choose_builder,
};

use crate::context::Context;
use crate::failure::Failure;
use crate::plan::rust_std::RustStd;
use crate::process::command::Job;
use crate::request::{BuildRequest, BuilderChoice, MingwRuntime};

/// The hidden subcommand that runs Android programs.
pub const ON_DEVICE: &str = "on-device";

/// Makes a job from a resolved target.
pub type MakeJob<'a> = &'a (dyn Fn(&Resolved) -> Job + Sync);

/// The decisions about one target and builder, made before it runs.
#[derive(Clone)]
pub struct Resolved {
    pub target: Target,
    pub builder: Builder,
    /// The reason for this builder, as a clause.
    pub builder_reason: String,
    pub std: RustStd,
    pub toolchain: Toolchain,
    /// True if it is this machine's own target, with its own C library.
    pub native: bool,
    /// True if it is the first builder that runs for this target.
    pub first: bool,
    /// True if feature `android-shared-std` is on.
    pub shared_std: bool,
    /// Variables that `--lto` sets; empty without it.
    pub lto: Vec<(String, String)>,
}

impl Resolved {
    /// The runner's name for reports.
    pub fn runner_name(&self) -> Option<String> {
        match &self.toolchain.runner {
            Ok(runner) if runner.is_empty() => Some("native".to_owned()),
            Ok(runner) if runner.get(1).is_some_and(|arg| arg == ON_DEVICE) => {
                Some("adb".to_owned())
            }
            Ok(runner) => {
                let program = PathBuf::from(&runner[0]);
                Some(program.file_name()?.to_string_lossy().into_owned())
            }
            Err(_) => None,
        }
    }
}

/// A builder, with the reason for it, or with what is missing.
pub type Candidate = (Builder, Result<String, Error>);

/// Returns the builders to run on `machine`, one after the other: the requested one; else all
/// if `both`, or the one that would be chosen.
///
/// # Errors
/// A feature or `SNMALLOC_BUILDER` is invalid.
pub fn builders(
    request: &BuildRequest,
    target: &Target,
    both: bool,
    machine: &dyn Machine,
    context: &Context,
) -> Result<Vec<Candidate>, Failure> {
    let mut names: Vec<&str> = request.features.iter().map(String::as_str).collect();
    let defaults = Features::defaults();
    if !request.no_default_features {
        names.extend(defaults.iter().map(|feature| feature.name));
    }
    let features = Features::from_names(names).map_err(Failure::Usage)?;
    let host = context.host;
    let dir = context.target_dir();
    let requested = |builder: Builder| {
        let can = builder_can_work(builder, target, host, &dir, machine);
        (builder, can.map(|()| "it was asked for".to_owned()))
    };
    Ok(match (request.builder, both) {
        (BuilderChoice::Cmake, _) => vec![requested(Builder::Cmake)],
        (BuilderChoice::Cc, _) => vec![requested(Builder::Cc)],
        (BuilderChoice::Auto, true) => vec![requested(Builder::Cmake), requested(Builder::Cc)],
        (BuilderChoice::Auto, false) => {
            let choice = choose_builder(&features, target, host, &dir, machine)?;
            vec![(choice.builder, Ok(choice.reason))]
        }
    })
}

/// Makes cargo's command for one target and builder; `subcommand` comes first (`build …`, `test …`),
/// `last` after everything.
pub fn cargo_job(
    resolved: &Resolved,
    request: &BuildRequest,
    subcommand: &[&str],
    last: &[String],
    context: &Context,
) -> Job {
    let triple = &resolved.target.triple;
    let mut command: Vec<String> = subcommand.iter().map(|arg| (*arg).to_owned()).collect();
    command.push("--locked".to_owned());
    if !resolved.native {
        command.extend(["--target".to_owned(), triple.clone()]);
    }
    command.extend(profile_and_features(request));
    // The most specific name that a shell can set: it overrides the user's own setting.
    let mut env = vec![(
        format!("SNMALLOC_BUILDER_{}", triple.replace('-', "_")),
        resolved.builder.name().to_owned(),
    )];
    if let Some(runtime) = mingw_runtime(request, &resolved.target) {
        let value = match runtime {
            MingwRuntime::Static => "static",
            MingwRuntime::Shared => "shared",
        };
        let name = format!("SNMALLOC_MINGW_RUNTIME_{}", triple.replace('-', "_"));
        env.push((name, value.to_owned()));
    }
    if request.offline {
        command.push("--offline".to_owned());
        // cargo doesn't pass `--offline` to build scripts, and ours has cargo fetch the C++
        // source.
        env.push(("CARGO_NET_OFFLINE".to_owned(), "true".to_owned()));
    }
    let mut dir = format!("host-{}", resolved.builder.name());
    if let RustStd::FromSource { bootstrap } = resolved.std {
        command.push("-Zbuild-std=std,panic_unwind".to_owned());
        if resolved.native {
            // Build scripts must not be built with the target's std: pass `--target`.
            command.extend(["--target".to_owned(), triple.clone()]);
        }
        if bootstrap {
            env.push(("RUSTC_BOOTSTRAP".to_owned(), "1".to_owned()));
        }
        dir.push_str("-std");
    }
    if request.lto {
        dir.push_str("-lto");
    }
    env.extend(resolved.lto.iter().cloned());
    let dir = context.target_dir().join(dir);
    env.push(("CARGO_TARGET_DIR".to_owned(), dir.display().to_string()));
    env.extend(linker_and_runner(resolved));
    // xtask reads cargo's output, and writes it to a log.
    command.push("--message-format=json-render-diagnostics".to_owned());
    if !last.is_empty() {
        command.push("--".to_owned());
        command.extend(last.iter().cloned());
    }
    Job {
        program: std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        args: command,
        env,
        cwd: context.root.clone(),
    }
}

/// The arguments that select the profile and the features.
fn profile_and_features(request: &BuildRequest) -> Vec<String> {
    let mut args = Vec::new();
    if request.release || (request.lto && request.profile.is_none()) {
        args.push("--release".to_owned());
    }
    if let Some(profile) = &request.profile {
        args.extend(["--profile".to_owned(), profile.clone()]);
    }
    if request.no_default_features {
        args.push("--no-default-features".to_owned());
    }
    let lto = request.lto.then_some("lto");
    let features: Vec<String> = request
        .features
        .iter()
        .map(String::as_str)
        .chain(lto)
        .map(|feature| format!("snmalloc-rs/{feature}"))
        .collect();
    if !features.is_empty() {
        args.extend(["--features".to_owned(), features.join(",")]);
    }
    args
}

/// The variables that set cargo's linker and runner for the target.
fn linker_and_runner(resolved: &Resolved) -> Vec<(String, String)> {
    let mut env = Vec::new();
    if let Some(linker) = &resolved.toolchain.linker {
        env.push((
            resolved.target.cargo_variable("LINKER"),
            linker.program.display().to_string(),
        ));
    }
    match &resolved.toolchain.runner {
        Ok(runner) if !runner.is_empty() => {
            env.push((resolved.target.cargo_variable("RUNNER"), runner.join(" ")));
            env.extend(resolved.toolchain.runner_env.iter().cloned());
        }
        _ => {}
    }
    env
}

/// The requested form of GCC's run-time library, if GCC links the target.
pub fn mingw_runtime(request: &BuildRequest, target: &Target) -> Option<MingwRuntime> {
    let by_gcc = target.os == "windows" && target.env == "gnu" && target.abi != "llvm";
    request.mingw_runtime.filter(|_| by_gcc)
}

/// The job for `rustup target add`.
pub fn rustup_job(target: &Target, context: &Context) -> Job {
    Job {
        program: "rustup".to_owned(),
        args: ["target", "add", &target.triple]
            .map(str::to_owned)
            .to_vec(),
        env: Vec::new(),
        cwd: context.root.clone(),
    }
}
