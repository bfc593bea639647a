//! Runs cargo, with its output in a log.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::Context as _;
use cargo_metadata::Message;

use crate::context::{Context, cargo};
use crate::failure::Failure;
use crate::interrupt::{self, Guarded};

/// A call of cargo.
pub struct Call {
    pub args: Vec<String>,
    /// Added to the runner's own environment.
    pub env: Vec<(String, String)>,
    pub cwd: PathBuf,
}

/// Results of a call.
pub struct Outcome {
    pub success: bool,
    /// The programs that cargo names.
    pub programs: Vec<PathBuf>,
    pub log: PathBuf,
}

impl Call {
    /// Runs it to its end; the log is named after `name`, the step on the terminal `what`.
    pub fn run(&self, name: &str, what: &str, context: &Context) -> Result<Outcome, Failure> {
        let logs = context.target_dir().join("logs");
        fs::create_dir_all(&logs).with_context(|| logs.display().to_string())?;
        let path = logs.join(format!("{name}.log"));
        let mut log = File::create(&path).with_context(|| path.display().to_string())?;
        writeln!(log, "$ {}", self.shell_line())?;
        let step = context.progress.step(what.to_owned());
        let mut command = Command::new(cargo());
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.cwd)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut guarded = match Guarded::spawn(&mut command) {
            Err(_) if interrupt::interrupted() => return Err(Failure::Interrupted),
            spawned => spawned.context("can't run cargo")?,
        };
        let stdout = guarded.child.stdout.take().context("a pipe")?;
        let stderr = guarded.child.stderr.take().context("a pipe")?;
        let messages = thread::spawn(move || read_programs(stdout));
        for line in lines(stderr) {
            writeln!(log, "{line}")?;
            step.output(&line);
        }
        let programs = messages.join().unwrap_or_default();
        let success = guarded.child.wait()?.success();
        if interrupt::interrupted() {
            return Err(Failure::Interrupted);
        }
        step.end(if success { "done" } else { "failed" });
        Ok(Outcome {
            success,
            programs,
            log: path,
        })
    }

    /// The same as a line for a shell.
    fn shell_line(&self) -> String {
        let quoted = |text: &str| shell_words::quote(text).into_owned();
        let mut line = format!("cd {} && ", quoted(&self.cwd.to_string_lossy()));
        for (name, value) in &self.env {
            // Writing to a string doesn't fail.
            let _ = write!(line, "{name}={} ", quoted(value));
        }
        line.push_str(&shell_words::join(
            std::iter::once(&cargo()).chain(&self.args),
        ));
        line
    }
}

fn read_programs(pipe: impl Read) -> Vec<PathBuf> {
    let messages = Message::parse_stream(BufReader::new(pipe)).map_while(Result::ok);
    let programs = messages.filter_map(|message| match message {
        Message::CompilerArtifact(artifact) => artifact.executable,
        _ => None,
    });
    programs.map(Into::into).collect()
}

/// Lines of any bytes: what a compiler prints need not be Unicode.
fn lines(pipe: impl Read) -> impl Iterator<Item = String> {
    let lines = BufReader::new(pipe).split(b'\n').map_while(Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// The last lines of a log, and its path.
pub fn end_of(log: &Path) -> String {
    const MOST: usize = 8;
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let end = lines[lines.len().saturating_sub(MOST)..].join("\n");
    format!("{end}\nlog: {}", log.display())
}

#[cfg(test)]
mod tests {
    use super::Call;

    #[test]
    fn a_call_prints_as_a_shell_line() {
        let call = Call {
            args: vec!["build".to_owned(), "a b".to_owned()],
            env: vec![("FLAGS".to_owned(), "-g -O".to_owned())],
            cwd: "/it's".into(),
        };
        let line = call.shell_line();
        let words = shell_words::split(&line).expect("a shell reads it");
        assert_eq!(words[..3], ["cd", "/it's", "&&"]);
        assert_eq!(words[3], "FLAGS=-g -O");
        assert_eq!(words[5..], ["build", "a b"]);
    }
}
