//! Builds the program of each allocator.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::{Call, end_of};
use crate::context::Context;
use crate::failure::Failure;
use crate::variants::Recipe;
use anyhow::Context as _;

/// The package of the programs.
const PACKAGE: &str = "snmalloc-bench";
/// The program for workloads, and the one for memory.
const PROGRAMS: [&str; 2] = ["snmalloc-bench", "snmalloc-bench-memory"];

/// The variable with cargo's variables for `--lto`.
const LTO_VARIABLES: &str = "BENCH_LTO_VARIABLES";

/// A program, or the reason why it could not be built.
pub type Built = Result<Program, String>;

#[derive(Clone, Debug)]
pub struct Program {
    /// The program that runs the workloads.
    pub path: PathBuf,
    /// The program that runs the memory programs.
    pub memory: PathBuf,
}

/// The directory of the programs' source.
pub fn benches(context: &Context) -> PathBuf {
    context.root.join("benches")
}

/// Builds the program of `recipe`, and stores it under `name`.
pub fn program(
    name: &str,
    recipe: &Recipe,
    offline: bool,
    context: &Context,
) -> Result<Built, Failure> {
    let dir = context.target_dir().join("bench");
    let mut call = call(recipe, offline, &dir, context);
    if recipe.lto {
        call.env.extend(lto_variables()?);
    }
    let outcome = call.run(&format!("bench-{name}"), &format!("build {name}"), context)?;
    if !outcome.success {
        return Ok(Err(format!("does not build:\n{}", end_of(&outcome.log))));
    }
    let [path, memory] = PROGRAMS.map(|program| {
        let built = outcome
            .programs
            .iter()
            .find(|path| path.file_stem().is_some_and(|stem| stem == program))
            .with_context(|| format!("cargo did not name {program} of {name}"))?;
        // The next allocator's build overwrites this program: copy it.
        let kept = dir.join("bin").join(program.replace(PACKAGE, name));
        copy(built, &kept).with_context(|| kept.display().to_string())?;
        Ok::<_, anyhow::Error>(kept)
    });
    Ok(Ok(Program {
        path: path?,
        memory: memory?,
    }))
}

fn call(recipe: &Recipe, offline: bool, dir: &Path, context: &Context) -> Call {
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
    Call {
        args,
        env,
        cwd: benches,
    }
}

/// The variables of `cargo xtask build --lto`: xtask passes them as a JSON object.
fn lto_variables() -> Result<BTreeMap<String, String>, Failure> {
    let text = std::env::var(LTO_VARIABLES).map_err(|_| {
        Failure::Usage(format!(
            "--lto needs the variable {LTO_VARIABLES}\nhelp: `cargo xtask bench --lto` sets it"
        ))
    })?;
    let variables = serde_json::from_str(&text).context(LTO_VARIABLES)?;
    Ok(variables)
}

/// Copies to a temporary name first: an incomplete program is never run.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let dir = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let fresh = to.with_extension(format!("{}.tmp", std::process::id()));
    fs::copy(from, &fresh)?;
    fs::rename(&fresh, to)
}
