//! The report: a table for people, JSON for programs, an exit code for both.

pub mod fixes;
pub mod skipped_tests;
mod table;
pub mod target_table;

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

use crate::failure::Failure;
use crate::request::{BuildRequest, EngineKind};

/// The test counts of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tests {
    pub passed: u64,
    pub failed: u64,
    pub ignored: u64,
}

impl Tests {
    /// Adds the counts of a test program's last line of output; ignores other lines.
    pub fn add_line(&mut self, line: &str) {
        let Some(rest) = line.trim_start().strip_prefix("test result: ") else {
            return;
        };
        for part in rest.split(['.', ';']) {
            let mut fields = part.split_whitespace();
            let (Some(number), Some(what)) = (fields.next(), fields.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what {
                "passed" => self.passed = self.passed.saturating_add(number),
                "failed" => self.failed = self.failed.saturating_add(number),
                "ignored" => self.ignored = self.ignored.saturating_add(number),
                _ => {}
            }
        }
    }
}

impl Tests {
    /// Counts tests that skipped themselves as ignored: their harness reports them as passed.
    pub fn skip(&mut self, count: u64) {
        let skipped = count.min(self.passed);
        self.passed -= skipped;
        self.ignored = self.ignored.saturating_add(skipped);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Passed,
    Failed,
    Skipped,
}

/// One of a few static words, also if read from JSON. (An alias, since serde's derive borrows a
/// field of type `&str` from its input.)
type Name = &'static str;

/// The result for one target and builder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    pub target: String,
    #[serde(deserialize_with = "name")]
    pub builder: Option<Name>,
    #[serde(deserialize_with = "engine")]
    pub engine: Name,
    #[serde(deserialize_with = "name")]
    pub std: Option<Name>,
    /// The runner of the target's programs; `native` if they run directly.
    pub runner: Option<String>,
    pub status: Status,
    pub reason: Option<String>,
    pub seconds: f64,
    pub tests: Option<Tests>,
    /// The archive that was linked.
    pub artifact: Option<PathBuf>,
    /// The programs that were linked.
    pub programs: Vec<PathBuf>,
    /// True if something missing on this machine is the reason that the row hasn't passed.
    #[serde(skip)]
    pub missing: bool,
}

/// Reads one of the words that rows are written with.
fn name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'static str>, D::Error> {
    const NAMES: [&str; 4] = ["cmake", "cc", "prebuilt", "build"];
    let engines = EngineKind::all().iter().map(|kind| kind.name());
    let text: Option<String> = Deserialize::deserialize(from)?;
    let mut names = NAMES.into_iter().chain(engines);
    Ok(text.and_then(|text| names.find(|name| *name == text)))
}

fn engine<'de, D: Deserializer<'de>>(from: D) -> Result<&'static str, D::Error> {
    name(from).map(|name| name.unwrap_or("host"))
}

impl Row {
    /// The row of something that can't be run here.
    pub fn skipped(target: &str, builder: Option<&'static str>, reason: String) -> Self {
        Self {
            target: target.to_owned(),
            builder,
            engine: "host",
            std: None,
            runner: None,
            status: Status::Skipped,
            reason: Some(reason),
            seconds: 0.0,
            tests: None,
            artifact: None,
            programs: Vec::new(),
            missing: false,
        }
    }

    /// Turns a skip into a failure if it is denied.
    pub fn deny_skip(&mut self, denied: &[String]) {
        if self.status == Status::Skipped && denied.contains(&self.target) {
            self.status = Status::Failed;
            let reason = self.reason.take().unwrap_or_default();
            self.reason = Some(format!("{reason} (--deny-skip: it must not be skipped)"));
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct Report {
    pub results: Vec<Row>,
}

/// Prints a document if `--json` is set; in a container, writes it to a file for the xtask that
/// started the container.
pub fn print_json(document: &impl Serialize, request: &BuildRequest) -> Result<(), Failure> {
    if !request.json && request.engine.inside.is_none() {
        return Ok(());
    }
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    match &request.engine.inside {
        Some(file) => std::fs::write(file, text)?,
        None => println!("{text}"),
    }
    Ok(())
}

impl Report {
    /// Prints the report; returns the command's result.
    pub fn finish(self, request: &BuildRequest, quiet: bool) -> Result<(), Failure> {
        if !quiet {
            eprint!("{}", table::text(&self.results));
        }
        print_json(&self, request)?;
        Self::result(&self.results)
    }

    /// The command's result: 1 if a row failed, else 3 if something is missing.
    pub fn result(rows: &[Row]) -> Result<(), Failure> {
        if rows.iter().any(|row| row.status == Status::Failed) {
            Err(Failure::Reported(1))
        } else if rows.iter().any(|row| row.missing) {
            Err(Failure::Reported(3))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, Row, Status, Tests};

    #[test]
    fn test_counts_are_summed() {
        let mut tests = Tests::default();
        for line in [
            "running 3 tests",
            "test a_test_result: ok. 5 passed ... ok",
            "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            tests.add_line(line);
        }
        assert_eq!(
            tests,
            Tests {
                passed: 3,
                failed: 3,
                ignored: 1
            }
        );
    }

    #[test]
    fn absurd_counts_are_not_an_error() {
        let mut tests = Tests::default();
        for _ in 0..2 {
            tests.add_line(&format!("test result: ok. {} passed; 1 ignored", u64::MAX));
        }
        tests.skip(u64::MAX);
        assert_eq!((tests.passed, tests.ignored), (0, u64::MAX));
    }

    #[test]
    fn a_test_that_skipped_itself_has_not_passed() {
        let mut tests = Tests {
            passed: 5,
            failed: 1,
            ignored: 2,
        };
        tests.skip(3);
        assert_eq!((tests.passed, tests.failed, tests.ignored), (2, 1, 5));
    }

    fn row(status: Status, missing: bool) -> Row {
        Row {
            status,
            missing,
            ..Row::skipped("x", Some("cc"), "because".to_owned())
        }
    }

    #[test]
    fn the_exit_code_follows_the_rows() {
        let code = |rows: Vec<Row>| match Report::result(&rows) {
            Ok(()) => 0,
            Err(super::Failure::Reported(code)) => code,
            Err(_) => 99,
        };
        assert_eq!(code(vec![row(Status::Passed, false)]), 0);
        assert_eq!(code(vec![row(Status::Skipped, false)]), 0);
        assert_eq!(code(vec![row(Status::Skipped, true)]), 3);
        assert_eq!(
            code(vec![row(Status::Skipped, true), row(Status::Failed, false)]),
            1
        );
    }

    #[test]
    fn a_denied_skip_is_a_failure() {
        for (mut row, status) in [
            (row(Status::Skipped, true), Status::Failed),
            (row(Status::Passed, false), Status::Passed),
        ] {
            row.deny_skip(&["y".to_owned(), "x".to_owned()]);
            assert_eq!(row.status, status);
        }
        let mut other = row(Status::Skipped, false);
        other.deny_skip(&["y".to_owned()]);
        assert_eq!(other.status, Status::Skipped);
    }
}
