// SPDX-License-Identifier: MIT
//! Raw bindings to [snmalloc](https://github.com/microsoft/snmalloc), whose C++
//! this crate builds for the target. Most programs want the crate
//! `snmalloc-rs` instead, which makes a global allocator of it.
//!
//! Build scripts of dependent crates find `DEP_SNMALLOC_SOURCE` (the C++ source
//! tree), `DEP_SNMALLOC_BUILDER` (`cc` or `cmake`), `DEP_SNMALLOC_VERSION` (of
//! the C++ source, where it is known) and `DEP_SNMALLOC_ARCHIVE`; and the compiler's
//! answers, `1` or `0`: `DEP_SNMALLOC_CXX20`, `…_CX16`, `…_PRFCHW`, `…_GETENTROPY`,
//! `…_ATFORK`, `…_FUTEX_HEADER`, `…_RANDOM_HEADER`, `…_THREAD_ATEXIT`, and
//! `…_COMPILER_FAMILY` and `…_COMPILER_VERSION`.
#![no_std]
#![allow(non_camel_case_types)]

use core::ffi::c_void;

unsafe extern "C" {
    /// Allocates `size` bytes at an address that is a multiple of `alignment`.
    /// Returns null when there is no memory.
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

    /// As [`sn_rust_alloc`], and every byte is zero.
    ///
    /// # Safety
    /// `alignment` is a power of two.
    #[link_name = "snmalloc_rs_alloc_zeroed"]
    pub fn sn_rust_alloc_zeroed(alignment: usize, size: usize) -> *mut c_void;

    /// Makes a block `new_size` bytes long, moving it if need be; the bytes that
    /// both sizes cover keep their values. Returns null when there is no
    /// memory, and then the block is as it was.
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

    /// As [`sn_rust_realloc`], to another alignment too. With `zeroed`, bytes from
    /// `old_size` on are zero.
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

    /// Makes a block `new_size` bytes long where it is. Returns `false` when that
    /// can't be, and then the block is as it was.
    ///
    /// # Safety
    /// `ptr` is a live block, allocated with `alignment` and `old_size`.
    pub fn sn_rust_resize_in_place(
        ptr: *mut c_void,
        alignment: usize,
        old_size: usize,
        new_size: usize,
    ) -> bool;

    /// The start of the block that `address` lies in, and its size in bytes; null
    /// and 0 when it lies in none of this allocator's. Any address may be given.
    ///
    /// # Safety
    /// `size` can be written through.
    pub fn sn_rust_object(address: *const c_void, size: *mut usize) -> *mut c_void;

    /// As [`sn_rust_alloc`]; `last` has size and alignment folded into one:
    /// `(alignment - 1) | (size - 1)`, wrapping, so the largest number for size 0,
    /// which gives the smallest block.
    pub fn sn_rust_alloc_last(last: usize) -> *mut c_void;

    /// As [`sn_rust_alloc_zeroed`]; `last` as for [`sn_rust_alloc_last`].
    pub fn sn_rust_alloc_zeroed_last(last: usize) -> *mut c_void;

    /// Frees a block without saying what it was allocated as.
    ///
    /// # Safety
    /// `ptr` was returned by one of this module's functions, and has not been
    /// freed since.
    pub fn sn_rust_free(ptr: *mut c_void);

    /// Gives memory that nothing uses back to the system: what this thread and
    /// ended threads hold, and what is cached for reuse.
    pub fn sn_rust_release_unused();

    /// Sets how much freed memory in large blocks, in bytes, is cached for reuse;
    /// `usize::MAX` restores the default.
    pub fn sn_rust_set_retained_limit(bytes: usize);

    /// Sets the time in milliseconds after which cached memory that was not reused
    /// has gone back to the system; 0 caches nothing.
    pub fn sn_rust_set_decay_time(milliseconds: u64);

    /// Starts a thread that gives cached memory back while the program does nothing.
    /// Returns whether it runs.
    pub fn sn_rust_start_background_purge() -> bool;

    /// The bytes that the block at `p` really has; 0 for null.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    #[link_name = "snmalloc_rs_usable_size"]
    pub fn sn_rust_usable_size(p: *const c_void) -> usize;

    /// Writes the bytes that the allocator holds from the system now, and the
    /// most it ever held.
    ///
    /// # Safety
    /// Both pointers can be written through.
    #[link_name = "snmalloc_rs_statistics"]
    pub fn sn_rust_statistics(current_memory_usage: *mut usize, peak_memory_usage: *mut usize);
}

#[cfg(feature = "stats")]
unsafe extern "C" {
    /// Writes size (bytes), allocations and frees of the size class at `index`.
    /// Returns `false`, and writes nothing, past the last one; an index that
    /// stands for no class has size 0.
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
    /// Copies `bytes` bytes; ends the process when either block is one of this
    /// allocator's and shorter than that.
    ///
    /// # Safety
    /// As for `memcpy`, but for the lengths of this allocator's blocks.
    pub fn sn_rust_copy_checked(to: *mut c_void, from: *const c_void, bytes: usize);
}

#[cfg(feature = "libc-api")]
unsafe extern "C" {
    /// As C's `malloc`; for size 0 a unique block.
    pub fn sn_malloc(size: usize) -> *mut c_void;

    /// As C's `free`.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    pub fn sn_free(p: *mut c_void);

    /// As C's `calloc`: null when `count * size` overflows.
    pub fn sn_calloc(count: usize, size: usize) -> *mut c_void;

    /// As C's `realloc`; with size 0, frees `p` and returns null.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    pub fn sn_realloc(p: *mut c_void, newsize: usize) -> *mut c_void;

    /// As glibc's and BSD's `reallocarray`: null when `count * size` overflows, and
    /// then the block is as it was.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    pub fn sn_reallocarray(p: *mut c_void, count: usize, size: usize) -> *mut c_void;

    /// As glibc's `malloc_usable_size`.
    ///
    /// # Safety
    /// `p` is null or a live block of this allocator.
    pub fn sn_malloc_usable_size(p: *const c_void) -> usize;

    /// As C's `memalign`.
    pub fn sn_memalign(alignment: usize, size: usize) -> *mut c_void;

    /// As C11's `aligned_alloc`.
    pub fn sn_aligned_alloc(alignment: usize, size: usize) -> *mut c_void;

    /// As POSIX's `posix_memalign`.
    ///
    /// # Safety
    /// `block` can be written through.
    pub fn sn_posix_memalign(block: *mut *mut c_void, alignment: usize, size: usize) -> i32;
}

/// Among what is linked is the object that defines C's own names, whether or not
/// anything of this crate is called.
#[cfg(feature = "override")]
mod c_names {
    use core::ffi::c_void;

    unsafe extern "C" {
        fn malloc(size: usize) -> *mut c_void;
    }

    #[used]
    static ANCHOR: unsafe extern "C" fn(usize) -> *mut c_void = malloc;
}
