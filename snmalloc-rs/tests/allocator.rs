// SPDX-License-Identifier: MIT
//! Tests the contract of `Allocator`, and collections that rely on it. Feature `check` verifies the
//! size class of each freed block.
#![cfg(any(feature = "allocator-api2", feature = "nightly"))]
#![cfg_attr(feature = "nightly", feature(allocator_api))]

use std::alloc::Layout;
use std::ptr::NonNull;

#[cfg(not(feature = "nightly"))]
use allocator_api2::alloc::Allocator;
#[cfg(feature = "nightly")]
use std::alloc::Allocator;

use snmalloc_rs::SnMalloc;

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a valid layout")
}

fn bytes<'a>(block: NonNull<[u8]>) -> &'a mut [u8] {
    // SAFETY: the tests below pass live blocks, and have written their bytes.
    unsafe { &mut *block.as_ptr() }
}

fn start(block: NonNull<[u8]>) -> NonNull<u8> {
    block.cast()
}

/// The first bytes, and some of every page: checking all of them is too slow under emulators.
fn places(bytes: &[u8]) -> impl Iterator<Item = usize> + use<> {
    let length = bytes.len();
    (0..length.min(256)).chain((256..length).step_by(509))
}

/// Fills the block with bytes that depend on their offset.
fn fill(bytes: &mut [u8]) {
    bytes.fill(0xC3);
    for index in places(bytes) {
        bytes[index] = (index.wrapping_mul(31) >> 3) as u8;
    }
}

