//! Resolves the arguments into jobs: target, toolchain, standard library, builder, and the
//! cargo command for them.

use std::path::PathBuf;

use snmalloc_toolchains::{
    Builder, Error, FEATURES, Features, Machine, Target, Toolchain, builder_can_work, catalog,
    choose_builder,
};

use crate::context::{Context, rustc};
use crate::failure::Failure;
use crate::plan::rust_std::{self, RustStd, Sysroot};
use crate::process::command::Job;
use crate::request::{BuildRequest, BuilderChoice, EngineKind, StdChoice};
use crate::suggest::suggest;

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

/// Checks arguments that cargo would reject only later.
pub fn check_args(request: &BuildRequest) -> Result<(), Failure> {
    if request.lto && request.engine.kind != EngineKind::Host {
        return Err(Failure::Usage(
            "--lto works on this machine only: the images carry no clang".to_owned(),
        ));
    }
    check_features(&request.features)
}

/// Checks the names of features.
pub fn check_features(names: &[String]) -> Result<(), Failure> {
    for name in names {
        if !FEATURES.iter().any(|feature| feature.name == name) {
            let names: Vec<&str> = FEATURES.iter().map(|feature| feature.name).collect();
            let mut meant = suggest(name, names.iter().copied());
            if meant.is_empty() {
                meant = format!("; there are {}", names.join(", "));
            }
            return Err(Failure::Usage(format!(
                "there is no feature `{name}`{meant}"
            )));
        }
    }
    Ok(())
}

/// Looks up a target by its name.
pub fn target(name: &str, context: &Context) -> Result<Target, Failure> {
    let known = name == context.host || catalog::entry(name).is_some();
    match (Target::from_triple(name), refused(name)) {
        (_, Some(why)) => Err(Failure::Usage(format!(
            "snmalloc can't be built for {name}: {why}"
        ))),
        (Some(target), None) if known => Ok(target),
        _ => {
            let mut entries: Vec<&catalog::Entry> = catalog::ENTRIES.iter().collect();
            entries.sort_by_key(|entry| (entry.refused.is_some(), entry.tier));
            let meant = suggest(name, entries.iter().map(|entry| entry.triple));
            let end = if meant.is_empty() { ";" } else { "" };
            Err(Failure::Usage(format!(
                "there is no target `{name}`{meant}{end} `cargo xtask targets` lists all"
            )))
        }
    }
}

fn refused(name: &str) -> Option<&'static str> {
    catalog::entry(name)?.refused
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

/// Decides where the standard library for a target comes from.
///
/// # Errors
/// It is not available in any of the allowed ways.
pub fn rust_std(
    choice: StdChoice,
    target: &Target,
    offline: bool,
    context: &Context,
) -> Result<RustStd, Failure> {
    if target.triple == context.host && choice != StdChoice::Build {
        // xtask itself was compiled with this standard library.
        return Ok(RustStd::Installed);
    }
    let dir = PathBuf::from(rustc(&["--print", "sysroot"])?);
    let sysroot = Sysroot {
        dir: &dir,
        nightly: is_nightly()?,
    };
    let machine = &context.machine;
    Ok(rust_std::resolve(
        choice,
        &target.triple,
        offline,
        &sysroot,
        machine,
    )?)
}

/// Returns true if the running rustc accepts unstable flags without RUSTC_BOOTSTRAP.
fn is_nightly() -> Result<bool, Failure> {
    let text = rustc(&["-vV"])?;
    let release = text.lines().find_map(|line| line.strip_prefix("release: "));
    Ok(release.is_some_and(|r| r.contains("nightly") || r.contains("dev")))
}
