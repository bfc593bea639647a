// SPDX-License-Identifier: MIT
//! Resizes blocks in place, and looks up blocks by addresses of any kind.

use std::alloc::{GlobalAlloc as _, Layout};
use std::ptr;

use snmalloc_rs::SnMalloc;

/// Size of the smallest block in bytes.
const SMALLEST: usize = 2 * size_of::<usize>();

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a valid layout")
}

/// Calls `look` with a block of that layout.
fn with_block<T>(layout: Layout, look: impl FnOnce(*mut u8) -> T) -> T {
    // SAFETY: the size isn't 0; the block is freed as it was allocated.
    unsafe {
        let block = SnMalloc.alloc(layout);
        assert!(!block.is_null());
        let seen = look(block);
        SnMalloc.dealloc(block, layout);
        seen
    }
}

#[test]
fn every_byte_of_a_block_leads_to_its_start() {
    let sizes = (1..300).chain([
        4000,
        14_336,
        20_480,
        57_344,
        65_536,
        65_537,
        1 << 20,
        9 << 20,
    ]);
    for size in sizes {
        // Test more than the first block of a slab.
        let blocks: Vec<_> = (0..20).map(|_| allocated(size)).collect();
        for (block, layout) in blocks {
            let real = SnMalloc.usable_size(block).expect("a size");
            let step = (real / 1000).max(1);
            for offset in (0..real).step_by(step).chain([size - 1, real - 1]) {
                let inside = block.wrapping_add(offset);
                let start = SnMalloc::object_start(inside).map(|start| start.as_ptr());
                assert_eq!(start, Some(block), "{offset} of {size}");
                assert_eq!(SnMalloc::object_size(inside), Some(real));
                assert_eq!(SnMalloc::remaining_bytes(inside), Some(real - offset));
            }
            // SAFETY: as allocated.
            unsafe { SnMalloc.dealloc(block, layout) };
        }
    }
}

fn allocated(size: usize) -> (*mut u8, Layout) {
    let layout = layout(size, 1);
    // SAFETY: the size isn't 0.
    (unsafe { SnMalloc.alloc(layout) }, layout)
}

#[test]
fn foreign_pointers_have_no_block() {
    static STATIC: [u8; 100] = [1; 100];
    let local = [0_u8; 100];
    let code = foreign_pointers_have_no_block as fn() as *const u8;
    for ptr in [ptr::null(), STATIC.as_ptr(), local.as_ptr(), code] {
        assert_eq!(SnMalloc::object_start(ptr), None);
        assert_eq!(SnMalloc::object_size(ptr), None);
        assert_eq!(SnMalloc::remaining_bytes(ptr), None);
    }
}

#[test]
fn no_number_is_followed() {
    with_block(layout(100, 8), |_| {
        let mut number = 0x9E37_79B9_7F4A_7C15_u64;
        let edges = (0..usize::BITS).flat_map(|bit| [1_usize << bit, (1 << bit) - 1]);
        let some = (0..100_000).map(|_| {
            // Xorshift; any numbers suffice.
            number ^= number << 13;
            number ^= number >> 7;
            number ^= number << 17;
            // Use all bit lengths, so that many are plausible addresses.
            (number >> (number % 24)) as usize
        });
        // On Windows each lookup commits a page of the pagemap.
        let count = if cfg!(windows) { 1000 } else { 100_000 };
        for address in edges.chain([usize::MAX, 4096, 16]).chain(some.take(count)) {
            let ptr = ptr::without_provenance(address);
            if let Some(size) = SnMalloc::object_size(ptr) {
                // The number happens to be a block's address.
                assert!(SnMalloc::remaining_bytes(ptr) <= Some(size));
            }
        }
    });
    assert_eq!(
        SnMalloc::object_start(ptr::without_provenance(usize::MAX)),
        None
    );
}

