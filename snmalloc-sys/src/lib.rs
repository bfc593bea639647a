// SPDX-License-Identifier: MIT
//! Raw bindings to [snmalloc](https://github.com/microsoft/snmalloc), whose C++ this crate builds
//! for the target. Most programs want the crate `snmalloc-rs` instead, which provides a global
//! allocator.
//!
//! Build scripts of dependent crates get `DEP_SNMALLOC_SOURCE` (the C++ source tree),
//! `DEP_SNMALLOC_BUILDER` (`cc` or `cmake`), `DEP_SNMALLOC_VERSION` (of the C++ source, if known),
//! `DEP_SNMALLOC_ARCHIVE`, and the results of the compiler probes: `1` or `0` in
//! `DEP_SNMALLOC_CXX20`, `…_CX16`, `…_PRFCHW`, `…_GETENTROPY`, `…_ATFORK`, `…_FUTEX_HEADER`,
//! `…_RANDOM_HEADER`, `…_THREAD_ATEXIT`, and `…_COMPILER_FAMILY` and `…_COMPILER_VERSION`.
#![no_std]
#![allow(non_camel_case_types)]

use core::ffi::c_void;

unsafe extern "C" {
    /// Allocates `size` bytes at an address that is a multiple of `alignment`. Returns null if
    /// there is no memory.
    ///
    /// # Safety
    /// `alignment` is a power of two.
    #[link_name = "snmalloc_rs_alloc"]
    pub fn sn_rust_alloc(alignment: usize, size: usize) -> *mut c_void;

    /// Frees a block.
    ///
    /// # Safety
    /// `ptr` was returned by one of this module's functions for the same
    /// `alignment` and `size`, and has not been freed since.
    #[link_name = "snmalloc_rs_dealloc"]
    pub fn sn_rust_dealloc(ptr: *mut c_void, alignment: usize, size: usize);

    /// Like [`sn_rust_alloc`], with every byte zero.
    ///
    /// # Safety
    /// `alignment` is a power of two.
    #[link_name = "snmalloc_rs_alloc_zeroed"]
    pub fn sn_rust_alloc_zeroed(alignment: usize, size: usize) -> *mut c_void;

    /// Resizes a block to `new_size` bytes and moves it if necessary; the bytes that both sizes
    /// cover keep their values. Returns null if there is no memory; the block is unchanged then.
    ///
    /// # Safety
    /// `ptr` is a live block, allocated with `alignment` and `old_size`.
    #[link_name = "snmalloc_rs_realloc"]
    pub fn sn_rust_realloc(
        ptr: *mut c_void,
        alignment: usize,
        old_size: usize,
        new_size: usize,
    ) -> *mut c_void;

    /// Like [`sn_rust_realloc`], with a new alignment. With `zeroed`, bytes from `old_size` on are
    /// zero.
    ///
    /// # Safety
    /// `ptr` is a live block, allocated with `old_alignment` and `old_size`;
    /// `new_alignment` is a power of two.
    pub fn sn_rust_realloc_aligned(
        ptr: *mut c_void,
        old_alignment: usize,
        old_size: usize,
        new_alignment: usize,
        new_size: usize,
        zeroed: bool,
    ) -> *mut c_void;

    /// Resizes a block to `new_size` bytes without moving it. Returns `false` if that is
    /// impossible; the block is unchanged then.
    ///
    /// # Safety
    /// `ptr` is a live block, allocated with `alignment` and `old_size`.
    pub fn sn_rust_resize_in_place(
        ptr: *mut c_void,
        alignment: usize,
        old_size: usize,
        new_size: usize,
    ) -> bool;

    /// Returns the start of the block that contains `address`, and writes its size in bytes.
    /// Returns null, and writes 0, if no block of this allocator contains it. Any address may be
    /// passed.
    ///
    /// # Safety
    /// `size` can be written through.
    pub fn sn_rust_object(address: *const c_void, size: *mut usize) -> *mut c_void;

    /// Like [`sn_rust_alloc`]. `last` combines size and alignment: `(alignment - 1) | (size - 1)`,
    /// wrapping. Size 0 becomes the largest number, which gives the smallest block.
    pub fn sn_rust_alloc_last(last: usize) -> *mut c_void;

    /// Like [`sn_rust_alloc_zeroed`]; `last` as for [`sn_rust_alloc_last`].
    pub fn sn_rust_alloc_zeroed_last(last: usize) -> *mut c_void;

    /// Like [`sn_rust_dealloc`]; `last` as for [`sn_rust_alloc_last`].
    ///
    /// # Safety
    /// As for [`sn_rust_dealloc`].
    pub fn sn_rust_dealloc_last(ptr: *mut c_void, last: usize);

    /// Frees a block without its size and alignment.
    ///
    /// # Safety
    /// `ptr` was returned by one of this module's functions, and has not been
    /// freed since.
    pub fn sn_rust_free(ptr: *mut c_void);

    /// Returns unused memory to the OS: memory of this thread and of ended threads, and memory that
    /// is cached for reuse.
    pub fn sn_rust_release_unused();

    /// Sets the maximum bytes of freed large blocks that are cached for reuse; `usize::MAX`
    /// restores the default.
    pub fn sn_rust_set_retained_limit(bytes: usize);

    /// Sets the time in milliseconds after which cached memory that was not reused has been
    /// returned to the OS; 0 disables caching.
    pub fn sn_rust_set_decay_time(milliseconds: u64);

    /// Starts a thread that returns cached memory to the OS while the program is idle. Returns
    /// whether it runs.
    pub fn sn_rust_start_background_purge() -> bool;

    /// The usable bytes of the block at `p`; 0 for null.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    #[link_name = "snmalloc_rs_usable_size"]
    pub fn sn_rust_usable_size(p: *const c_void) -> usize;

    /// Writes the bytes that the allocator holds from the OS now, and the maximum it has held.
    ///
    /// # Safety
    /// Both pointers can be written through.
    #[link_name = "snmalloc_rs_statistics"]
    pub fn sn_rust_statistics(current_memory_usage: *mut usize, peak_memory_usage: *mut usize);
}

