//! The allocator's cost for a process and a thread that hardly use it.

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::thread;

use crate::Session;
use crate::block::Block;

/// The argument that makes the program run [`once`] and exit.
pub const ONCE: &str = "--once";

/// Allocates once.
pub fn once() {
    black_box(Block::new(48, 1));
}

/// Starts this program repeatedly, to allocate once. Measures the whole cost of these
/// processes, from their first instruction.
pub fn start_up(session: &mut Session) -> u64 {
    let program = std::env::current_exe().expect("a program knows where it is");
    let iterations = session.iterations;
    session.measure_children(|| {
        let ended_well = (0..iterations).filter(|_| {
            let mut command = Command::new(&program);
            let command = command.arg(ONCE).stdin(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        });
        ended_well.count() as u64
    })
}

/// Starts the session's number of threads at once; they end before others begin.
pub fn threads(session: &mut Session) -> u64 {
    let at_once = session.threads as u64;
    let iterations = session.iterations;
    session.measure(|| {
        let mut sum = 0;
        for first in (0..iterations).step_by(session_step(at_once)) {
            let last = iterations.min(first + at_once);
            sum += thread::scope(|scope| {
                let workers: Vec<_> = (first..last)
                    .map(|seed| scope.spawn(move || short_life(seed)))
                    .collect();
                workers
                    .into_iter()
                    .map(|worker| worker.join().expect("a worker ends well"))
                    .sum::<u64>()
            });
        }
        sum
    })
}

fn session_step(at_once: u64) -> usize {
    usize::try_from(at_once).unwrap_or(1)
}

fn short_life(seed: u64) -> u64 {
    let mut random = fastrand::Rng::with_seed(seed);
    let blocks: Vec<Block> = (0..100)
        .map(|_| Block::new(random.usize(16..=512), seed as u8 | 1))
        .collect();
    blocks.iter().map(Block::mark).sum()
}
