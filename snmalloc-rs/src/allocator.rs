// SPDX-License-Identifier: MIT
//! Implements `Allocator`, the trait for collections with an explicit allocator.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};

use snmalloc_sys as ffi;

use crate::{SnMalloc, last};

/// The result for a layout of size 0: no block, so nothing needs to be freed.
fn nothing(layout: Layout) -> NonNull<[u8]> {
    let start = ptr::without_provenance_mut(layout.align());
    // SAFETY: no alignment is 0.
    NonNull::slice_from_raw_parts(unsafe { NonNull::new_unchecked(start) }, 0)
}

/// `None` if there was no memory.
fn block(start: *mut u8, bytes: usize) -> Option<NonNull<[u8]>> {
    NonNull::new(start).map(|start| NonNull::slice_from_raw_parts(start, bytes))
}

/// The usable bytes of a block for `layout`. All sizes from that of the layout up to this one have
/// the same class, so feature `check` accepts a free with any of them.
#[inline]
const fn usable(layout: Layout) -> usize {
    if cfg!(any(feature = "gwp-asan", feature = "valgrind")) {
        // A sampled block is no longer than requested, and memcheck knows the requested size.
        return layout.size();
    }
    class_size(last(layout))
}

/// The size of snmalloc's class for blocks with their last byte at `last`. Large blocks may be
/// longer: from which size on depends on features that other crates may turn on. Computed here
/// too, so that it is free if the layout is constant.
const fn class_size(last: usize) -> usize {
    const STEP: usize = 2 * size_of::<usize>();
    let top = 1 << (last | 1).ilog2();
    let mask = if last < 8 * STEP {
        STEP - 1
    } else {
        // Each power of two has four classes.
        top / 4 - 1
    };
    (last | mask) + 1
}

/// Resizes a block to another layout; neither size is 0. With `zeroed`, the added bytes are zero.
///
/// # Safety
/// `ptr` is a live block with layout `old`.
unsafe fn resize(ptr: NonNull<u8>, old: Layout, new: Layout, zeroed: bool) -> *mut u8 {
    let ptr = ptr.as_ptr().cast();
    // SAFETY: the caller's contract.
    let moved = unsafe {
        ffi::sn_rust_realloc_aligned(
            ptr,
            old.align(),
            old.size(),
            new.align(),
            new.size(),
            zeroed,
        )
    };
    moved.cast()
}

/// Implements either trait; both have the same methods.
macro_rules! allocator {
    ($allocator:path, $error:path) => {
        // SAFETY: blocks live until they are freed, whatever happens to the allocator, all values
        // of which are the same. Every size that fits a block has the block's class.
        /// Returned slices may be longer than requested, up to the block's
        /// [usable size](SnMalloc::usable_size); zeroed slices have the requested size. A layout of
        /// size 0 gets no block.
        ///
        /// Blocks grow and shrink as with `realloc`, also to another alignment: in place or by
        /// moving pages, if possible.
        ///
        /// The crate's README has an example.
        unsafe impl $allocator for SnMalloc {
            #[inline]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, $error> {
                if layout.size() == 0 {
                    return Ok(nothing(layout));
                }
                // SAFETY: the size isn't 0.
                block(unsafe { self.alloc(layout) }, usable(layout)).ok_or($error)
            }

            #[inline]
            fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, $error> {
                if layout.size() == 0 {
                    return Ok(nothing(layout));
                }
                // SAFETY: the size isn't 0.
                block(unsafe { self.alloc_zeroed(layout) }, layout.size()).ok_or($error)
            }

            #[inline]
            unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
                if layout.size() != 0 {
                    // SAFETY: the block is ours, and the layout fits it.
                    unsafe { self.dealloc(ptr.as_ptr(), layout) }
                }
            }

            #[inline]
            unsafe fn grow(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $error> {
                debug_assert!(new.size() >= old.size(), "growing must not shrink");
                if old.size() == 0 {
                    return self.allocate(new);
                }
                // SAFETY: the block is ours, and the layout fits it; `new` is no smaller.
                block(unsafe { resize(ptr, old, new, false) }, usable(new)).ok_or($error)
            }

            #[inline]
            unsafe fn grow_zeroed(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $error> {
                debug_assert!(new.size() >= old.size(), "growing must not shrink");
                if old.size() == 0 {
                    return self.allocate_zeroed(new);
                }
                // SAFETY: the block is ours, and the layout fits it; `new` is no smaller.
                block(unsafe { resize(ptr, old, new, true) }, new.size()).ok_or($error)
            }

            #[inline]
            unsafe fn shrink(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $error> {
                debug_assert!(new.size() <= old.size(), "shrinking must not grow");
                if new.size() == 0 {
                    // SAFETY: the block is ours, and the layout fits it.
                    unsafe { self.deallocate(ptr, old) };
                    return Ok(nothing(new));
                }
                // SAFETY: the block is ours, and the layout fits it; `old` is no smaller.
                block(unsafe { resize(ptr, old, new, false) }, usable(new)).ok_or($error)
            }
        }
    };
}

#[cfg(feature = "allocator-api2")]
allocator!(
    allocator_api2::alloc::Allocator,
    allocator_api2::alloc::AllocError
);
#[cfg(feature = "nightly")]
allocator!(core::alloc::Allocator, core::alloc::AllocError);

#[cfg(test)]
mod tests {
    use super::class_size;
    use crate::SnMalloc;
    use core::alloc::{GlobalAlloc as _, Layout};

    #[test]
    #[cfg_attr(feature = "gwp-asan", ignore = "sampled blocks have no class")]
    fn size_classes_match_snmalloc() {
        // Larger blocks are large, unless a feature says otherwise.
        const SMALL: usize = 1 << 15;
        let around = |bits: u32| (1_usize << bits) - 40..(1 << bits) + 40;
        for size in (1..70_000).chain((16..25).flat_map(around)) {
            let layout = Layout::from_size_align(size, 1).expect("a valid layout");
            // SAFETY: the size isn't 0, and the block is freed as allocated.
            let real = unsafe {
                let block = SnMalloc.alloc(layout);
                let real = SnMalloc.usable_size(block);
                SnMalloc.dealloc(block, layout);
                real
            };
            let (class, real) = (class_size(size - 1), real.expect("a known size"));
            assert!(class >= size && class <= real, "of {size}: {class}, {real}");
            assert!(size > SMALL || class == real, "of {size}: {class}, {real}");
        }
    }
}
