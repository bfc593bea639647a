//! Runs one job with a progress line and its own log.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::context::Context;
use crate::failure::Failure;
use crate::process::command::Job;
use crate::process::run::{self, Event, Outcome};
use crate::process::test_progress::TestProgress;

/// Runs a job with a progress line and its own log; prints the end of the log if the job fails.
/// Returns the outcome, the seconds, and the log's path.
pub fn run_logged(
    job: &Job,
    name: &str,
    what: &str,
    context: &Context,
) -> Result<(Outcome, f64, String), Failure> {
    let (outcome, seconds, log) = run_quiet(job, name, what, context)?;
    if !outcome.success && !context.progress.verbose {
        context.progress.error(&failure_excerpt(&log));
    }
    Ok((outcome, seconds, log.display().to_string()))
}

/// Like [`run_logged`], for a job that is allowed to fail: the log isn't printed.
pub fn run_quiet(
    job: &Job,
    name: &str,
    what: &str,
    context: &Context,
) -> Result<(Outcome, f64, PathBuf), Failure> {
    let log = log_file(name, context)?;
    let step = context.progress.step(what.to_owned());
    let outcome = run::run(job, &log, &mut |event| {
        if let Event::Line(line) = event {
            step.show_output(line);
            // Show the progress of an xtask in a container.
            if let Some(part) = line
                .strip_prefix("  [")
                .filter(|_| !context.progress.verbose)
            {
                step.part_done(&format!("[{part}"));
            }
        }
    })?;
    let seconds = step.end(if outcome.success { "done" } else { "failed" });
    Ok((outcome, seconds, log))
}

/// Like [`run_logged`], for a job that runs tests. Prints a line for each test program that ends;
/// on a terminal, shows the number of tests and the time left. `progress` has the results even
/// if the job doesn't reach its end.
pub fn run_tests(
    job: &Job,
    name: &str,
    what: &str,
    progress: &mut TestProgress,
    context: &Context,
) -> Result<(Outcome, f64, String), Failure> {
    let log = log_file(name, context)?;
    let step = context.progress.step(what.to_owned());
    let outcome = run::run(job, &log, &mut |event| {
        if let Event::Line(line) = event {
            step.show_output(line);
        }
        if let Some(line) = progress.handle(&event) {
            step.part_done(&line);
        }
        let left = progress.left().map(|left| format!(", {left}"));
        step.at(&format!("{}{}", progress.now(), left.unwrap_or_default()));
    })?;
    let seconds = step.end(if outcome.success { "done" } else { "failed" });
    if !outcome.success && !context.progress.verbose {
        context.progress.error(&failure_excerpt(&log));
    }
    Ok((outcome, seconds, log.display().to_string()))
}

/// Returns the path of a log, and removes an old one: each run starts its own.
pub fn log_file(name: &str, context: &Context) -> Result<PathBuf, Failure> {
    let logs = context.target_dir().join("logs");
    fs::create_dir_all(&logs).with_context(|| logs.display().to_string())?;
    let log = logs.join(format!("{name}.log"));
    let _ = fs::remove_file(&log);
    Ok(log)
}

/// The first failure in a log, and its last lines.
pub fn failure_excerpt(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let mut summary = String::new();
    let (first, last) = excerpts(&text);
    for (what, lines) in [("the first failure in", first), ("the end of", last)] {
        if lines.is_empty() {
            continue;
        }
        // Writing to a string doesn't fail.
        let _ = write!(summary, "{what} {}:", log.display());
        for line in lines {
            let _ = write!(summary, "\n  | {line}");
        }
        summary.push('\n');
    }
    summary.truncate(summary.trim_end().len());
    summary
}

/// Returns the lines from the first failure on, and the last lines; no line is in both.
fn excerpts(text: &str) -> (Vec<&str>, Vec<&str>) {
    const FIRST: usize = 20;
    const LAST: usize = 60;
    let lines: Vec<&str> = text.lines().collect();
    let (before, last) = lines.split_at(lines.len().saturating_sub(LAST));
    let first = before
        .iter()
        .position(|line| is_failure(line))
        .map(|at| &before[at..before.len().min(at + FIRST)])
        .unwrap_or_default();
    (first.to_vec(), last.to_vec())
}

/// Matches errors of rustc, cargo, compilers and linkers, and Rust's panics.
fn is_failure(line: &str) -> bool {
    line.contains(" panicked at ")
        || line.contains(": error: ")
        || line.contains("fatal error")
        || line.trim_start().starts_with("error: ")
        || line.trim_start().starts_with("error[")
}

#[cfg(test)]
mod tests {
    use super::excerpts;

    fn log(before: usize, after: usize) -> String {
        let filler = |count| "a test ... ok\n".repeat(count);
        let failure = "thread 'it' (7) panicked at tests/it.rs:1:2:\nleft: 1\n";
        filler(before) + failure + &filler(after)
    }

    #[test]
    fn first_failure_is_shown_before_the_end() {
        let text = log(30, 100);
        let (first, last) = excerpts(&text);
        assert_eq!((first.len(), last.len()), (20, 60));
        assert!(first[0].contains("panicked") && first[1].contains("left"));
    }

    #[test]
    fn failure_at_the_end_is_shown_once() {
        let text = log(100, 5);
        let (first, last) = excerpts(&text);
        assert!(first.is_empty());
        assert!(last[53].contains("panicked"));
        assert_eq!(excerpts("short"), (vec![], vec!["short"]));
        assert_eq!(excerpts(""), (vec![], vec![]));
    }
}
