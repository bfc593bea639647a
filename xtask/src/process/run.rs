//! Runs jobs on this machine.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use cargo_metadata::{Artifact, Message};

use crate::failure::Failure;
use crate::process::command::Job;
use crate::process::interrupt::{self, Guarded};
use crate::report::Tests;
use crate::report::skipped_tests::SkippedTests;

/// The file that snmalloc-sys's build script leaves in its output directory.
pub const ARCHIVE: &str = "libsnmalloc-shim.a";

/// The result of a job.
#[derive(Default)]
pub struct Outcome {
    pub success: bool,
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// Its exit status, as text.
    pub ended: String,
    pub tests: Tests,
    pub skips: SkippedTests,
    /// The output directories of snmalloc-sys's build script, one per target.
    pub out_dirs: Vec<PathBuf>,
    /// The programs that this run or an earlier one linked.
    pub programs: Vec<PathBuf>,
}

impl Outcome {
    /// Returns true if the job succeeded and no test failed: before Android 7, adb doesn't return a
    /// program's exit code.
    pub fn passed(&self) -> bool {
        self.success && self.tests.failed == 0
    }

    /// The counts of tests; those that skipped themselves passed as far as cargo knows.
    pub fn tests(&self) -> Tests {
        let mut tests = self.tests;
        tests.skip(self.skips.tests());
        tests
    }

    /// The reason of a failure, or else of skipped tests.
    pub fn reason(&self, log: &str) -> Option<String> {
        let skips = || self.skips.summary();
        let reason = (!self.passed()).then(|| self.ended.clone()).or_else(skips);
        reason.map(|reason| format!("{reason}; log: {log}"))
    }

    /// The programs for `triple`, chosen as [`Self::out_dir`] is.
    pub fn programs(&self, triple: &str) -> Vec<PathBuf> {
        let below = |path: &&PathBuf| path.iter().any(|part| part == triple);
        let programs: Vec<PathBuf> = self.programs.iter().filter(below).cloned().collect();
        if programs.is_empty() && self.out_dirs.len() == 1 {
            return self.programs.clone();
        }
        programs
    }

    /// The output directory for `triple`: the one that cargo put below the triple's name, or
    /// the only one.
    pub fn out_dir(&self, triple: &str) -> Option<&Path> {
        let below = |dir: &&PathBuf| dir.iter().any(|part| part == triple);
        let only = self.out_dirs.first().filter(|_| self.out_dirs.len() == 1);
        let dir = self.out_dirs.iter().find(below).or(only)?;
        Some(dir)
    }
}

