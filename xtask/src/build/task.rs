//! A target and builder, before its jobs run.

use crate::plan::resolve::Resolved;
use crate::process::command::Job;
use crate::report::Row;

/// One target and builder, ready to run.
pub struct Task {
    /// The requested name: the triple, with the glibc version if one was given.
    pub name: String,
    pub resolved: Resolved,
    pub job: Job,
    /// Compiles what `job` runs; equal to `job` if that only compiles.
    pub compile: Job,
}

/// A resolved target and builder: a finished row, or a task to run.
pub enum Prepared {
    Skipped(Box<Row>),
    Ready(Box<Task>),
}

impl Prepared {
    pub fn task(&self) -> Option<&Task> {
        match self {
            Self::Skipped(_) => None,
            Self::Ready(task) => Some(task),
        }
    }
}
