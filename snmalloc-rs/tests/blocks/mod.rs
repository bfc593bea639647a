// SPDX-License-Identifier: MIT
//! Blocks of megabytes, in which each page can be distinguished from any other.
// Not each test binary uses all of it.
#![allow(dead_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::ops::{Deref, DerefMut};

use snmalloc_rs::SnMalloc;

pub const MIB: usize = 1 << 20;

/// A block allocated directly from the allocator.
pub struct Block {
    ptr: *mut u8,
    layout: Layout,
}

// SAFETY: the block belongs to its current owner.
unsafe impl Send for Block {}

impl Block {
    fn of(size: usize, get: impl FnOnce(Layout) -> *mut u8) -> Self {
        let layout = Layout::from_size_align(size, 16).expect("a valid layout");
        let ptr = get(layout);
        assert!(!ptr.is_null(), "no memory for {size} bytes");
        Self { ptr, layout }
    }

    /// The size in bytes up to which the block can grow in place.
    pub fn usable(&self) -> usize {
        SnMalloc.usable_size(self.ptr).expect("not null")
    }

    pub fn new(size: usize) -> Self {
        // SAFETY: the size isn't 0.
        Self::of(size, |layout| unsafe { SnMalloc.alloc(layout) })
    }

    pub fn zeroed(size: usize) -> Self {
        // SAFETY: the size isn't 0.
        Self::of(size, |layout| unsafe { SnMalloc.alloc_zeroed(layout) })
    }

    pub fn resize(&mut self, size: usize) {
        // SAFETY: the block is live and has this layout.
        let ptr = unsafe { SnMalloc.realloc(self.ptr, self.layout, size) };
        assert!(!ptr.is_null(), "no memory for {size} bytes");
        self.ptr = ptr;
        self.layout = Layout::from_size_align(size, 16).expect("a valid layout");
    }
}

impl Deref for Block {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: the block is ours; every test writes before it reads.
        unsafe { std::slice::from_raw_parts(self.ptr, self.layout.size()) }
    }
}

impl DerefMut for Block {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.ptr, self.layout.size()) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block is live and has this layout.
        unsafe { SnMalloc.dealloc(self.ptr, self.layout) };
    }
}

/// A few bytes of each page: enough to distinguish it from any other page.
const STEP: usize = 1000;

pub fn write(block: &mut [u8], from: usize, seed: usize) {
    for at in (from..block.len()).step_by(STEP) {
        block[at] = (at / STEP * 31 + seed) as u8;
    }
}

pub fn check(block: &[u8], seed: usize) {
    for at in (0..block.len()).step_by(STEP) {
        assert_eq!(block[at], (at / STEP * 31 + seed) as u8, "byte {at}");
    }
}

/// `from` rounded up to the offset at which `write` continues.
pub fn next(from: usize) -> usize {
    from.div_ceil(STEP) * STEP
}
