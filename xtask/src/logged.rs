//! One job under a progress line, with a log of its own.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::context::Context;
use crate::engine::host::{self, Outcome, Said};
use crate::failure::Failure;
use crate::job::Job;

/// Runs a job under a progress line, with a log of its own; the end of the log
/// is shown if it fails. Returns the outcome, the seconds, and the log's path.
pub fn logged(
    job: &Job,
    name: &str,
    what: &str,
    context: &Context,
) -> Result<(Outcome, f64, String), Failure> {
    let (outcome, seconds, log) = attempt(job, name, what, context)?;
    if !outcome.success && !context.progress.verbose {
        context.progress.wrong(&end_of(&log));
    }
    Ok((outcome, seconds, log.display().to_string()))
}

/// As [`logged`], for what may well fail: the log is only kept.
pub fn attempt(
    job: &Job,
    name: &str,
    what: &str,
    context: &Context,
) -> Result<(Outcome, f64, PathBuf), Failure> {
    let log = log_file(name, context)?;
    let step = context.progress.step(what.to_owned());
    let outcome = host::run(job, &log, &mut |said| {
        if let Said::Line(line) = said {
            step.said(line);
        }
    })?;
    let seconds = step.end(if outcome.success { "done" } else { "failed" });
    Ok((outcome, seconds, log))
}

/// The path of a log that isn't begun yet: each run starts its own.
pub fn log_file(name: &str, context: &Context) -> Result<PathBuf, Failure> {
    let logs = context.target_dir().join("logs");
    fs::create_dir_all(&logs).with_context(|| logs.display().to_string())?;
    let log = logs.join(format!("{name}.log"));
    let _ = fs::remove_file(&log);
    Ok(log)
}

/// The last lines of a log.
fn end_of(log: &Path) -> String {
    const MOST: usize = 60;
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let mut end = format!("the end of {}:", log.display());
    for line in &lines[lines.len().saturating_sub(MOST)..] {
        // Writing to a string doesn't fail.
        let _ = write!(end, "\n  | {line}");
    }
    end
}
