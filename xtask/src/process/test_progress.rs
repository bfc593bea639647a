//! The progress of `cargo test`, from the output of cargo and the test programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::run::Event;
use crate::report::Tests;
use crate::report::skipped_tests::SkippedTests;

/// The maximum time without a printed line, if there is no terminal.
const SILENCE: Duration = Duration::from_secs(30);

/// The progress of one run.
pub struct TestProgress {
    start: Instant,
    printed: Instant,
    /// The number of test programs that cargo has built so far.
    programs: usize,
    ended: usize,
    /// The crate that was compiled last.
    compiling: String,
    running: Option<Program>,
    pub tests: Tests,
    pub skips: SkippedTests,
    /// The seconds that each program took: in the last run, and in this one.
    expected: BTreeMap<String, f64>,
    taken: BTreeMap<String, f64>,
}

/// The running test program.
struct Program {
    name: String,
    start: Instant,
    tests: usize,
    ended: usize,
}

impl TestProgress {
    /// `times` is the file that an earlier run's [`Self::write_times`] wrote.
    pub fn new(times: &Path) -> Self {
        let text = fs::read_to_string(times).unwrap_or_default();
        Self {
            start: Instant::now(),
            printed: Instant::now(),
            programs: 0,
            ended: 0,
            compiling: String::new(),
            running: None,
            tests: Tests::default(),
            skips: SkippedTests::default(),
            expected: serde_json::from_str(&text).unwrap_or_default(),
            taken: BTreeMap::new(),
        }
    }

    /// Writes how long each program took, for the next run's estimate.
    pub fn write_times(&self, times: &Path) {
        // A missing estimate is not an error.
        let text = serde_json::to_string(&self.taken).unwrap_or_default();
        let _ = fs::write(times, text);
    }

    /// Handles an event; returns a line to print if a program has ended, or if nothing was
    /// printed for a while.
    pub fn handle(&mut self, event: &Event<'_>) -> Option<String> {
        match event {
            Event::Built(artifact) => {
                self.compiling.clone_from(&artifact.target.name);
                let is_test = artifact.profile.test && artifact.executable.is_some();
                self.programs += usize::from(is_test);
                None
            }
            Event::Line(line) => self.handle_line(line),
            Event::Silence => None,
        }
        .or_else(|| {
            let silent = self.printed.elapsed() >= SILENCE;
            silent.then(|| format!("{}; {} so far", self.now(), seconds(self.start)))
        })
        .inspect(|_| self.printed = Instant::now())
    }

    fn handle_line(&mut self, line: &str) -> Option<String> {
        self.skips.add_line(line);
        let line = line.trim();
        if let Some(name) = program(line) {
            self.running = Some(Program {
                name,
                start: Instant::now(),
                tests: 0,
                ended: 0,
            });
            return None;
        }
        let program = self.running.as_mut()?;
        if let Some(rest) = line.strip_prefix("running ") {
            let count = rest.split(' ').next().and_then(|count| count.parse().ok());
            program.tests = program.tests.saturating_add(count.unwrap_or(0_usize));
        } else if line.starts_with("test result: ") {
            return Some(self.program_ended(line));
        } else if line.starts_with("test ") && line.contains(" ... ") {
            program.ended += 1;
        }
        None
    }

    fn program_ended(&mut self, line: &str) -> String {
        let mut tests = Tests::default();
        tests.add_line(line);
        self.tests.add_line(line);
        let Some(program) = &self.running else {
            return String::new();
        };
        let taken = program.start.elapsed().as_secs_f64();
        // The doc tests of one crate come in two parts.
        if self.taken.insert(program.name.clone(), taken).is_none() {
            self.ended += 1;
        }
        let ignored = match tests.ignored {
            0 => String::new(),
            count => format!(", {count} ignored"),
        };
        format!(
            "{}{}: {} passed, {} failed{ignored}, {taken:.1} s; {} so far",
            self.of_all(self.ended),
            program.name,
            tests.passed,
            tests.failed,
            seconds(self.start)
        )
    }

    /// `[3/17]`, or `[doc]` for doc tests, which cargo doesn't announce and runs last.
    fn of_all(&self, number: usize) -> String {
        if number > self.programs {
            return String::from("[doc] ");
        }
        format!("[{number}/{}] ", self.programs)
    }

