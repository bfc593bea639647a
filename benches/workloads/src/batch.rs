//! Allocates many blocks, then frees all.

use crate::Session;
use crate::block::Block;

/// The number of blocks that live at once.
const BLOCKS: usize = 1000;

/// Frees the blocks in the order of their allocation.
pub fn in_order(session: &mut Session) -> u64 {
    batches(session, |_, index| index)
}

/// Frees the blocks in reverse order.
pub fn reverse(session: &mut Session) -> u64 {
    batches(session, |_, index| BLOCKS - 1 - index)
}

/// Frees the blocks in a random order, which is drawn once.
pub fn random(session: &mut Session) -> u64 {
    let mut order: Vec<usize> = (0..BLOCKS).collect();
    fastrand::Rng::with_seed(7).shuffle(&mut order);
    batches(session, |blocks, index| {
        debug_assert_eq!(blocks.len(), order.len());
        order[index]
    })
}

fn batches(session: &mut Session, place: impl Fn(&[Option<Block>], usize) -> usize) -> u64 {
    let iterations = session.iterations;
    let mut random = fastrand::Rng::with_seed(1);
    let mut blocks: Vec<Option<Block>> = (0..BLOCKS).map(|_| None).collect();
    session.measure(|| {
        let mut sum = 0;
        for _ in 0..iterations {
            for slot in &mut blocks {
                let size = random.usize(16..=512);
                *slot = Some(Block::new(size, size as u8));
            }
            for index in 0..BLOCKS {
                let place = place(&blocks, index);
                sum += blocks[place].take().map_or(0, |block| block.mark());
            }
        }
        sum
    })
}
