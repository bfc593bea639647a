// SPDX-License-Identifier: MIT
//! Microsoft's [snmalloc](https://github.com/microsoft/snmalloc) as a Rust
//! global allocator.
//!
//! ```
//! #[global_allocator]
//! static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
//!
//! let squares: Vec<u64> = (0..1000).map(|n| n * n).collect();
//! assert_eq!(squares[999], 998_001);
//! ```
//!
//! Freeing a block in the thread that allocated it needs no synchronisation;
//! freeing it in another thread takes no lock: blocks travel back to their
//! owner in batches. The crate is `no_std`, links no C++ library, and needs
//! nothing but a C++ compiler to build.
#![no_std]
#![cfg_attr(feature = "nightly", feature(allocator_api))]

#[cfg(any(feature = "allocator-api2", feature = "nightly"))]
mod allocator;
mod objects;

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

use snmalloc_sys as ffi;

/// How much memory the allocator holds from the operating system.
///
/// Bytes are counted in the ranges that the system hands out, not in live
/// allocations: freed memory that is kept for reuse is included.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct AllocStats {
    /// Bytes held now.
    pub current_memory_usage: usize,
    /// The most bytes ever held.
    pub peak_memory_usage: usize,
}

/// What has happened in one size class since the program started.
#[cfg(feature = "stats")]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct SizeClassStats {
    /// The bytes that each block of the class has.
    pub size: usize,
    /// Blocks allocated.
    pub allocations: usize,
    /// Blocks freed.
    pub frees: usize,
}

/// The allocator. All of its values are the same one.
#[derive(Debug, Copy, Clone, Default)]
#[repr(C)]
pub struct SnMalloc;

impl SnMalloc {
    /// The allocator; the same as the plain `SnMalloc`.
    #[inline(always)]
    pub const fn new() -> Self {
        Self
    }

    /// The bytes that the block at `ptr` really has: at least as many as were
    /// asked for. `None` for null.
    ///
    /// `ptr` must be null or a live block of this allocator; for other pointers
    /// the answer means nothing.
    #[inline(always)]
    pub fn usable_size(&self, ptr: *const u8) -> Option<usize> {
        if ptr.is_null() {
            return None;
        }
        // SAFETY: the pointer isn't followed; it only selects an entry of the
        // allocator's table of pages, and one outside the table is answered with 0.
        Some(unsafe { ffi::sn_rust_usable_size(ptr.cast()) })
    }

    /// How much memory the allocator holds from the operating system.
    pub fn memory_stats() -> AllocStats {
        let mut current = 0;
        let mut peak = 0;
        // SAFETY: both pointers are to live variables.
        unsafe { ffi::sn_rust_statistics(&mut current, &mut peak) };
        AllocStats {
            current_memory_usage: current,
            peak_memory_usage: peak,
        }
    }

    /// Gives memory that nothing uses back to the system: what this thread and
    /// threads that have ended hold, and what is [kept for
    /// reuse](Self::set_retained_limit). What other running threads hold for
    /// themselves stays with them.
    pub fn release_unused() {
        // SAFETY: callable at any time, by any thread.
        unsafe { ffi::sn_rust_release_unused() }
    }

    /// Sets how many bytes of freed memory in large blocks (1 MiB and more) are
    /// kept for reuse, by all threads together. Memory beyond that goes back to the
    /// system when it is freed. What is kept already stays until it is reused,
    /// [released](Self::release_unused) or, once other large blocks are freed,
    /// unused for a second.
    ///
    /// The default is 256 MiB, 32 MiB where pointers have 32 bits. Besides, each
    /// thread keeps up to 4 MiB in smaller blocks.
    ///
    /// With feature `check` nothing is kept, and the limit means nothing.
    pub fn set_retained_limit(bytes: usize) {
        // SAFETY: callable at any time, by any thread.
        unsafe { ffi::sn_rust_set_retained_limit(bytes) }
    }

    /// The classes in which anything was allocated, smallest first.
    ///
    /// The counters are read one by one while other threads go on allocating,
    /// so their sum is no snapshot.
    #[cfg(feature = "stats")]
    pub fn size_class_stats() -> impl Iterator<Item = SizeClassStats> {
        // snmalloc numbers the large classes first, the largest lowest: they are
        // read in two passes, so that nothing needs to be stored and sorted.
        let (large, small) = (Self::raw_classes(true), Self::raw_classes(false));
        small.chain(large)
    }

