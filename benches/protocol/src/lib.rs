//! What `cargo xtask bench` and the programs it runs know of each other: which
//! workloads there are, and how a program tells what it measured.

mod sample;
mod table;

pub use sample::Sample;
pub use table::{WORKLOADS, Workload, workload};
