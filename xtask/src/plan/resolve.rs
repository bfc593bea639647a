//! Checks the arguments; resolves a target's name and its standard library.

use std::path::PathBuf;

use snmalloc_toolchains::{FEATURES, Target, catalog};

use crate::context::{Context, rustc};
use crate::failure::Failure;
use crate::plan::rust_std::{self, RustStd, Sysroot};
use crate::request::{BuildRequest, EngineKind, StdChoice};
use crate::suggest::suggest;

/// Checks arguments that cargo would reject only later.
pub fn check_args(request: &BuildRequest) -> Result<(), Failure> {
    if request.lto && request.engine.kind != EngineKind::Host {
        return Err(Failure::Usage(
            "--lto works on this machine only: the images carry no clang".to_owned(),
        ));
    }
    check_engine(request)?;
    check_features(&request.features)
}

/// Refuses the flags of containers if none is used.
fn check_engine(request: &BuildRequest) -> Result<(), Failure> {
    let engine = &request.engine;
    let containers = [
        ("--image", engine.image.is_some()),
        ("--memory", engine.memory.is_some()),
        ("--cpus", engine.cpus.is_some()),
        ("--clean", engine.clean),
    ];
    match containers.iter().find(|(_, given)| *given) {
        Some((flag, _)) if engine.kind == EngineKind::Host => Err(Failure::Usage(format!(
            "{flag} is for containers: give `--engine container` or `--engine cross` too"
        ))),
        _ => Ok(()),
    }
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
