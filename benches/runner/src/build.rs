//! Builds the program of each allocator.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::{Call, end_of};
use crate::context::Context;
use crate::failure::Failure;
use crate::instructions::Counter;
use crate::variants::{Recipe, Variant};
use anyhow::Context as _;

/// The start of every program's name; the name of the allocator replaces it.
const PREFIX: &str = "snmalloc-bench";

/// A package with programs to build for each allocator.
pub struct Package {
    /// The directory of its workspace in the repository.
    dir: &'static str,
    /// Its name, which is that of its main program too.
    name: &'static str,
    /// Its program for memory measurements.
    memory: Option<&'static str>,
}

/// The workloads and the memory programs.
pub const WORKLOADS: Package = Package {
    dir: "benches",
    name: PREFIX,
    memory: Some("snmalloc-bench-memory"),
};

/// The programs that are made of published crates.
pub const CRATE_PROGRAMS: Package = Package {
    dir: "benches/programs",
    name: "snmalloc-bench-programs",
    memory: None,
};

impl Package {
    /// The lock file with the allocators' versions.
    pub fn lock_file(&self, context: &Context) -> PathBuf {
        context.root.join(self.dir).join("Cargo.lock")
    }
}

/// The variable with cargo's variables for `--lto`.
const LTO_VARIABLES: &str = "BENCH_LTO_VARIABLES";

/// A program, or the reason why it could not be built.
pub type Built = Result<Program, String>;

#[derive(Clone, Debug)]
pub struct Program {
    /// The program that runs the workloads.
    pub path: PathBuf,
    /// The program that runs the memory programs.
    pub memory: Option<PathBuf>,
}

/// An allocator's programs: one to measure, one to count its instructions.
pub struct Programs {
    pub measured: Built,
    pub counted: Built,
}

/// Builds the programs of each allocator.
pub fn all(
    package: &Package,
    variants: &[&'static Variant],
    counter: Option<&Counter>,
    offline: bool,
    context: &Context,
) -> Result<Vec<Programs>, Failure> {
    let mut all = Vec::new();
    for variant in variants {
        let measured = program(variant.name, &variant.recipe, package, offline, context)?;
        let own = variant
            .counting
            .as_ref()
            .filter(|_| counter.is_some_and(|counter| counter.needs_own_programs()));
        let counted = match own {
            None => measured.clone(),
            Some(recipe) => {
                let name = format!("{}-counting", variant.name);
                program(&name, recipe, package, offline, context)?
            }
        };
        if let Err(why) = &measured {
            context.progress.wrong(&format!("{} {why}", variant.name));
        }
        all.push(Programs { measured, counted });
    }
    Ok(all)
}

/// Builds the programs of `package` with `recipe`, and stores them under `name`.
fn program(
    name: &str,
    recipe: &Recipe,
    package: &Package,
    offline: bool,
    context: &Context,
) -> Result<Built, Failure> {
    let dir = context.target_dir().join("bench");
    let mut call = call(recipe, package, offline, &dir, context);
    if recipe.lto {
        call.env.extend(lto_variables()?);
    }
    let log = format!("bench-{}", package.name.replace(PREFIX, name));
    let outcome = call.run(&log, &format!("build {name}"), context)?;
    if !outcome.success {
        return Ok(Err(format!("does not build:\n{}", end_of(&outcome.log))));
    }
    let stored = |program: &str| {
        let built = outcome
            .programs
            .iter()
            .find(|path| path.file_stem().is_some_and(|stem| stem == program))
            .with_context(|| format!("cargo did not name {program} of {name}"))?;
        // The next allocator's build overwrites this program: copy it.
        let kept = dir.join("bin").join(program.replace(PREFIX, name));
        copy(built, &kept).with_context(|| kept.display().to_string())?;
        Ok::<_, anyhow::Error>(kept)
    };
    Ok(Ok(Program {
        path: stored(package.name)?,
        memory: package.memory.map(stored).transpose()?,
    }))
}

fn call(recipe: &Recipe, package: &Package, offline: bool, dir: &Path, context: &Context) -> Call {
    let mut args: Vec<String> = [
        "build",
        "--release",
        "--locked",
        "--message-format=json-render-diagnostics",
        "--package",
        package.name,
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
            let benches = context.root.join("benches").display().to_string();
            let value = value.replace("{benches}", &benches);
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
        cwd: context.root.join(package.dir),
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
