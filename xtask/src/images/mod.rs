//! Container images: one for each set of targets that need the same tools, built from the
//! Dockerfiles in `docker`. They don't contain Rust.

pub mod base;
pub mod build;
pub mod certificates;
pub mod recipe;

use std::sync::{Mutex, PoisonError};

use snmalloc_toolchains::catalog::Image;
use snmalloc_toolchains::{Error, Target, catalog};

use crate::context::Context;
use crate::engine::client::Client;
use crate::engine::diagnose;
use crate::failure::Failure;
use crate::process::command::Job;
use crate::process::log::run_logged;
use base::Base;
use recipe::Recipe;

/// Returns the tag of the image for `target`; builds the image if it is missing.
///
/// # Errors
/// The target has no image, there is no base for it, or the build fails.
pub fn ensure(target: &Target, engine: &Client, context: &Context) -> Result<String, Failure> {
    let image = of(target)?;
    let base = base::find(None, engine)?;
    let recipe = Recipe::new(&image, &base, &context.root)?;
    ensure_built(&recipe, engine, context)?;
    Ok(recipe.tag)
}

/// The image for `target`.
///
/// # Errors
/// The target has no image.
pub fn of(target: &Target) -> Result<Image, Error> {
    catalog::image(target).ok_or_else(|| {
        Error::new(format!("there is no image for {}", target.triple))
            .searched("the catalog: nothing that may be put into an image compiles for it")
            .fix("build it with this machine's own tools: --engine host")
    })
}

/// Builds the image if it is missing; returns whether it was built.
///
/// # Errors
/// The build fails.
pub fn ensure_built(recipe: &Recipe, engine: &Client, context: &Context) -> Result<bool, Failure> {
    // Targets that run in parallel may need the same image.
    static BUILDING: Mutex<()> = Mutex::new(());
    let _lock = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    if engine.image(&recipe.tag, "{{.Id}}")?.is_some() {
        return Ok(false);
    }
    build::build(recipe, engine, context)?;
    Ok(true)
}

/// The recipes for `targets`, each once, with its targets.
///
/// # Errors
/// A file in `docker` can't be read.
pub fn recipes<'a>(
    targets: impl Iterator<Item = (&'a str, Image)>,
    base: &Base,
    context: &Context,
) -> Result<Vec<(Recipe, Vec<&'a str>)>, Failure> {
    let mut recipes: Vec<(Recipe, Vec<&str>)> = Vec::new();
    for (name, image) in targets {
        match recipes.iter_mut().find(|(known, _)| known.image == image) {
            Some((_, names)) => names.push(name),
            None => recipes.push((Recipe::new(&image, base, &context.root)?, vec![name])),
        }
    }
    Ok(recipes)
}

/// Runs one job with a progress line and a log; explains a failure if the end of its log has a
/// known message.
///
/// # Errors
/// The job fails.
pub fn step(
    job: &Job,
    log: &str,
    what: &str,
    engine: &Client,
    context: &Context,
) -> Result<(), Failure> {
    const MOST: usize = 15;
    let (outcome, _, log) = run_logged(job, log, what, context)?;
    if outcome.success {
        return Ok(());
    }
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(MOST)..].join("\n");
    Err(match diagnose::explain(&end, &engine.program) {
        // The message itself has been shown.
        Some(missing) => Error {
            searched: vec![format!("the log, {log}")],
            output: Vec::new(),
            ..missing
        }
        .into(),
        None => Failure::Failed(format!("{what}: {}; log: {log}", outcome.ended)),
    })
}
