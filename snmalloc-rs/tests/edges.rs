// SPDX-License-Identifier: MIT
//! Edge cases of the contract of `GlobalAlloc`.

use std::alloc::{GlobalAlloc as _, Layout};

use snmalloc_rs::SnMalloc;

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a valid layout")
}

/// A block that is freed when dropped, so that a failed assertion leaks nothing.
struct Block {
    ptr: *mut u8,
    layout: Layout,
}

impl Block {
    fn new(size: usize, align: usize) -> Self {
        let layout = layout(size, align);
        // SAFETY: any layout may be requested.
        let ptr = unsafe { SnMalloc.alloc(layout) };
        assert!(!ptr.is_null(), "no memory for {layout:?}");
        assert_eq!(ptr as usize % align, 0, "{layout:?} is misaligned");
        Self { ptr, layout }
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the block is live, ours alone, and that long.
        unsafe { std::slice::from_raw_parts_mut(self.ptr, self.layout.size()) }
    }

    fn resize(&mut self, size: usize) {
        // SAFETY: the block is live and has this layout.
        let ptr = unsafe { SnMalloc.realloc(self.ptr, self.layout, size) };
        assert!(!ptr.is_null());
        assert_eq!(ptr as usize % self.layout.align(), 0);
        self.ptr = ptr;
        self.layout = layout(size, self.layout.align());
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block is live and has this layout.
        unsafe { SnMalloc.dealloc(self.ptr, self.layout) }
    }
}

/// A byte that depends on its offset, which reveals a shifted copy.
fn pattern(index: usize) -> u8 {
    (index.wrapping_mul(31) >> 3) as u8
}

fn fill(bytes: &mut [u8]) {
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = pattern(index);
    }
}

fn assert_filled(bytes: &[u8]) {
    let wrong = bytes
        .iter()
        .enumerate()
        .position(|(index, byte)| *byte != pattern(index));
    assert_eq!(wrong, None, "of {} bytes", bytes.len());
}

#[test]
fn size_zero_gets_a_block_like_any_other() {
    for align in [1, 8, 64, 4096] {
        // SAFETY: the trait forbids size 0; this allocator documents its result.
        unsafe {
            let ptr = SnMalloc.alloc(layout(0, align));
            let zeroed = SnMalloc.alloc_zeroed(layout(0, align));
            assert!(!ptr.is_null() && !zeroed.is_null() && ptr != zeroed);
            SnMalloc.dealloc(ptr, layout(0, align));
            SnMalloc.dealloc(zeroed, layout(0, align));
        }
        let block = SnMalloc.alloc_aligned(layout(0, align)).expect("memory");
        assert_eq!(block.as_ptr() as usize % align, 0);
        // SAFETY: the block is ours, allocated with this layout.
        unsafe { SnMalloc.dealloc(block.as_ptr(), layout(0, align)) };
    }
}

#[test]
fn realloc_from_and_to_size_zero() {
    // SAFETY: the trait forbids size 0; this allocator documents its result.
    unsafe {
        let empty = SnMalloc.alloc(layout(0, 16));
        let block = SnMalloc.realloc(empty, layout(0, 16), 100);
        assert!(!block.is_null());
        block.write_bytes(7, 100);
        let empty = SnMalloc.realloc(block, layout(100, 16), 0);
        assert!(!empty.is_null());
        SnMalloc.dealloc(empty, layout(0, 16));
    }
}

#[test]
fn a_layout_is_folded_as_the_allocator_rounds_it() {
    // A larger block may get a cached chunk that is larger than requested.
    let sizes = (1..200).chain((8..19).flat_map(|bits| {
        let size = 1 << bits;
        [size - 1, size, size + 1, size + size / 2]
    }));
    for size in sizes {
        for align in (0..13).map(|bits| 1 << bits) {
            let layout = layout(size, align);
            // SAFETY: each block is freed with its own layout.
            unsafe {
                let folded = SnMalloc.alloc(layout);
                let told = snmalloc_sys::sn_rust_alloc(align, size);
                assert_eq!(folded as usize % align, 0, "{layout:?}");
                assert_eq!(
                    SnMalloc.usable_size(folded),
                    SnMalloc.usable_size(told.cast()),
                    "{layout:?}"
                );
                SnMalloc.dealloc(folded, layout);
                snmalloc_sys::sn_rust_dealloc(told, align, size);
            }
        }
    }
}

#[test]
fn every_small_size_is_usable_to_its_end() {
    let mut blocks: Vec<Block> = (1..2000).map(|size| Block::new(size, 1)).collect();
    for block in &mut blocks {
        fill(block.bytes());
    }
    for block in &mut blocks {
        assert_filled(block.bytes());
    }
}

