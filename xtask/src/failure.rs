//! How a command ends when it doesn't end well, and the exit code for it.

use std::process::ExitCode;

use snmalloc_toolchains::Missing;

/// Why a command did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// Something ran and failed; what it was has been shown. Exit code 1.
    Failed(String),
    /// The command line asks for what doesn't exist. Exit code 2.
    Usage(String),
    /// Something isn't on this machine. Exit code 3.
    Missing(Missing),
    /// The report that was printed says it; the exit code is this one.
    Reported(u8),
    /// Ctrl-C, or a signal to end.
    Interrupted,
}

impl Failure {
    /// What is still to be said.
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

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
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
