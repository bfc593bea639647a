//! `cargo xtask bench`: runs the runner of the benches workspace.

use std::process::Command;

use anyhow::Context as _;
use snmalloc_toolchains::{Target, find};

use crate::cli::{BenchArgs, Output};
use crate::context::Context;
use crate::failure::Failure;
use crate::plan::lto;
use crate::process::replace::replace_with;

/// The variable that passes on cargo's variables for `--lto`.
const LTO_VARIABLES: &str = "BENCH_LTO_VARIABLES";

pub fn run(args: &BenchArgs, output: &Output, context: &Context) -> Result<(), Failure> {
    let given = |flag: &str| args.args.iter().any(|arg| arg == flag);
    let benches = context.root.join("benches");
    let target_dir = context.target_dir().join("bench/runner");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg("run");
    // The first build takes a minute or more: show cargo's output.
    if target_dir.is_dir() || output.quiet {
        cargo.arg("--quiet");
    }
    cargo
        .args(["--locked", "--package", "snmalloc-bench-runner"])
        .arg("--manifest-path")
        .arg(benches.join("Cargo.toml"))
        // CARGO_TARGET_DIR stays as the user has set it: the runner reads it too.
        .arg("--target-dir")
        .arg(&target_dir);
    if given("--offline") {
        cargo.arg("--offline");
    }
    cargo.arg("--");
    if output.verbose {
        cargo.arg("--verbose");
    }
    if output.quiet {
        cargo.arg("--quiet");
    }
    cargo.args(&args.args);
    if given("--lto") && !given("--help") && !given("-h") && !given("--list") {
        let variables = lto_variables(context)?;
        cargo.env(
            LTO_VARIABLES,
            serde_json::Value::from(variables).to_string(),
        );
    }
    replace_with(&mut cargo)
}

fn lto_variables(context: &Context) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let target = Target::from_triple(context.host)
        .with_context(|| format!("{} is not a known target", context.host))?;
    let toolchain = find::toolchain(&target, context.host, &context.machine)?;
    lto::check_support(&target)?;
    let variables = lto::variables(&target, &toolchain, context)?;
    Ok(variables
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect())
}
