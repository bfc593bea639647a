//! A target and builder, before its jobs run.

use crate::plan::resolve::Resolved;
use crate::process::command::Job;

/// One target and builder, ready to run.
pub struct Task {
    /// The requested name: the triple, with the glibc version if one was given.
    pub name: String,
    pub resolved: Resolved,
    pub job: Job,
    /// Compiles what `job` runs; equal to `job` if that only compiles.
    pub compile: Job,
}
