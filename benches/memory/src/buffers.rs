//! Large blocks in one thread.

use std::collections::VecDeque;
use std::thread;
use std::time::Duration;

use crate::Meter;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// A block that is written from start to end.
pub fn filled(size: usize, mark: u8) -> Vec<u8> {
    // The kernel might not back a zeroed block with memory.
    vec![mark | 1; size]
}

/// Checks that a block still has its contents.
pub fn check(block: &[u8], mark: u8) {
    let places = block.iter().step_by(4 * KIB).chain(block.last());
    for byte in places {
        assert_eq!(
            *byte,
            mark | 1,
            "a block of {} bytes has changed",
            block.len()
        );
    }
}

/// Fills blocks of random sizes, until they have the given number of bytes in total.
pub fn filled_up(bytes: usize, sizes: impl Fn(&mut fastrand::Rng) -> usize) -> Vec<Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(14);
    let mut blocks = Vec::new();
    let mut left = bytes;
    while left > 0 {
        let size = sizes(&mut random).min(left);
        left -= size;
        blocks.push(filled(size, blocks.len() as u8));
    }
    blocks
}

/// Checks and frees blocks that [`filled_up`] made.
pub fn free_all(blocks: Vec<Vec<u8>>) {
    for (number, block) in blocks.into_iter().enumerate() {
        check(&block, number as u8);
    }
}

/// One buffer at a time up to the given number of MiB, then several.
pub fn one_at_a_time(meter: &mut Meter, largest_mib: u64) {
    let largest = largest_mib as usize;
    let held = meter.work(|meter| {
        for mib in 1..=largest {
            let buffer = filled(mib * MIB, mib as u8);
            check(&buffer, mib as u8);
        }
        meter.live(largest_mib << 20);
        thread::sleep(Duration::from_secs(1));
        meter.point("one-at-a-time");
        filled_up(128 * MIB, |random| random.usize(MIB..=32 * MIB))
    });
    meter.rest(128 << 20);
    free_all(held);
    meter.point("freed");
}

/// Replaces random blocks; sizes are evenly distributed over the powers of two.
pub fn mixed_sizes(meter: &mut Meter, replacements: u64) {
    const LIVE: usize = 200 * MIB;
    let held = meter.work(|meter| {
        let mut random = fastrand::Rng::with_seed(7);
        let mut blocks: Vec<(Vec<u8>, u8)> = Vec::new();
        let mut live = 0;
        for number in 0..replacements {
            let size = (KIB as f64 * 16384_f64.powf(random.f64())) as usize;
            while live + size > LIVE {
                let (block, mark) = blocks.swap_remove(random.usize(..blocks.len()));
                check(&block, mark);
                live -= block.len();
            }
            live += size;
            meter.live(live as u64);
            blocks.push((filled(size, number as u8), number as u8));
        }
        meter.count_mappings();
        blocks
    });
    let bytes: usize = held.iter().map(|(block, _)| block.len()).sum();
    meter.rest(bytes as u64);
    for (block, mark) in held {
        check(&block, mark);
    }
    meter.point("freed");
}

/// Allocates the given number of MiB, then frees it.
pub fn burst_large(meter: &mut Meter, mib: u64) {
    meter.work(|meter| {
        let blocks = filled_up(mib as usize * MIB, |random| random.usize(MIB..=16 * MIB));
        meter.live(mib << 20);
        meter.count_mappings();
        free_all(blocks);
    });
    meter.rest(0);
}

/// A burst, then a single free from time to time.
pub fn burst_slow_frees(meter: &mut Meter, frees: u64) {
    meter.work(|meter| {
        let mut slow: VecDeque<Vec<u8>> = (0..frees).map(|_| filled(2 * MIB, 5)).collect();
        let blocks = filled_up(256 * MIB, |random| random.usize(MIB..=8 * MIB));
        meter.live((256 + 2 * frees) << 20);
        meter.count_mappings();
        free_all(blocks);
        while let Some(block) = slow.pop_front() {
            thread::sleep(Duration::from_millis(500));
            check(&block, 5);
        }
    });
    meter.rest(0);
}
