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
//! Freeing a block in the thread that allocated it needs no synchronisation; freeing it in another
//! thread takes no lock: blocks return to their owner in batches. The crate is `no_std`, links no
//! C++ library, and needs only a C++ compiler to build.
#![no_std]
#![cfg_attr(feature = "nightly", feature(allocator_api))]

#[cfg(any(feature = "allocator-api2", feature = "nightly"))]
mod allocator;
mod objects;
mod stats;

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use core::time::Duration;

use snmalloc_sys as ffi;

pub use stats::AllocStats;
#[cfg(feature = "stats")]
pub use stats::SizeClassStats;

/// The allocator. All of its values are the same.
///
/// As a static with `#[global_allocator]` it serves the whole program. Its methods can also be
/// called directly, with or without that:
///
/// ```
/// use snmalloc_rs::SnMalloc;
/// use std::alloc::{GlobalAlloc, Layout};
///
/// let layout = Layout::from_size_align(100, 64).unwrap();
/// // SAFETY: the size isn't 0, and the block is freed as it was allocated.
/// unsafe {
///     let block = SnMalloc.alloc_zeroed(layout);
///     assert_eq!((block.addr() % 64, *block), (0, 0));
///     SnMalloc.dealloc(block, layout);
/// }
/// ```
#[derive(Debug, Copy, Clone, Default)]
#[repr(C)]
pub struct SnMalloc;

impl SnMalloc {
    /// Creates the allocator; the same as the plain `SnMalloc`.
    #[inline(always)]
    pub const fn new() -> Self {
        Self
    }

    /// The usable bytes of the block at `ptr`: at least as many as were requested. `None` for null.
    ///
    /// `ptr` must be null or a live block of this allocator; for other pointers the result is
    /// meaningless.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let layout = Layout::new::<[u8; 100]>();
    /// // SAFETY: the size isn't 0, and the block is freed as it was allocated.
    /// unsafe {
    ///     let block = SnMalloc.alloc(layout);
    ///     assert_eq!(SnMalloc.usable_size(block), Some(112));
    ///     SnMalloc.dealloc(block, layout);
    /// }
    /// assert_eq!(SnMalloc.usable_size(std::ptr::null()), None);
    /// ```
    #[inline(always)]
    pub fn usable_size(&self, ptr: *const u8) -> Option<usize> {
        if ptr.is_null() {
            return None;
        }
        // SAFETY: the pointer isn't dereferenced; it only selects an entry of the allocator's
        // pagemap, and the result is 0 if there is no entry.
        Some(unsafe { ffi::sn_rust_usable_size(ptr.cast()) })
    }

    /// Returns unused memory to the OS: what this and other threads cache, what ended threads
    /// left, and memory that is [cached for reuse](Self::set_retained_limit) by all. Takes about
    /// 0.1 ms longer if other threads have caches. Other running threads keep their partly used
    /// slabs, and blocks up to 32 KiB that others freed for them.
    ///
    /// ```
    /// // After a phase with high memory use, and before a long wait:
    /// snmalloc_rs::SnMalloc::release_unused();
    /// ```
    pub fn release_unused() {
        // SAFETY: callable at any time, by any thread.
        unsafe { ffi::sn_rust_release_unused() }
    }

    /// Sets the maximum bytes of freed large blocks (more than 32 KiB) that are cached for reuse,
    /// by all threads together. Memory beyond that is returned to the OS when it is freed.
    ///
    /// The default limit is 2 MiB, plus a quarter of the memory that the process holds, plus up to
    /// 32 MiB while cached blocks prove to be reused (a quarter of these sizes if pointers have 32
    /// bits); blocks of more than 8 MiB are not cached. A limit replaces these rules, and
    /// `usize::MAX` restores them. Memory for small blocks has a cache of its own (by default 16
    /// MiB and a quarter of the memory held), to which a limit applies separately. In addition,
    /// each thread caches up to 1 MiB of memory for small blocks and 1.5 MiB of blocks up to 512
    /// KiB.
    ///
    /// With feature `check` nothing is cached, and the limit has no effect.
    ///
    /// ```
    /// snmalloc_rs::SnMalloc::set_retained_limit(16 << 20); // 16 MiB
    /// ```
    pub fn set_retained_limit(bytes: usize) {
        // SAFETY: callable at any time, by any thread.
        unsafe { ffi::sn_rust_set_retained_limit(bytes) }
    }