    /// Describes the current state briefly.
    pub fn now(&self) -> String {
        match &self.running {
            None if self.compiling.is_empty() => "compiling".to_owned(),
            None => format!("compiling, {} is done", self.compiling),
            Some(program) => format!(
                "{}{}: {} of {} tests",
                self.of_all(self.ended + usize::from(!self.taken.contains_key(&program.name))),
                program.name,
                program.ended,
                program.tests
            ),
        }
    }

    /// The estimated time left, if an earlier run recorded times.
    pub fn left(&self) -> Option<String> {
        let program = self.running.as_ref()?;
        if self.expected.is_empty() {
            return None;
        }
        let others = self
            .expected
            .iter()
            .filter(|(name, _)| **name != program.name && !self.taken.contains_key(*name));
        let of_others: f64 = others.map(|(_, seconds)| seconds).sum();
        let of_this = match self.taken.contains_key(&program.name) {
            true => 0.0,
            false => self.expected.get(&program.name).copied().unwrap_or(0.0),
        };
        let left = of_others + (of_this - program.start.elapsed().as_secs_f64()).max(0.0);
        Some(format!("about {left:.0} s left"))
    }
}

fn seconds(start: Instant) -> String {
    format!("{:.0} s", start.elapsed().as_secs_f64())
}

/// The test program that a line of cargo's output announces: `Running tests/it.rs (…/it-HASH)`,
/// `Doc-tests NAME`.
fn program(line: &str) -> Option<String> {
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(format!("{name} (doc tests)"));
    }
    let rest = line.strip_prefix("Running ")?;
    let (source, path) = rest.strip_suffix(')')?.rsplit_once(" (")?;
    let stem = Path::new(path).file_stem()?.to_string_lossy();
    let name = stem.rsplit_once('-').map_or(&*stem, |(name, _)| name);
    Some(match source.starts_with("unittests ") {
        true => format!("{name} (unit tests)"),
        false => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{TestProgress, program};
    use crate::process::run::Event;

    #[test]
    fn cargo_announcements_parse() {
        for (line, name) in [
            (
                "Running tests/it/main.rs (target/debug/deps/it-00ff)",
                Some("it"),
            ),
            (
                "Running unittests src/main.rs (target/a b/deps/xtask-12)",
                Some("xtask (unit tests)"),
            ),
            ("Doc-tests snmalloc_rs", Some("snmalloc_rs (doc tests)")),
            ("Running `target/debug/xtask build`", None),
            ("running 3 tests", None),
        ] {
            assert_eq!(program(line).as_deref(), name, "{line}");
        }
    }

    #[test]
    fn a_line_is_printed_for_each_program_that_ends() {
        let dir = tempfile::tempdir().unwrap();
        let times = dir.path().join("times.json");
        let mut progress = TestProgress::new(&times);
        progress.programs = 2;
        let mut printed = Vec::new();
        for line in [
            "   Compiling x v0.1.0",
            "     Running tests/abuse.rs (target/debug/deps/abuse-1f)",
            "running 3 tests",
            "test a ... ok",
            "skipped: b: no zig",
            "test b ... ok",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
            "     Running tests/it.rs (target/debug/deps/it-1f)",
            "running 5 tests",
            "test c ... ok",
        ] {
            printed.extend(progress.handle(&Event::Line(line)));
        }
        assert_eq!(printed.len(), 1, "{printed:?}");
        assert!(
            printed[0].starts_with("[1/2] abuse: 2 passed, 1 failed, 0."),
            "{printed:?}"
        );
        assert!(printed[0].ends_with(" s; 0 s so far"), "{printed:?}");
        assert_eq!(progress.now(), "[2/2] it: 1 of 5 tests");
        assert_eq!((progress.tests.passed, progress.tests.failed), (2, 1));
        assert_eq!(progress.skips.tests(), 1);
        // The next run knows how long each program takes.
        progress.taken.insert("it".to_owned(), 40.0);
        progress.write_times(&times);
        let mut next = TestProgress::new(&times);
        assert_eq!(next.left(), None);
        next.handle(&Event::Line("Running tests/abuse.rs (deps/abuse-1f)"));
        assert_eq!(next.left().as_deref(), Some("about 40 s left"));
    }

    #[test]
    fn silence_prints_a_line_after_a_while() {
        let mut progress = TestProgress::new("/nowhere".as_ref());
        assert_eq!(progress.handle(&Event::Silence), None);
        progress.printed = progress.printed.checked_sub(super::SILENCE).unwrap();
        let line = progress.handle(&Event::Silence).expect("a line");
        assert_eq!(line, "compiling; 0 s so far");
        assert_eq!(progress.handle(&Event::Silence), None);
    }
}
