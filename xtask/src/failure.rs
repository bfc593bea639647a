//! Errors that end a command, and their exit codes.

use std::process::ExitCode;

use snmalloc_toolchains::Error;

/// The reason why a command did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// Something ran and failed. Exit code 1.
    Failed(String),
    /// The arguments are invalid. Exit code 2.
    Usage(String),
    /// Something is missing on this machine. Exit code 3.
    Missing(Error),
    /// The printed report has the reason; this is the exit code.
    Reported(u8),
    /// Ctrl-C, or a termination signal. Exit code 130.
    Interrupted,
}

impl Failure {
    /// The message to print, if it hasn't been printed yet.
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Failed(text) | Self::Usage(text) => Some(text.clone()),
            Self::Missing(missing) => Some(missing.to_string()),
            Self::Interrupted => Some("interrupted".to_owned()),
            Self::Reported(_) => None,
        }
    }

    /// The exit code that `--help` documents.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Missing(_) => 3,
            Self::Reported(code) => *code,
            Self::Interrupted => 130,
        })
    }
}

impl From<Error> for Failure {
    fn from(missing: Error) -> Self {
        Self::Missing(missing)
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