#[test]
fn other_threads_blocks_are_found_too() {
    let theirs = std::thread::spawn(|| {
        let (block, layout) = allocated(5000);
        (block.expose_provenance(), layout)
    });
    let (address, layout) = theirs.join().expect("no panic");
    let block: *mut u8 = ptr::with_exposed_provenance_mut(address);
    let start = SnMalloc::object_start(block.wrapping_add(4999));
    assert_eq!(start.map(|start| start.as_ptr()), Some(block));
    // SAFETY: as allocated.
    unsafe { SnMalloc.dealloc(block, layout) };
}

/// Resizes a block step by step, as long as that works in place. Uses it after each step, and frees
/// it with its final layout.
fn resized(sizes: &[usize], align: usize) -> Vec<bool> {
    let mut current = layout(sizes[0], align);
    // SAFETY: the block is live and has layout `current`, which is kept up to date.
    unsafe {
        let block = SnMalloc.alloc(current);
        block.write_bytes(1, current.size());
        let done = sizes[1..].iter().map(|size| {
            let done = SnMalloc::resize_in_place(block, current, *size);
            if done {
                let kept = current.size().min(*size);
                assert!((0..kept).all(|at| block.add(at).read() == 1));
                block.write_bytes(1, *size);
                current = layout(*size, align);
            }
            assert!(SnMalloc.usable_size(block) >= Some(current.size()));
            done
        });
        let done = done.collect();
        // The block can still be moved, with its content.
        let moved = SnMalloc.realloc(block, current, 40 << 20);
        assert!((0..current.size()).all(|at| moved.add(at).read() == 1));
        SnMalloc.dealloc(moved, layout(40 << 20, align));
        done
    }
}

#[test]
fn small_blocks_resize_within_their_class() {
    assert_eq!(
        resized(&[1000, 1024, 1025, 897, 896], 8),
        [true, false, true, false]
    );
    assert_eq!(
        resized(&[1, SMALLEST, SMALLEST + 1, 1], 1),
        [true, false, true]
    );
    assert_eq!(resized(&[10, 64, 65], 64), [true, false]);
}

#[test]
fn large_blocks_resize_within_their_chunk() {
    let mib = 1 << 20;
    assert_eq!(
        resized(&[mib + 1, 2 * mib, 2 * mib + 1, mib + 5], 8),
        [true, false, true]
    );
    // Small blocks have another representation, and `check` keeps sizes unchanged.
    let gives_back = cfg!(not(feature = "check"));
    assert_eq!(
        resized(&[8 * mib, mib, 100, 8 * mib], 8),
        [gives_back, false, !gives_back]
    );
}

#[test]
fn every_size_that_resizing_reached_can_be_freed() {
    for size in [1, 20, 500, 3000, 60_000, 65_536, 70_000, 200_000, 5 << 20] {
        for factor in [1, 2, 3, 5, 9, 17] {
            for new in [size * factor / 8, size * factor / 7, size * 8 / factor] {
                let (old, new) = (layout(size, 8), layout(new.max(1), 8));
                // SAFETY: the block is freed with its current layout.
                unsafe {
                    let block = SnMalloc.alloc(old);
                    let done = SnMalloc::resize_in_place(block, old, new.size());
                    let now = if done { new } else { old };
                    block.write_bytes(3, now.size());
                    SnMalloc.dealloc(block, now);
                }
            }
        }
    }
}

#[test]
fn size_zero_resizes_too() {
    // SAFETY: the block is live and has the given layout.
    unsafe {
        let block = SnMalloc.alloc(layout(0, 1));
        assert!(SnMalloc::resize_in_place(block, layout(0, 1), SMALLEST));
        assert!(SnMalloc::resize_in_place(block, layout(SMALLEST, 1), 0));
        SnMalloc.dealloc(block, layout(0, 1));
        let large = SnMalloc.alloc(layout(3 << 20, 1));
        let small = SnMalloc.realloc(large, layout(3 << 20, 1), 0);
        assert_eq!(SnMalloc::object_size(small), SnMalloc.usable_size(small));
        SnMalloc.dealloc(small, layout(0, 1));
    }
}
