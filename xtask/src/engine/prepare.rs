//! Provides what a container needs before it starts, since it has no network: the image, the
//! standard library, cargo's downloads.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use snmalloc_toolchains::{Error, Target, find};

use crate::context::Context;
use crate::engine::client::Client;
use crate::failure::Failure;
use crate::images::recipe::Recipe;
use crate::images::{self, base};
use crate::plan::rust_std::RustStd;
use crate::plan::targets::RequestedTarget;
use crate::plan::{cargo_command, resolve};
use crate::process::command::Job;
use crate::process::log::{run_logged, run_quiet};
use crate::request::{BuildRequest, StdChoice};

/// Resolves the standard library for a target, and installs it now if needed: the container has
/// no network.
pub fn std_of(
    requested: &RequestedTarget,
    request: &BuildRequest,
    context: &Context,
) -> Result<RustStd, Failure> {
    match resolve::rust_std(request.std, &requested.target, request.offline, context)? {
        RustStd::ByRustup { otherwise } if requested.from_group => Ok((*otherwise)?),
        RustStd::ByRustup { otherwise } => {
            ask_rustup(&requested.target, *otherwise, request, context)
        }
        std => Ok(std),
    }
}

/// The NDK that this machine would use for a target, if the target needs one.
pub fn ndk(requested: &RequestedTarget, context: &Context) -> Result<Option<PathBuf>, Failure> {
    if requested.target.os != "android" {
        return Ok(None);
    }
    let machine = requested.machine(&context.machine);
    let compiler = find::compiler(&requested.target, context.host, &machine)?;
    Ok(compiler.ndk(&machine))
}

/// Returns the image for a target: the requested one, else its own, which is built if it is
/// missing. A dry run prints the build command.
pub fn image_of(
    requested: &RequestedTarget,
    engine: &Client,
    request: &BuildRequest,
    context: &Context,
) -> Result<String, Failure> {
    if let Some(image) = &request.engine.image {
        return match engine.image(image, "{{.Architecture}}")? {
            Some(arch) => match base::other_arch(image, &arch, engine)? {
                Some(missing) => Err(missing
                    .fix("leave out --image: the target's own is built for the engine's CPU")
                    .into()),
                None => Ok(image.clone()),
            },
            None => Err(
                Error::new(format!("{} has no image {image}", engine.program))
                    .searched(format!("{} image inspect {image}", engine.program))
                    .fix("leave out --image: the target's own is built if it is missing")
                    .into(),
            ),
        };
    }
    let image = images::of(&requested.target)?;
    let recipe = Recipe::new(&image, &base::find(None, engine)?, &context.root)?;
    if engine.image(&recipe.tag, "{{.Id}}")?.is_some() {
        return Ok(recipe.tag);
    }
    if request.offline {
        // Debian's packages are downloaded.
        return Err(Error::new(format!(
            "the image {} does not exist, and --offline prevents building it",
            recipe.tag
        ))
        .searched(format!("{} image inspect {}", engine.program, recipe.tag))
        .fix(format!(
            "cargo xtask image build --target {}",
            requested.target.triple
        ))
        .into());
    }
    if request.dry_run {
        println!("{}", images::build::job(&recipe, engine, context)?);
    } else {
        images::ensure_built(&recipe, engine, context)?;
    }
    Ok(recipe.tag)
}

/// Has cargo download the packages that the containers need, also for a standard library that
/// is built from source.
pub fn fetch<'a>(
    mut stds: impl Iterator<Item = &'a RustStd>,
    request: &BuildRequest,
    context: &Context,
) -> Result<(), Failure> {
    let from_source = stds.find_map(|std| match std {
        RustStd::FromSource { bootstrap } => Some(*bootstrap),
        _ => None,
    });
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let job = |command: &[&str]| {
        let mut command: Vec<String> = command.iter().map(|arg| (*arg).to_owned()).collect();
        command.extend(request.offline.then(|| "--offline".to_owned()));
        Job {
            program: cargo.clone(),
            args: command,
            env: Vec::new(),
            cwd: context.root.clone(),
        }
    };
    let mut jobs = [job(&["fetch", "--locked"])];
    if let Some(bootstrap) = from_source {
        jobs[0].args.push("-Zbuild-std=std,panic_unwind".to_owned());
        if bootstrap {
            let switch = ("RUSTC_BOOTSTRAP".to_owned(), "1".to_owned());
            jobs[0].env.push(switch);
        }
    }
    for (number, job) in jobs.iter().enumerate() {
        if request.dry_run {
            println!("{job}");
            continue;
        }
        let name = format!("fetch-{number}");
        let (outcome, _, log) = run_logged(job, &name, "fetch packages", context)?;
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

/// Has rustup install the target's standard library. Returns `otherwise` if rustup fails, or
/// installs it for another toolchain than the running one.
pub fn ask_rustup(
    target: &Target,
    otherwise: Result<RustStd, Error>,
    request: &BuildRequest,
    context: &Context,
) -> Result<RustStd, Failure> {
    // Runs only one rustup at a time.
    static RUSTUP: Mutex<()> = Mutex::new(());
    let job = cargo_command::rustup_job(target, context);
    if request.dry_run {
        println!("{job}");
        return Ok(RustStd::Installed);
    }
    let what = format!("rustup target add {}", target.triple);
    let lock = RUSTUP.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, _, log) = run_quiet(&job, &format!("rustup-{}", target.triple), &what, context)?;
    drop(lock);
    match resolve::rust_std(StdChoice::Prebuilt, target, true, context) {
        Ok(std) => Ok(std),
        // Many targets have no prebuilt std: falling back is normal.
        Err(Failure::Missing(_)) => {
            let output = std::fs::read_to_string(log).unwrap_or_default();
            otherwise.map_err(|missing| missing.output(&output).into())
        }
        Err(other) => Err(other),
    }
}
