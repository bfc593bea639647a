//! A heap that stays full while its blocks are replaced.

use std::thread;

use crate::Session;
use crate::block::{Block, mixed_size};

/// The number of live blocks, in all threads together.
const LIVE: usize = 100_000;

/// In one thread.
pub fn single(session: &mut Session) -> u64 {
    let mut heap = Heap::new(LIVE, 1);
    let iterations = session.iterations;
    session.measure(|| heap.replace(iterations))
}

/// In several threads, each with its own blocks.
pub fn threads(session: &mut Session) -> u64 {
    let threads = session.threads;
    let each = session.iterations.div_ceil(threads as u64);
    let mut heaps: Vec<Heap> = (0..threads)
        .map(|thread| Heap::new(LIVE / threads, thread as u64))
        .collect();
    session.measure(|| {
        thread::scope(|scope| {
            let workers: Vec<_> = heaps
                .iter_mut()
                .map(|heap| scope.spawn(move || heap.replace(each)))
                .collect();
            workers
                .into_iter()
                .map(|worker| worker.join().expect("a worker ends well"))
                .sum()
        })
    })
}

struct Heap {
    blocks: Vec<Block>,
    random: fastrand::Rng,
}

impl Heap {
    fn new(live: usize, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let blocks = (0..live)
            .map(|_| Block::new(mixed_size(&mut random), 1))
            .collect();
        Self { blocks, random }
    }

    fn replace(&mut self, times: u64) -> u64 {
        let mut sum = 0;
        for _ in 0..times {
            let place = self.random.usize(..self.blocks.len());
            let mark = self.random.u8(..);
            let block = Block::new(mixed_size(&mut self.random), mark);
            sum += std::mem::replace(&mut self.blocks[place], block).mark();
        }
        sum
    }
}
