//! Errors of a run, and the exit code of each.

use std::process::ExitCode;

/// The reason why the run failed.
#[derive(Debug)]
pub enum Failure {
    /// A program ran and failed. Exit code 1.
    Failed(String),
    /// The arguments are wrong. Exit code 2.
    Usage(String),
    /// Ctrl-C, or a signal to terminate. Exit code 130.
    Interrupted,
}

impl Failure {
    pub fn message(&self) -> &str {
        match self {
            Self::Failed(text) | Self::Usage(text) => text,
            Self::Interrupted => "interrupted",
        }
    }

    /// The exit code that `--help` documents.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Interrupted => 130,
        })
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
