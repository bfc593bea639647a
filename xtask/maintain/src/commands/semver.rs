//! `cargo xtask semver`: compares the crates' public API with the last published version.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use cargo_metadata::semver::Version;
use snmalloc_toolchains::{Error, Machine as _};

use crate::ci;
use crate::release::published::{self, Lookup, Published};
use crate::source::copy_tree;
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::command::Job;
use xtask::process::log::{failure_excerpt, run_quiet};
use xtask::process::scratch::remove_left;

/// The crates to compare. snmalloc-toolchains is not one: its only user requires its exact
/// version.
const CRATES: [&str; 2] = ["snmalloc-sys", "snmalloc-rs"];

/// cargo-semver-checks' exit code if it found a breaking change and no other error.
const BROKEN: i32 = 100;

pub fn run(context: &Context) -> Result<(), Failure> {
    tool(context)?;
    let version = env!("CARGO_PKG_VERSION");
    let mut errors = Vec::new();
    for name in CRATES {
        match published::ask(name, &format!("<={version}"), None, context)? {
            Lookup::NoCrate => context.progress.line(&format!(
                "{name}: skipped: no version of it was ever published"
            )),
            Lookup::NoVersion => errors.push(format!(
                "{name}: every version in the registry is newer than {version}, or was yanked"
            )),
            Lookup::Found(last) => errors.extend(compare(name, &last, context)?),
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Failure::Failed(errors.join("\n")))
    }
}

fn tool(context: &Context) -> Result<(), Failure> {
    let tools = ci::job("semver").map_or(&[][..], |job| job.tools);
    for (name, fix) in tools {
        if context.machine.find_program(name).is_none() {
            return Err(Error::new(format!("{name} isn't installed"))
                .searched(format!("PATH, for {name}"))
                .fix(*fix)
                .into());
        }
    }
    Ok(())
}

/// Compares a crate with its last published version; returns the error message, if any.
fn compare(name: &str, last: &Published, context: &Context) -> Result<Option<String>, Failure> {
    let baseline = baseline(name, last, context)?;
    let may_break = may_break(&last.version, env!("CARGO_PKG_VERSION"))?;
    let job = job(name, &baseline.display().to_string(), may_break, context);
    let what = format!("compare {name} with {}", last.version);
    let (outcome, _, log) = run_quiet(&job, &format!("semver-{name}"), &what, context)?;
    let output = fs::read_to_string(&log).unwrap_or_default();
    let log = log.display();
    let Some(checks) = checks(&output).filter(|_| matches!(outcome.code, Some(0 | BROKEN))) else {
        context
            .progress
            .error(&failure_excerpt(log.to_string().as_ref()));
        return Ok(Some(format!("{name}: nothing was compared; log: {log}")));
    };
    let (this_version, last) = (env!("CARGO_PKG_VERSION"), &last.version);
    context.progress.line(&format!("{name}: {checks}"));
    if outcome.success {
        return Ok(None);
    }
    if may_break {
        context.progress.line(&format!(
            "{name}: {last} had what {this_version} breaks, as this version may; log: {log}"
        ));
        return Ok(None);
    }
    context
        .progress
        .error(&failure_excerpt(log.to_string().as_ref()));
    Ok(Some(format!(
        "{name}: {last} had what {this_version} breaks; log: {log}\n  help: undo it\n  help: give \
         Cargo.toml a version that may break it"
    )))
}

/// A copy of the published source: cargo-semver-checks writes into the directory it reads.
fn baseline(name: &str, last: &Published, context: &Context) -> Result<PathBuf, Failure> {
    let dir = context.target_dir().join("semver/baseline");
    let copy = dir.join(format!("{name}-{}-{}", last.version, &last.sha256[..8]));
    if !copy.exists() {
        // Copy to a temporary name first: an interrupted run leaves no incomplete copy.
        remove_left(&dir, &format!("{name}."), ".tmp");
        let fresh = dir.join(format!("{name}.{}.tmp", std::process::id()));
        copy_tree(&last.source()?, &fresh)?;
        fs::rename(&fresh, &copy).with_context(|| copy.display().to_string())?;
    }
    Ok(copy)
}

/// Not with all features: few machines have what some of them need. If the version may break
/// everything, cargo-semver-checks checks nothing unless `--release-type minor` is passed.
fn job(name: &str, baseline: &str, may_break: bool, context: &Context) -> Job {
    let features = ["--default-features", "--features", "libc-api,stats"];
    let mut args = vec!["semver-checks", "--package", name];
    args.extend(features);
    args.extend(["--baseline-root", baseline]);
    if may_break {
        args.extend(["--release-type", "minor"]);
    }
    let target = context.target_dir().join("semver/target");
    Job {
        program: std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        args: args.into_iter().map(str::to_owned).collect(),
        env: vec![
            ("CARGO_TARGET_DIR".to_owned(), target.display().to_string()),
            ("CARGO_TERM_COLOR".to_owned(), "never".to_owned()),
        ],
        cwd: context.root.clone(),
    }
}

/// Returns true if semver allows breaking changes between the two versions.
fn may_break(from: &str, to: &str) -> Result<bool> {
    let (from, to) = (Version::parse(from)?, Version::parse(to)?);
    Ok(if to.major != from.major {
        true
    } else if to.major > 0 {
        false
    } else {
        to.minor != from.minor || (to.minor == 0 && to.patch != from.patch)
    })
}

/// The summary that cargo-semver-checks prints of its checks; none if it made none.
fn checks(output: &str) -> Option<&str> {
    let line = output
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("Checked ["))?;
    let (_, checks) = line.split_once("] ")?;
    (!checks.starts_with("0 checks")).then_some(checks)
}

#[cfg(test)]
mod tests {
    use super::{checks, may_break};

    #[test]
    fn version_decides_whether_breaking_changes_are_allowed() {
        for (from, to, expected) in [
            ("0.7.6", "0.8.0", true),
            ("0.8.0", "0.8.1", false),
            ("0.8.0", "0.8.0", false),
            ("0.0.1", "0.0.2", true),
            ("0.9.0", "1.0.0", true),
            ("1.0.0", "1.1.0", false),
            ("1.9.0", "2.0.0-rc.1", true),
        ] {
            assert_eq!(may_break(from, to).unwrap(), expected, "{from} to {to}");
        }
    }

    #[test]
    fn run_without_checks_is_not_a_pass() {
        let output = |what: &str| format!("    Checking a v1\n     Checked [   0.1s] {what}\n");
        for (output, expected) in [
            (
                output("202 checks: 202 pass, 58 skip"),
                Some("202 checks: 202 pass, 58 skip"),
            ),
            (output("0 checks: 0 pass, 260 skip"), None),
            ("error: no\n".to_owned(), None),
        ] {
            assert_eq!(checks(&output), expected);
        }
    }
}
