// SPDX-License-Identifier: MIT
//! A freed block must no longer be found. This is a single test, and it looks for blocks as large
//! as the freed one: the test runner's own thread may get the memory meanwhile.

use std::alloc::{GlobalAlloc as _, Layout};
use std::ptr::NonNull;

use snmalloc_rs::SnMalloc;

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a valid layout")
}

/// Returns true if a block of `size` bytes or more is found at `address`.
fn is_in_block_of(size: usize, address: *mut u8) -> bool {
    SnMalloc::object_size(address).is_some_and(|found| found >= size)
}

#[test]
fn freed_memory_is_not_a_block() {
    no_byte_of_a_freed_large_block_is_found();
    what_a_shrunk_block_gave_back_is_not_its_own();
}

fn no_byte_of_a_freed_large_block_is_found() {
    // Sizes cached globally, cached by this thread, and returned to the OS.
    for size in [70_000, 1 << 17, 1 << 20, 8 << 20, 100 << 20] {
        let layout = layout(size, 8);
        // SAFETY: the size isn't 0; the block is freed as it was allocated.
        let freed = unsafe {
            let block = SnMalloc.alloc(layout);
            assert!(is_in_block_of(size, block.add(size - 1)));
            SnMalloc.dealloc(block, layout);
            block
        };
        for offset in (0..size).step_by(16 << 10).chain([1, size - 1]) {
            let inside = freed.wrapping_add(offset);
            assert!(!is_in_block_of(size, inside), "{offset} of {size}");
        }
        SnMalloc::release_unused();
        assert!(!is_in_block_of(size, freed.wrapping_add(size - 1)));
    }
}

fn what_a_shrunk_block_gave_back_is_not_its_own() {
    let (from, to) = (layout(8 << 20, 8), 1 << 20);
    // SAFETY: the size isn't 0; the block is live, and freed with its last layout.
    unsafe {
        let block = SnMalloc.alloc(from);
        let block = SnMalloc.realloc(block, from, to);
        let size = SnMalloc::object_size(block.add(to - 1)).expect("a block");
        assert!(size >= to);
        for offset in (size..8 << 20).step_by(16 << 10) {
            assert_ne!(
                SnMalloc::object_start(block.wrapping_add(offset)).map(NonNull::as_ptr),
                Some(block)
            );
        }
        SnMalloc.dealloc(block, layout(to, 8));
    }
}