    /// Sets the time after which cached memory that was not reused has been returned to the OS:
    /// about half of it after a tenth of that time. The default is 10 seconds; zero disables
    /// caching.
    ///
    /// Memory is returned on the slow paths of any thread, or by the [background
    /// thread](Self::start_background_purge). The time applies to memory freed from now on.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// snmalloc_rs::SnMalloc::set_decay_time(Duration::from_secs(2));
    /// ```
    pub fn set_decay_time(time: Duration) {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2);
        // SAFETY: callable at any time, by any thread.
        unsafe { ffi::sn_rust_set_decay_time(milliseconds.min(u64::MAX / 2)) }
    }

    /// Starts a thread that returns cached memory to the OS while the program is idle: memory that
    /// was not reused for the [decay time](Self::set_decay_time), and memory left by ended threads.
    /// Returns whether the thread runs; if the OS can't create it, memory is still returned on the
    /// slow paths of the program's own threads.
    ///
    /// After a fork, the child must call it again.
    ///
    /// ```
    /// assert!(snmalloc_rs::SnMalloc::start_background_purge());
    /// ```
    pub fn start_background_purge() -> bool {
        // SAFETY: callable at any time, by any thread.
        unsafe { ffi::sn_rust_start_background_purge() }
    }

    /// Copies `bytes` bytes from `from` to `to`. Ends the process if either lies in a block of this
    /// allocator that is too short.
    ///
    /// # Safety
    /// As for [`core::ptr::copy_nonoverlapping`], except for the lengths of this allocator's
    /// blocks, which are checked.
    ///
    /// ```
    /// let (from, mut to) = ([1_u8, 2, 3], [0_u8; 3]);
    /// // SAFETY: both arrays are 3 bytes long.
    /// unsafe { snmalloc_rs::SnMalloc::copy_checked(to.as_mut_ptr(), from.as_ptr(), 3) };
    /// assert_eq!(to, from);
    /// ```
    #[cfg(feature = "check-loads")]
    #[inline]
    pub unsafe fn copy_checked(to: *mut u8, from: *const u8, bytes: usize) {
        // SAFETY: the caller guarantees the parts of the contract that the bounds check doesn't
        // cover.
        unsafe { ffi::sn_rust_copy_checked(to.cast(), from.cast(), bytes) }
    }

    /// Allocates memory for `layout`; `None` if there is none. A layout of size 0 gets a block that
    /// must be freed like any other.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let layout = Layout::from_size_align(5000, 4096).unwrap();
    /// let block = SnMalloc.alloc_aligned(layout).expect("memory");
    /// assert_eq!(block.addr().get() % 4096, 0);
    /// // SAFETY: it is freed as it was allocated.
    /// unsafe { SnMalloc.dealloc(block.as_ptr(), layout) };
    /// ```
    #[inline(always)]
    pub fn alloc_aligned(&self, layout: Layout) -> Option<NonNull<u8>> {
        let size = layout.size().max(1);
        // SAFETY: a layout's alignment is a power of two.
        NonNull::new(unsafe { ffi::sn_rust_alloc(layout.align(), size) }.cast())
    }
}

/// Size and alignment combined: the offset of the last byte of a block that is long enough and has
/// a class aligned to `layout.align()`.
#[inline(always)]
const fn last(layout: Layout) -> usize {
    (layout.align() - 1) | checked_size(layout.size()).wrapping_sub(1)
}

/// True if freeing a block checks the size that it was allocated with.
const CHECKS_SIZE: bool = cfg!(any(feature = "check", feature = "hardened"));

/// A block of size 0 has one byte if the size is checked.
#[inline(always)]
const fn checked_size(size: usize) -> usize {
    if CHECKS_SIZE && size == 0 { 1 } else { size }
}

// SAFETY: blocks are disjoint, aligned and at least as long as requested: the alignment is folded
// into a size with a class aligned to it. No entry point unwinds. Size 0, which the trait leaves to
// the caller, gets the smallest block.
unsafe impl GlobalAlloc for SnMalloc {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the size is of a layout.
        unsafe { ffi::sn_rust_alloc_last(last(layout)) }.cast()
    }

    #[inline(always)]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller passes a block of this allocator with its own layout.
        unsafe {
            if CHECKS_SIZE {
                ffi::sn_rust_dealloc_last(ptr.cast(), last(layout))
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
        // snmalloc treats 0 as larger than any possible size.
        let (old_size, new_size) = (layout.size().max(1), new_size.max(1));
        // SAFETY: `ptr` is a block of this allocator with this layout.
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
