//! A command as data, so that it can be printed, tested, and run by any engine.

use std::fmt;
use std::path::PathBuf;

use crate::process::quote;

/// One command, with the environment variables it adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub program: String,
    pub args: Vec<String>,
    /// Added to xtask's own environment.
    pub env: Vec<(String, String)>,
    pub cwd: PathBuf,
}

impl Job {
    /// The value that the job sets a variable to.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let set = self.env.iter().rev().find(|(other, _)| other == name);
        set.map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for Job {
    /// Formats the job as a command that a user can paste into a shell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cd {} && ", quote::sh(&self.cwd.to_string_lossy()))?;
        for (name, value) in &self.env {
            write!(f, "{name}={} ", quote::sh(value))?;
        }
        f.write_str(&quote::sh(&self.program))?;
        for arg in &self.args {
            write!(f, " {}", quote::sh(arg))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Job;

    #[test]
    fn job_prints_as_a_shell_command() {
        let job = Job {
            program: "cargo".to_owned(),
            args: vec![
                "build".to_owned(),
                "--features".to_owned(),
                "a b".to_owned(),
            ],
            env: vec![("RUNNER".to_owned(), "qemu -L /usr".to_owned())],
            cwd: "/it's here".into(),
        };
        let command = job.to_string();
        assert_eq!(
            command,
            r"cd '/it'\''s here' && RUNNER='qemu -L /usr' cargo build --features 'a b'"
        );
        // A shell splits the printed command into the same words.
        let args = shell_words::split(&command).unwrap();
        assert_eq!(args[1], "/it's here");
        assert_eq!(args.last().unwrap(), "a b");
    }
}
