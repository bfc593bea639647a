//! Programs whose memory is measured.
//!
//! Each allocates like a certain kind of real program, and tells a [`Meter`] when to sample
//! the memory of the process. Blocks are filled, and checked before they are freed.

mod buffers;
mod json;
mod limited;
mod meter;
mod os;
mod owner;
mod pool;
mod service;
mod threads;
mod vectors;

pub use meter::{Hooks, Meter};

use snmalloc_bench_protocol::MemorySample;

/// Does the given amount of work, and measures it.
type Run = fn(&mut Meter, u64);

/// Runs the program with this name; `idle` lists the seconds of idle time after which the
/// memory is sampled.
///
/// # Errors
/// No program has this name, or it can't run on this platform.
pub fn run(name: &str, amount: u64, idle: Vec<u64>, hooks: Hooks) -> Result<MemorySample, String> {
    let Some((_, run)) = RUNS.iter().find(|(other, _)| *other == name) else {
        return Err(format!("no memory program is called `{name}`"));
    };
    if !cfg!(target_os = "linux") {
        return Err("memory is read from /proc, which only Linux has".to_owned());
    }
    let program = snmalloc_bench_protocol::program(name).ok_or("it is not in the table")?;
    if program.needs_release && hooks.release.is_none() {
        return Err(format!("`{name}` needs an allocator with `release_unused`"));
    }
    os::enough_memory(program.needs_bytes)?;
    let mut meter = Meter::new(idle, hooks);
    run(&mut meter, amount);
    Ok(meter.sample(name, amount))
}

const RUNS: &[(&str, Run)] = &[
    ("service", service::run),
    ("scratch-grown-2m", vectors::scratch_grown_2m),
    ("scratch-grown-600k", vectors::scratch_grown_600k),
    ("owner-waits-large", owner::large),
    ("owner-waits-medium", owner::medium),
    ("owner-waits-small", owner::small),
    ("pool-columns-32m", pool::columns_32m),
    ("pool-columns-16m", pool::columns_16m),
    ("one-at-a-time", buffers::one_at_a_time),
    ("mixed-sizes", buffers::mixed_sizes),
    ("burst-large", buffers::burst_large),
    ("grown-many", vectors::grown_many),
    ("threads-at-once", threads::at_once),
    ("burst-slow-frees", buffers::burst_slow_frees),
    ("limited-200m", limited::run),
    ("limited-10m", limited::run),
    ("threads-release", threads::release),
    ("json-print", json::run),
];

#[cfg(test)]
mod tests {
    use super::RUNS;
    use snmalloc_bench_protocol::PROGRAMS;

    #[test]
    fn the_table_lists_every_program() {
        let listed: Vec<&str> = PROGRAMS.iter().map(|program| program.name).collect();
        let found: Vec<&str> = RUNS.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, found);
    }
}
