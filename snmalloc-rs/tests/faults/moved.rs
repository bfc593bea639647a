// SPDX-License-Identifier: MIT
//! Another thread gets memory where pages were, before the thread that moves them can map it again.

use std::alloc::{GlobalAlloc as _, Layout};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::thread;

use snmalloc_rs::SnMalloc;

use super::calls::{HOLE, HOLE_DONE, HOLE_FILLED, LEAVES_HOLE};
use super::runs_itself;

const MIB: usize = 1 << 20;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 16).expect("a layout")
}

/// Allocates blocks until one lies in the hole; then frees them.
fn fill_hole() {
    const SIZE: usize = 64 * MIB;
    while HOLE.load(Acquire) == 0 {
        std::hint::spin_loop();
    }
    let mut blocks = Vec::new();
    while !HOLE_FILLED.load(Relaxed) && blocks.len() < 64 {
        // SAFETY: the size isn't 0; the block has its first byte.
        unsafe {
            let block = SnMalloc.alloc(layout(SIZE));
            assert!(!block.is_null());
            block.write(blocks.len() as u8);
            blocks.push(block);
        }
    }
    HOLE_DONE.store(true, Release);
    while HOLE.load(Acquire) != 0 {
        std::hint::spin_loop();
    }
    for (n, block) in blocks.into_iter().enumerate() {
        // SAFETY: the block is live, and freed as it was allocated.
        unsafe {
            assert_eq!(block.read(), n as u8);
            SnMalloc.dealloc(block, layout(SIZE));
        }
    }
}

#[test]
fn memory_that_pages_left_may_be_another_threads() {
    const SIZE: usize = 200 * MIB;
    if runs_itself("moved::memory_that_pages_left_may_be_another_threads") {
        return;
    }
    // SAFETY: ends a process that hangs.
    unsafe { libc::alarm(120) };
    thread::scope(|scope| {
        scope.spawn(fill_hole);
        // SAFETY: the block is resized and freed as it was allocated, and has these bytes.
        unsafe {
            let block = SnMalloc.alloc(layout(SIZE));
            block.write(7);
            LEAVES_HOLE.store(true, Relaxed);
            let moved = SnMalloc.realloc(block, layout(SIZE), 3 * SIZE);
            assert!(HOLE_FILLED.load(Relaxed), "no other thread got the memory");
            HOLE.store(0, Release);
            assert_eq!(moved.read(), 7);
            SnMalloc.dealloc(moved, layout(3 * SIZE));
        }
    });
}