    #[cfg(feature = "stats")]
    fn raw_classes(large: bool) -> impl Iterator<Item = SizeClassStats> {
        let read = |index| {
            let (mut size, mut allocations, mut frees) = (0, 0, 0);
            // SAFETY: the three pointers are to live variables.
            let known = unsafe {
                ffi::sn_rust_size_class_stats(index, &mut size, &mut allocations, &mut frees)
            };
            known.then_some(SizeClassStats {
                size,
                allocations,
                frees,
            })
        };
        let count = (0..).take_while(|index| read(*index).is_some()).count();
        // Indexes of the upper half stand for small classes, in order of size.
        let half = count / 2;
        (0..half)
            .map(move |n| if large { half - 1 - n } else { half + n })
            .filter_map(read)
            .filter(|class| class.size != 0 && class.allocations != 0)
    }

    /// Copies `bytes` bytes from `from` to `to`, and ends the process if either
    /// lies in a block of this allocator that is too short for that.
    ///
    /// # Safety
    /// As for [`core::ptr::copy_nonoverlapping`], but for the lengths of this
    /// allocator's blocks, which are checked.
    #[cfg(feature = "check-loads")]
    #[inline]
    pub unsafe fn copy_checked(to: *mut u8, from: *const u8, bytes: usize) {
        // SAFETY: the caller promises what the bounds check does not cover.
        unsafe { ffi::sn_rust_copy_checked(to.cast(), from.cast(), bytes) }
    }

    /// Allocates memory for `layout`; `None` when there is none. A layout of size
    /// 0 gets a block that must be freed like any other.
    #[inline(always)]
    pub fn alloc_aligned(&self, layout: Layout) -> Option<NonNull<u8>> {
        let size = layout.size().max(1);
        // SAFETY: a layout's alignment is a power of two.
        NonNull::new(unsafe { ffi::sn_rust_alloc(layout.align(), size) }.cast())
    }
}

/// Size and alignment folded into one: the offset of the last byte of a block
/// that is long enough, and whose class is aligned to `layout.align()`.
#[inline(always)]
const fn last(layout: Layout) -> usize {
    (layout.align() - 1) | checked_size(layout.size()).wrapping_sub(1)
}

/// With mitigations a block is freed by the size it was allocated with, and one of
/// size 0 has a byte; without them nobody looks.
#[inline(always)]
const fn checked_size(size: usize) -> usize {
    if cfg!(feature = "check") && size == 0 {
        1
    } else {
        size
    }
}

// SAFETY: blocks are disjoint, aligned and at least as long as asked for: an
// alignment is folded into a size whose class is aligned to it. No entry point
// unwinds. Size 0, which the trait leaves to the caller, gets the smallest block.
unsafe impl GlobalAlloc for SnMalloc {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the size is of a layout.
        unsafe { ffi::sn_rust_alloc_last(last(layout)) }.cast()
    }

    #[inline(always)]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller hands back a block of ours with its own layout.
        unsafe {
            // Only with mitigations is the size looked at.
            if cfg!(feature = "check") {
                ffi::sn_rust_dealloc(ptr.cast(), layout.align(), checked_size(layout.size()))
            } else {
                ffi::sn_rust_free(ptr.cast())
            }
        }
    }

    #[inline(always)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the size is of a layout.
        unsafe { ffi::sn_rust_alloc_zeroed_last(last(layout)) }.cast()
    }

    #[inline(always)]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // snmalloc takes 0 for more than there can be.
        let (old_size, new_size) = (layout.size().max(1), new_size.max(1));
        // SAFETY: `ptr` is a block of ours with this layout.
        unsafe { ffi::sn_rust_realloc(ptr.cast(), layout.align(), old_size, new_size) }.cast()
    }
}

/// The README's examples, as tests.
#[cfg(all(
    doctest,
    feature = "allocator-api2",
    feature = "libc-api",
    feature = "stats"
))]
#[doc = include_str!("../README.md")]
struct Readme;
