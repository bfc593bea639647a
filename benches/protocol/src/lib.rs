//! What `cargo xtask bench` and the programs it runs know of each other: which
//! workloads there are, and how a program tells what it measured.

mod memory;
mod sample;
mod table;

pub use memory::{MemorySample, PROGRAMS, Point, Program, Window, program};
pub use sample::Sample;
pub use table::{WORKLOADS, Workload, workload};