/// An event of a running job.
pub enum Event<'a> {
    /// A line of output.
    Line(&'a str),
    /// cargo has built a package's files, or found them already built.
    Built(&'a Artifact),
    /// No output for a second.
    Silence,
}

enum Line {
    Out(String),
    Err(String),
}

/// Runs a job to its end; its output goes to `log`, except cargo's JSON messages.
pub fn run(job: &Job, log: &Path, on_event: &mut dyn FnMut(Event<'_>)) -> Result<Outcome, Failure> {
    let to_log = || format!("the log {}", log.display());
    let options = File::options().create(true).append(true).open(log);
    let mut file = options.with_context(to_log)?;
    writeln!(file, "$ {job}").with_context(to_log)?;
    let mut command = Command::new(&job.program);
    command
        .args(&job.args)
        .envs(job.env.iter().map(|(name, value)| (name, value)))
        .current_dir(&job.cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut guarded = match Guarded::spawn(&mut command) {
        Err(_) if interrupt::interrupted() => return Err(Failure::Interrupted),
        spawned => spawned.with_context(|| format!("{} can't be run", job.program))?,
    };
    let (send, lines) = mpsc::channel();
    let stdout = guarded.child.stdout.take().context("a pipe")?;
    let stderr = guarded.child.stderr.take().context("a pipe")?;
    let readers = [
        read_lines(stdout, send.clone(), Line::Out),
        read_lines(stderr, send, Line::Err),
    ];
    let mut outcome = Outcome::default();
    loop {
        let line = match lines.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                on_event(Event::Silence);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let text = match line {
            Line::Out(text) if text.starts_with("{\"reason\":") => {
                match serde_json::from_str(&text) {
                    Ok(Message::CompilerArtifact(artifact)) => {
                        let program = artifact.executable.clone();
                        outcome.programs.extend(program.map(Into::into));
                        on_event(Event::Built(&artifact));
                    }
                    Ok(message) => outcome.read_message(message),
                    Err(_) => {}
                }
                continue;
            }
            Line::Out(text) => {
                outcome.tests.add_line(&text);
                text
            }
            Line::Err(text) => {
                // Tests print their skips to stderr, past the harness's capture.
                outcome.skips.add_line(&text);
                text
            }
        };
        writeln!(file, "{text}").with_context(to_log)?;
        on_event(Event::Line(&text));
    }
    for reader in readers {
        // A reader ends only at the end of its pipe.
        let _ = reader.join();
    }
    let status = guarded.child.wait()?;
    if interrupt::interrupted() {
        return Err(Failure::Interrupted);
    }
    outcome.success = status.success();
    outcome.code = status.code();
    outcome.ended = status.to_string();
    Ok(outcome)
}

impl Outcome {
    fn read_message(&mut self, message: Message) {
        let Message::BuildScriptExecuted(script) = message else {
            return;
        };
        if script
            .linked_libs
            .iter()
            .any(|lib| lib.as_str().contains("snmalloc-shim"))
        {
            self.out_dirs.push(script.out_dir.into_std_path_buf());
        }
    }
}

fn read_lines(
    pipe: impl Read + Send + 'static,
    send: mpsc::Sender<Line>,
    wrap: fn(String) -> Line,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut bytes = Vec::new();
        // Not `lines()`: a test's output need not be UTF-8.
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            bytes.clear();
            if send.send(wrap(text)).is_err() {
                break;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Outcome, run};
    use crate::process::command::Job;

    #[cfg(target_os = "linux")]
    #[test]
    fn full_disk_is_reported_with_the_path() {
        let job = Job {
            program: "true".to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: "/".into(),
        };
        let ended = run(&job, Path::new("/dev/full"), &mut |_| {});
        let message = ended.err().and_then(|failure| failure.message()).unwrap();
        assert!(
            message.contains("the log /dev/full: No space left"),
            "{message}"
        );
    }

    #[test]
    fn each_target_has_its_own_output_directory() {
        let outcome = |dirs: &[&str]| Outcome {
            out_dirs: dirs.iter().map(Into::into).collect(),
            ..Outcome::default()
        };
        let one = outcome(&["/t/debug/build/s/out"]);
        assert_eq!(one.out_dir("a-b").unwrap(), one.out_dirs[0]);
        let two = outcome(&["/t/a-b/debug/out", "/t/a-b-c/debug/out"]);
        assert_eq!(two.out_dir("a-b-c").unwrap(), two.out_dirs[1]);
        assert_eq!(two.out_dir("x"), None);
    }

    #[test]
    fn failed_and_skipped_tests_are_reported_for_any_exit_code() {
        let mut outcome = Outcome {
            success: true,
            ended: "exit status: 0".to_owned(),
            ..Outcome::default()
        };
        outcome.tests.passed = 3;
        assert_eq!(outcome.reason("a.log"), None);
        outcome.skips.add_line("skipped: a::test: no zig");
        assert_eq!((outcome.tests().passed, outcome.tests().ignored), (2, 1));
        let reason = outcome.reason("a.log").unwrap();
        assert_eq!(reason, "1 skips: no zig (1); log: a.log");
        assert!(outcome.passed());
        outcome.tests.failed = 1;
        assert!(!outcome.passed());
        assert_eq!(
            outcome.reason("a.log").unwrap(),
            "exit status: 0; log: a.log"
        );
    }
}
