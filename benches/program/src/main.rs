//! Runs one workload with one allocator and prints its cost as one line of JSON:
//! `snmalloc-bench WORKLOAD --iterations N --threads N`.
//!
//! `cargo xtask bench` runs it; one program is built for each allocator.

mod allocator;

use std::process::ExitCode;

use snmalloc_bench_workloads::{ONCE, RUNS, command, once};

fn main() -> ExitCode {
    // This path makes no other allocation.
    let mut args = std::env::args_os().skip(1);
    if args.len() == 1 && args.next().is_some_and(|arg| arg == ONCE) {
        once();
        return ExitCode::SUCCESS;
    }
    command(RUNS, allocator::version)
}
