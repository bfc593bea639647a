//! Blocks of many pages.

use std::hint::black_box;

use crate::Session;
use crate::block::Block;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
/// Pages are at least this large.
const PAGE: usize = 4 * KIB;

/// 16 blocks live; the first and the last byte of each are written.
pub fn medium(session: &mut Session) -> u64 {
    let iterations = session.iterations;
    let mut random = fastrand::Rng::with_seed(4);
    session.measure(|| {
        let mut live: [Option<Block>; 16] = std::array::from_fn(|_| None);
        let mut sum = 0;
        for i in 0..iterations {
            let place = random.usize(..live.len());
            let block = Block::new(random.usize(16 * KIB..=256 * KIB), i as u8);
            sum += i + live[place].replace(block).map_or(0, |old| old.mark());
        }
        sum
    })
}

/// One block at a time; its first and last byte are written.
pub fn pairs(session: &mut Session) -> u64 {
    let iterations = session.iterations;
    let mut random = fastrand::Rng::with_seed(5);
    session.measure(|| {
        let sizes = (0..iterations).map(|_| random.usize(MIB..=8 * MIB));
        sizes
            .map(|size| black_box(Block::new(size, size as u8 | 1)).mark())
            .sum()
    })
}

/// One block at a time, every page written.
pub fn touched(session: &mut Session) -> u64 {
    let iterations = session.iterations;
    let mut random = fastrand::Rng::with_seed(6);
    session.measure(|| {
        let sizes = (0..iterations).map(|_| random.usize(MIB..=4 * MIB));
        sizes
            .map(|size| {
                let mut block = Block::new(size, size as u8 | 1);
                block.touch();
                black_box(block).mark()
            })
            .sum()
    })
}

/// A large table that is hardly used.
pub fn zeroed_sparse(session: &mut Session) -> u64 {
    zeroed(session, 48 * MIB, MIB)
}

/// A large table that is filled.
pub fn zeroed_touched(session: &mut Session) -> u64 {
    zeroed(session, 6 * MIB, PAGE)
}

/// Zeroed blocks of `size` bytes; one byte of every `step` bytes is read and written.
fn zeroed(session: &mut Session, size: usize, step: usize) -> u64 {
    let iterations = session.iterations;
    session.measure(|| {
        let mut sum = 0;
        for i in 0..iterations {
            let mut block = black_box(vec![0_u8; size]);
            for part in block.chunks_mut(step) {
                // Leftovers of an earlier block would change the sum.
                sum += u64::from(part[0]) + i + 1;
                part[0] = 1;
            }
            black_box(block);
        }
        sum
    })
}
