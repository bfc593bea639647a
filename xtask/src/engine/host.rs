//! Jobs on this machine.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use anyhow::Context as _;
use cargo_metadata::Message;

use crate::failure::Failure;
use crate::interrupt::{self, Guarded};
use crate::job::Job;
use crate::progress::Step;
use crate::report::Tests;

/// What a job left behind.
#[derive(Default)]
pub struct Outcome {
    pub success: bool,
    /// How it ended, in words.
    pub ended: String,
    pub tests: Tests,
    /// The output directory of snmalloc-sys's build script.
    pub out_dir: Option<PathBuf>,
}

enum Line {
    Out(String),
    Err(String),
}

/// Runs a job to its end; everything it prints goes to `log`.
pub fn run(job: &Job, log: &Path, step: &Step<'_>) -> Result<Outcome, Failure> {
    let mut log = File::options()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("the log {}", log.display()))?;
    writeln!(log, "$ {job}")?;
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
    for line in lines {
        let text = match line {
            Line::Out(text) if text.starts_with("{\"reason\":") => {
                outcome.read_message(&text);
                continue;
            }
            Line::Out(text) => {
                outcome.tests.add_line(&text);
                text
            }
            Line::Err(text) => text,
        };
        writeln!(log, "{text}")?;
        step.said(&text);
    }
    for reader in readers {
        // A reader only ends by the end of its pipe.
        let _ = reader.join();
    }
    let status = guarded.child.wait()?;
    if interrupt::interrupted() {
        return Err(Failure::Interrupted);
    }
    outcome.success = status.success();
    outcome.ended = status.to_string();
    Ok(outcome)
}

impl Outcome {
    fn read_message(&mut self, text: &str) {
        let Ok(Message::BuildScriptExecuted(script)) = serde_json::from_str(text) else {
            return;
        };
        if script
            .linked_libs
            .iter()
            .any(|lib| lib.as_str().contains("snmalloc-shim"))
        {
            self.out_dir = Some(script.out_dir.into_std_path_buf());
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
        // Not `lines()`: what a test prints need not be Unicode.
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
