//! The commands that `.ci/run` runs itself: the tests of documents skip them.

use std::fs;

use serde_json::Value;

use crate::support::{Run, root};

/// Returns true if the line runs xtask.
pub fn is_xtask(line: &str) -> bool {
    line.split('#')
        .next()
        .is_some_and(|line| line.contains("cargo xtask "))
}

/// The text of `.ci/run`, and the steps of the jobs in it.
fn what_ci_runs() -> String {
    let script = fs::read_to_string(root().join(".ci/run")).expect("what CI runs");
    let jobs = script
        .lines()
        .find_map(|line| line.strip_prefix("for job in ")?.strip_suffix("; do"))
        .expect("CI's jobs");
    let args = jobs.split(' ').flat_map(|job| ["--job", job]);
    let args: Vec<&str> = ["ci", "--dry-run"].into_iter().chain(args).collect();
    script.clone() + &Run::xtask(&args).end().expect_code(0).stdout
}

/// The subcommand of a command, and its engine.
fn verb_and_engine(line: &str) -> (String, String) {
    let args = line.split("cargo xtask ").nth(1).unwrap_or_default();
    let mut args = args.split([' ', ')', '"']).filter(|arg| !arg.is_empty());
    let verb = args.next().unwrap_or_default().to_owned();
    if verb == "image" {
        // The first test in an image builds it.
        return ("test".to_owned(), "container".to_owned());
    }
    let engine = args
        .clone()
        .skip_while(|arg| *arg != "--engine")
        .nth(1)
        .unwrap_or("host");
    (verb, engine.replace("podman", "container"))
}

/// Returns true if `.ci/run` runs this subcommand with this engine, and the catalog lists the named
/// targets as tested in CI.
pub fn done_by_ci(line: &str) -> Result<(), String> {
    let ours = verb_and_engine(line);
    let help = Run::xtask(&[&ours.0, "--help"]).end();
    if !help.stdout.contains("--dry-run") {
        // It is quick, and runs here.
        return Ok(());
    }
    let script = what_ci_runs();
    let known = script.lines().filter(|line| is_xtask(line));
    if !known.map(verb_and_engine).any(|theirs| theirs == ours) {
        let (verb, engine) = ours;
        return Err(format!("CI runs no `{verb}` with engine {engine}"));
    }
    let list = Run::xtask(&["targets", "--json"]).end().expect_code(0);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    let tried: Vec<&str> = list["targets"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|row| row["rung"] == "tested" || row["rung"] == "linked")
        .filter_map(|row| row["target"].as_str())
        .collect();
    let mut args = line.split_whitespace();
    while args.any(|arg| arg == "--target") {
        let name = args.next().unwrap_or_default();
        let triple = name.split('.').next().unwrap_or_default();
        if !tried.contains(&triple) {
            return Err(format!("the catalog says of no CI for {triple}"));
        }
    }
    Ok(())
}
