//! Builds and tests the requested targets: from a request to the rows of its report.

mod batch;
mod execute;
mod prepare;
pub mod run;
mod task;
