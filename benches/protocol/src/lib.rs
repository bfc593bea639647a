//! The interface between `cargo xtask bench` and its programs: the list of workloads, and
//! the format of the measurements.

mod memory;
mod programs;
mod sample;
mod table;

pub use memory::{MemorySample, PROGRAMS, Point, Program, Window, program};
pub use programs::CRATE_PROGRAMS;
pub use sample::Sample;
pub use table::{WORKLOADS, Workload, workload};
