//! The fast path of an allocator: one block, freed at once. The loops themselves take few
//! instructions, because the instructions are counted.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::hint::black_box;

use crate::Session;

/// 48 bytes, one word written.
pub fn pair_of_48(session: &mut Session) -> u64 {
    let iterations = session.iterations;
    session.measure(|| {
        for i in 0..iterations {
            drop(written::<[u64; 6]>(i));
        }
    });
    iterations
}

/// 64 bytes that are zero, one word read and written.
pub fn zeroed_64(session: &mut Session) -> u64 {
    let iterations = session.iterations;
    let layout = Layout::new::<[u64; 8]>();
    let found = session.measure(|| {
        let mut found = 0;
        for i in 0..iterations {
            // SAFETY: the layout isn't empty, the word lies in it, and the block is freed
            // with it, once.
            unsafe {
                let block = alloc_zeroed(layout);
                if block.is_null() {
                    handle_alloc_error(layout);
                }
                let block = black_box(block);
                let last = block.cast::<u64>().add(7);
                found |= last.read();
                // The next block must be zero again.
                last.write(i);
                dealloc(block, layout);
            }
        }
        found
    });
    // A word that is not zero changes the result.
    iterations + found
}

/// Two boxes that live at the same time.
pub fn box_pair(session: &mut Session) -> u64 {
    let iterations = session.iterations;
    session.measure(|| {
        for i in 0..iterations {
            let boxes = (written::<[u64; 3]>(i), written::<[u64; 6]>(i));
            drop(boxes);
        }
    });
    iterations
}

/// A new block with its first word written, which the compiler must treat as used.
#[inline(always)]
fn written<T>(word: u64) -> Box<std::mem::MaybeUninit<T>> {
    const { assert!(size_of::<T>() >= 8 && align_of::<T>() >= 8) };
    let mut block = Box::<T>::new_uninit();
    let first = block.as_mut_ptr().cast::<u64>();
    // SAFETY: the block is large enough for a word, and aligned to one.
    unsafe { first.write(word) };
    black_box(first);
    block
}
