//! Building the program of each allocator.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use snmalloc_toolchains::{Target, find};

use crate::bench::variants::Recipe;
use crate::context::Context;
use crate::failure::Failure;
use crate::job::Job;
use crate::logged::attempt;
use crate::lto;

/// The package whose program measures.
const PACKAGE: &str = "snmalloc-bench";

/// A program, or why there is none.
pub type Built = Result<Program, String>;

#[derive(Clone, Debug)]
pub struct Program {
    pub path: PathBuf,
}

/// The directory of the programs' source.
pub fn benches(context: &Context) -> PathBuf {
    context.root.join("benches")
}

/// Builds the program of `recipe`, and keeps it under `name`.
pub fn program(
    name: &str,
    recipe: &Recipe,
    offline: bool,
    context: &Context,
) -> Result<Built, Failure> {
    let dir = context.target_dir().join("bench");
    let mut job = job(recipe, offline, &dir, context);
    if recipe.lto {
        job.env.extend(lto_variables(context)?);
    }
    let (outcome, _, log) = attempt(
        &job,
        &format!("bench-{name}"),
        &format!("build {name}"),
        context,
    )?;
    if !outcome.success {
        return Ok(Err(last_words(&log)));
    }
    let made = outcome
        .programs
        .iter()
        .find(|path| path.file_stem().is_some_and(|stem| stem == PACKAGE))
        .with_context(|| format!("cargo did not name the program of {name}"))?;
    // The next allocator's program takes the place of this one.
    let kept = dir.join("bin").join(name);
    copy(made, &kept).with_context(|| kept.display().to_string())?;
    Ok(Ok(Program { path: kept }))
}

fn job(recipe: &Recipe, offline: bool, dir: &Path, context: &Context) -> Job {
    let benches = benches(context);
    let mut args: Vec<String> = [
        "build",
        "--release",
        "--locked",
        "--message-format=json-render-diagnostics",
        "--package",
        PACKAGE,
    ]
    .map(str::to_owned)
    .to_vec();
    if let Some(feature) = recipe.feature {
        args.extend(["--features".to_owned(), feature.to_owned()]);
    }
    if offline {
        args.push("--offline".to_owned());
    }
    let target = context.host.replace('-', "_");
    let mut env: Vec<(String, String)> = recipe
        .env
        .iter()
        .map(|(name, value)| {
            let value = value.replace("{benches}", &benches.display().to_string());
            (name.replace("{target}", &target), value)
        })
        .collect();
    let target_dir = dir.join("build").join(recipe.own_dir.unwrap_or("shared"));
    env.push((
        "CARGO_TARGET_DIR".to_owned(),
        target_dir.display().to_string(),
    ));
    Job {
        program: std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        args,
        env,
        cwd: benches,
    }
}

/// What `cargo xtask build --lto` tells cargo.
fn lto_variables(context: &Context) -> Result<Vec<(String, String)>, Failure> {
    let target = Target::from_triple(context.host)
        .with_context(|| format!("{} is no target that is known", context.host))?;
    let toolchain = find::toolchain(&target, context.host, &context.machine)?;
    lto::can_be(&target)?;
    lto::variables(&target, &toolchain, context)
}

/// Under another name first: a program that is cut short is never run.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let dir = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let fresh = to.with_extension(format!("{}.tmp", std::process::id()));
    fs::copy(from, &fresh)?;
    fs::rename(&fresh, to)
}

/// The end of what a compiler said, and where the rest is.
fn last_words(log: &Path) -> String {
    const MOST: usize = 8;
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let end = lines[lines.len().saturating_sub(MOST)..].join("\n");
    format!("does not build:\n{end}\nlog: {}", log.display())
}
