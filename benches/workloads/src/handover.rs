//! Blocks that are freed by another thread than the one that allocated them.

use std::sync::mpsc::sync_channel;
use std::thread;

use crate::Session;
use crate::block::Block;

/// The number of blocks that each thread of [`larson`] holds.
const HELD: usize = 1000;
/// The number of blocks that a thread replaces before it ends.
const LIFE: u64 = 20_000;

/// Threads replace some of their blocks at random and end; other threads inherit the rest.
/// Modelled on the server benchmark of Larson and Krishnan.
pub fn larson(session: &mut Session) -> u64 {
    let threads = session.threads;
    let rounds = session.iterations.div_ceil(LIFE * threads as u64);
    let mut random = fastrand::Rng::with_seed(3);
    let mut held: Vec<Vec<Block>> = (0..threads)
        .map(|_| {
            (0..HELD)
                .map(|_| Block::new(random.usize(8..=1000), 1))
                .collect()
        })
        .collect();
    // A short run must replace some blocks too.
    let life = LIFE.min(session.iterations);
    session.measure(|| {
        let mut sum = 0;
        for round in 0..rounds {
            sum += thread::scope(|scope| {
                let workers: Vec<_> = held
                    .iter_mut()
                    .enumerate()
                    .map(|(thread, blocks)| {
                        let seed = round << 8 | thread as u64;
                        scope.spawn(move || replace(blocks, life, seed))
                    })
                    .collect();
                workers
                    .into_iter()
                    .map(|worker| worker.join().expect("a worker ends well"))
                    .sum::<u64>()
            });
            held.rotate_left(1);
        }
        sum
    })
}

fn replace(blocks: &mut [Block], times: u64, seed: u64) -> u64 {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut sum = 0;
    for _ in 0..times {
        let place = random.usize(..blocks.len());
        let size = random.usize(8..=1000);
        let block = Block::new(size, size as u8);
        sum += std::mem::replace(&mut blocks[place], block).mark();
    }
    sum
}

/// The number of blocks that are handed over at once.
const PARCEL: u64 = 250;

/// Half of the threads allocate, the other half free.
pub fn cross_thread_free(session: &mut Session) -> u64 {
    let pairs = (session.threads / 2).max(1) as u64;
    let iterations = session.iterations;
    session.measure(|| {
        thread::scope(|scope| {
            let consumers: Vec<_> = (0..pairs)
                .map(|pair| {
                    let (send, parcels) = sync_channel::<Vec<Block>>(8);
                    let mut left = iterations.div_ceil(pairs);
                    scope.spawn(move || {
                        let mut random = fastrand::Rng::with_seed(pair);
                        while left > 0 {
                            let count = left.min(PARCEL);
                            left -= count;
                            let parcel = (0..count).map(|_| {
                                let size = random.usize(16..=256);
                                Block::new(size, size as u8)
                            });
                            if send.send(parcel.collect()).is_err() {
                                break;
                            }
                        }
                    });
                    scope.spawn(move || {
                        let blocks = parcels.iter().flatten();
                        blocks.map(|block| block.mark()).sum::<u64>()
                    })
                })
                .collect();
            consumers
                .into_iter()
                .map(|consumer| consumer.join().expect("a consumer ends well"))
                .sum()
        })
    })
}