#[cfg(feature = "stats")]
unsafe extern "C" {
    /// Writes size (bytes), allocations and frees of the size class at `index`. Returns `false`,
    /// and writes nothing, past the last one; unused indexes have size 0.
    ///
    /// # Safety
    /// The three pointers can be written through.
    pub fn sn_rust_size_class_stats(
        index: usize,
        size: *mut usize,
        allocations: *mut usize,
        frees: *mut usize,
    ) -> bool;
}

#[cfg(feature = "check-loads")]
unsafe extern "C" {
    /// Copies `bytes` bytes; ends the process if either block belongs to this allocator and is
    /// shorter than that.
    ///
    /// # Safety
    /// As for `memcpy`, except for the lengths of this allocator's blocks.
    pub fn sn_rust_copy_checked(to: *mut c_void, from: *const c_void, bytes: usize);
}

#[cfg(feature = "libc-api")]
unsafe extern "C" {
    /// Like C's `malloc`; for size 0, a unique block.
    pub fn sn_malloc(size: usize) -> *mut c_void;

    /// Like C's `free`.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    pub fn sn_free(p: *mut c_void);

    /// Like C's `calloc`: null if `count * size` overflows.
    pub fn sn_calloc(count: usize, size: usize) -> *mut c_void;

    /// Like C's `realloc`; with size 0, frees `p` and returns null.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    pub fn sn_realloc(p: *mut c_void, newsize: usize) -> *mut c_void;

    /// Like glibc's and BSD's `reallocarray`: null if `count * size` overflows; the block is
    /// unchanged then.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    pub fn sn_reallocarray(p: *mut c_void, count: usize, size: usize) -> *mut c_void;

    /// Like glibc's `malloc_usable_size`.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    pub fn sn_malloc_usable_size(p: *const c_void) -> usize;

    /// Like C's `memalign`.
    pub fn sn_memalign(alignment: usize, size: usize) -> *mut c_void;

    /// Like C11's `aligned_alloc`.
    pub fn sn_aligned_alloc(alignment: usize, size: usize) -> *mut c_void;

    /// Like POSIX's `posix_memalign`.
    ///
    /// # Safety
    /// `block` can be written through.
    pub fn sn_posix_memalign(block: *mut *mut c_void, alignment: usize, size: usize) -> i32;
}

/// Links the object that defines C's own names, whether or not the program calls anything in this
/// crate.
#[cfg(feature = "override")]
mod c_names {
    use core::ffi::c_void;

    unsafe extern "C" {
        fn malloc(size: usize) -> *mut c_void;
    }

    #[used]
    static ANCHOR: unsafe extern "C" fn(usize) -> *mut c_void = malloc;
}