#[test]
fn sizes_around_powers_of_two() {
    for bits in 4..26 {
        for size in [(1 << bits) - 1, 1 << bits, (1 << bits) + 1] {
            let mut block = Block::new(size, 8);
            let bytes = block.bytes();
            (bytes[0], bytes[size - 1]) = (1, 2);
            assert_eq!((bytes[0], bytes[size - 1]), (1, 2));
        }
    }
}

#[test]
fn alignments_up_to_a_gibibyte() {
    let most = if cfg!(target_pointer_width = "32") {
        24
    } else {
        30
    };
    for bits in 0..=most {
        for size in [1, 100, 5000] {
            let mut block = Block::new(size, 1 << bits);
            block.bytes()[size - 1] = 1;
        }
    }
}

#[test]
fn zeroed_memory_is_zero_even_when_it_was_used_before() {
    for size in [1, 16, 48, 100, 4096, 70_000, 1 << 20, 5 << 20] {
        for _ in 0..3 {
            let mut dirty = Block::new(size, 8);
            dirty.bytes().fill(0xAA);
            drop(dirty);
            let layout = layout(size, 8);
            // SAFETY: any layout may be requested; the block is then ours.
            let mut clean = unsafe {
                let ptr = SnMalloc.alloc_zeroed(layout);
                assert!(!ptr.is_null());
                Block { ptr, layout }
            };
            assert!(clean.bytes().iter().all(|byte| *byte == 0), "size {size}");
        }
    }
}

#[test]
fn impossible_requests_return_null() {
    let most = isize::MAX as usize;
    for (size, align) in [
        (most, 1),
        (most - 7, 8),
        (most - 4095, 4096),
        (most - ((1 << 30) - 1), 1 << 30),
        (most / 2 + 1, 1),
    ] {
        let layout = layout(size, align);
        // SAFETY: any layout may be requested.
        unsafe {
            assert!(SnMalloc.alloc(layout).is_null(), "{layout:?}");
            assert!(SnMalloc.alloc_zeroed(layout).is_null(), "{layout:?}");
        }
        assert!(SnMalloc.alloc_aligned(layout).is_none(), "{layout:?}");
    }
    // The allocator still works.
    Block::new(100, 8).bytes().fill(1);
}

#[test]
fn a_failed_realloc_leaves_the_block_as_it_was() {
    let mut block = Block::new(1000, 8);
    fill(block.bytes());
    // SAFETY: the block is live and has this layout.
    let grown = unsafe { SnMalloc.realloc(block.ptr, block.layout, isize::MAX as usize - 7) };
    assert!(grown.is_null());
    assert_filled(block.bytes());
}

#[test]
fn realloc_grows_and_keeps_content() {
    let mut block = Block::new(1, 1);
    for size in [
        1,
        2,
        15,
        16,
        17,
        100,
        5000,
        16_384,
        70_000,
        1 << 20,
        3 << 20,
    ] {
        block.resize(size);
        fill(block.bytes());
        block.resize(size * 2);
        assert_filled(&block.bytes()[..size]);
    }
}

#[test]
fn realloc_shrinks_and_keeps_content() {
    let mut block = Block::new(3 << 20, 8);
    fill(block.bytes());
    for size in [2 << 20, 100_000, 16_384, 5000, 100, 17, 1] {
        block.resize(size);
        assert_filled(block.bytes());
    }
}

#[test]
fn realloc_keeps_alignment() {
    for align in [16, 64, 4096, 1 << 16, 1 << 21] {
        let mut block = Block::new(10, align);
        for size in [100, 5000, 100_000, 1 << 22, 100] {
            fill(&mut block.bytes()[..10]);
            block.resize(size);
            assert_filled(&block.bytes()[..10]);
        }
    }
}

#[test]
fn usable_size_covers_the_requested_size() {
    assert_eq!(SnMalloc.usable_size(std::ptr::null()), None);
    for size in [1, 8, 9, 100, 5000, 1 << 17, 1 << 19] {
        let block = Block::new(size, 8);
        let usable = SnMalloc.usable_size(block.ptr).expect("not null");
        assert!(
            usable >= size && usable <= 2 * size.max(16),
            "{size}: {usable}"
        );
    }
}

#[test]
fn blocks_are_disjoint() {
    let mut spans: Vec<(usize, Block)> = (0..5000)
        .map(|n| {
            let block = Block::new(1 + n % 777, 1 << (n % 7));
            (block.ptr as usize, block)
        })
        .collect();
    spans.sort_by_key(|(start, _)| *start);
    for pair in spans.windows(2) {
        assert!(pair[0].0 + pair[0].1.layout.size() <= pair[1].0);
    }
}

#[test]
fn alloc_aligned_is_alloc() {
    let layout = layout(777, 64);
    let block = SnMalloc::new().alloc_aligned(layout).expect("memory");
    assert_eq!(block.as_ptr() as usize % 64, 0);
    // SAFETY: the block was just allocated with this layout.
    unsafe { SnMalloc.dealloc(block.as_ptr(), layout) };
}