fn assert_filled(bytes: &[u8]) {
    for index in places(bytes) {
        assert_eq!(bytes[index], (index.wrapping_mul(31) >> 3) as u8, "{index}");
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    // Compares with memcmp: a loop takes long without optimisation.
    bytes.is_empty() || (bytes[0] == 0 && bytes[1..] == bytes[..bytes.len() - 1])
}

/// Sizes of all kinds: the smallest, around the limits of classes and slabs, large.
const SIZES: [usize; 18] = [
    1,
    15,
    16,
    17,
    100,
    129,
    1000,
    4096,
    14_337,
    32_768,
    32_769,
    50_000,
    65_536,
    65_537,
    300_000,
    1_048_577,
    3 << 20,
    5_000_001,
];
const ALIGNS: [usize; 5] = [1, 8, 64, 4096, 1 << 17];

#[test]
fn whole_slice_is_usable_and_freed_by_any_fitting_size() {
    for size in SIZES {
        for align in ALIGNS {
            let asked = layout(size, align);
            let real = SnMalloc.allocate(asked).expect("memory").len();
            assert!(real >= size, "{asked:?}: {real}");
            for fits in [size, size + (real - size) / 2, real] {
                let block = SnMalloc.allocate(asked).expect("memory");
                assert_eq!(start(block).addr().get() % align, 0, "{asked:?}");
                assert_eq!(block.len(), real);
                fill(bytes(block));
                assert!(SnMalloc.usable_size(start(block).as_ptr()) >= Some(real));
                // SAFETY: the layout fits the block.
                unsafe { SnMalloc.deallocate(start(block), layout(fits, align)) };
            }
        }
    }
}

#[test]
fn blocks_grow_and_shrink_to_any_size_and_alignment() {
    for old_size in SIZES {
        for new_size in SIZES {
            for (old_align, new_align) in [(8, 8), (8, 4096), (4096, 8), (1, 1 << 17)] {
                let block = SnMalloc
                    .allocate(layout(old_size, old_align))
                    .expect("memory");
                // The block's length is also a layout that fits, but it must not exceed the new
                // size when growing, nor be below it when shrinking.
                let old_size = if new_size < old_size {
                    block.len()
                } else {
                    old_size
                };
                fill(&mut bytes(block)[..old_size]);
                let (old, new) = (layout(old_size, old_align), layout(new_size, new_align));
                // SAFETY: the block is live, and the layout fits it.
                let block = unsafe {
                    if new_size < old_size {
                        SnMalloc.shrink(start(block), old, new)
                    } else {
                        SnMalloc.grow(start(block), old, new)
                    }
                }
                .expect("memory");
                assert_eq!(start(block).addr().get() % new_align, 0, "{new:?}");
                assert!(block.len() >= new_size);
                assert!(SnMalloc.usable_size(start(block).as_ptr()) >= Some(block.len()));
                assert_filled(&bytes(block)[..old_size.min(new_size)]);
                bytes(block).fill(7);
                // SAFETY: the layout fits the block.
                unsafe { SnMalloc.deallocate(start(block), layout(block.len(), new_align)) };
            }
        }
    }
}

#[test]
fn grow_zeroed_zeroes_the_added_bytes() {
    for old_size in SIZES {
        // Fill the blocks first, so that reused memory isn't zero by chance.
        for size in SIZES {
            let dirty = SnMalloc.allocate(layout(size, 8)).expect("memory");
            bytes(dirty).fill(0xEE);
            // SAFETY: as allocated.
            unsafe { SnMalloc.deallocate(start(dirty), layout(size, 8)) };
        }
        let block = SnMalloc
            .allocate_zeroed(layout(old_size, 8))
            .expect("memory");
        assert!(is_zero(bytes(block)));
        fill(bytes(block));
        let mut old = layout(block.len(), 8);
        let mut block = block;
        for new_size in SIZES.into_iter().filter(|size| *size > old_size) {
            let new = layout(new_size, 8);
            // SAFETY: the block is live, and the layout fits it.
            block = unsafe { SnMalloc.grow_zeroed(start(block), old, new) }.expect("memory");
            assert_filled(&bytes(block)[..old.size()]);
            assert!(is_zero(&bytes(block)[old.size()..]));
            fill(bytes(block));
            old = layout(block.len(), 8);
        }
        // SAFETY: the layout fits the block.
        unsafe { SnMalloc.deallocate(start(block), old) };
    }
}

#[test]
fn a_grown_zeroed_block_was_full_of_something_else() {
    // Grows within its class, by moving pages, and by copying.
    for (size, whole) in [(1000, 1024), (1 << 20, 64 << 20), (40_000, 60_000)] {
        let block = SnMalloc.allocate(layout(size, 8)).expect("memory");
        bytes(block).fill(0xAA);
        // SAFETY: the block is live; `size` fits it.
        let grown =
            unsafe { SnMalloc.grow_zeroed(start(block), layout(size, 8), layout(whole, 8)) }
                .expect("memory");
        assert!(bytes(grown)[..size].iter().all(|byte| *byte == 0xAA));
        assert!(is_zero(&bytes(grown)[size..]));
        // SAFETY: the layout fits the block.
        unsafe { SnMalloc.deallocate(start(grown), layout(whole, 8)) };
    }
}

#[test]
fn size_zero_takes_no_block() {
    for align in ALIGNS {
        let none = layout(0, align);
        for empty in [SnMalloc.allocate(none), SnMalloc.allocate_zeroed(none)] {
            let empty = empty.expect("nothing can't be missing");
            assert_eq!((empty.len(), start(empty).addr().get() % align), (0, 0));
            assert_eq!(SnMalloc::object_start(start(empty).as_ptr()), None);
            // SAFETY: both layouts fit in turn, and the block is freed with the last.
            unsafe {
                let grown = SnMalloc
                    .grow(start(empty), none, layout(0, 8))
                    .expect("nothing");
                assert_eq!(grown.len(), 0);
                let some = layout(500, 8);
                let grown = SnMalloc
                    .grow_zeroed(start(grown), layout(0, 8), some)
                    .expect("memory");
                assert!(is_zero(bytes(grown)));
                let shrunk = SnMalloc.shrink(start(grown), some, none).expect("nothing");
                assert_eq!((shrunk.len(), start(shrunk).addr().get() % align), (0, 0));
                SnMalloc.deallocate(start(shrunk), none);
            }
        }
    }
}

#[test]
fn failed_growth_is_an_error_and_leaves_the_block() {
    let huge = layout(isize::MAX as usize & !7, 8);
    assert!(SnMalloc.allocate(huge).is_err());
    assert!(SnMalloc.allocate_zeroed(huge).is_err());
    for size in [100, 100_000, 2 << 20] {
        let block = SnMalloc.allocate(layout(size, 8)).expect("memory");
        fill(bytes(block));
        // SAFETY: the block is live, and stays so.
        unsafe {
            assert!(SnMalloc.grow(start(block), layout(size, 8), huge).is_err());
            assert!(
                SnMalloc
                    .grow_zeroed(start(block), layout(size, 8), huge)
                    .is_err()
            );
            assert_filled(bytes(block));
            SnMalloc.deallocate(start(block), layout(size, 8));
        }
    }
}

#[test]
#[cfg(not(feature = "nightly"))]
fn collections_live_in_it() {
    let mut numbers = allocator_api2::vec::Vec::new_in(SnMalloc);
    let mut squares = hashbrown::HashMap::new_in(SnMalloc);
    for n in 0..100_000_u64 {
        numbers.push(n);
        squares.insert(n, n * n);
    }
    assert!(SnMalloc::object_start(numbers.as_ptr().cast()).is_some());
    numbers.truncate(10);
    numbers.shrink_to_fit();
    squares.retain(|n, _| n % 1000 == 0);
    squares.shrink_to_fit();
    assert_eq!((numbers[9], squares[&7000]), (9, 49_000_000));
    let boxed = allocator_api2::boxed::Box::new_in([1_u8; 300], SnMalloc);
    assert_eq!(SnMalloc::object_size(boxed.as_ptr()), Some(320));
}

#[test]
#[cfg(feature = "nightly")]
fn collections_of_the_standard_library_live_in_it() {
    let mut numbers = Vec::new_in(SnMalloc);
    let mut squares = std::collections::VecDeque::new_in(SnMalloc);
    for n in 0..100_000_u64 {
        numbers.push(n);
        squares.push_front(n * n);
    }
    assert!(SnMalloc::object_start(numbers.as_ptr().cast()).is_some());
    numbers.truncate(10);
    numbers.shrink_to_fit();
    assert_eq!((numbers[9], squares[99_999 - 7000]), (9, 49_000_000));
    let boxed = Box::new_in([1_u8; 300], SnMalloc);
    assert_eq!(SnMalloc::object_size(boxed.as_ptr()), Some(320));
}
