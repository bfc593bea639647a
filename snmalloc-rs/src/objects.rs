// SPDX-License-Identifier: MIT
//! Resizes blocks in place, and finds blocks by any address inside them.

use core::alloc::Layout;
use core::ptr::{self, NonNull};

use snmalloc_sys as ffi;

use crate::SnMalloc;

impl SnMalloc {
    /// Resizes the block at `ptr` to `new_size` bytes without moving it. Returns whether that was
    /// possible; if not, the block is unchanged.
    ///
    /// Growth succeeds up to the block's [usable size](Self::usable_size), never beyond. A block of
    /// more than 32 KiB that shrinks returns the memory behind it, as long as it stays longer than
    /// 32 KiB. A smaller block, or any block with feature `check`, shrinks only if its usable size
    /// stays the same.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let layout = Layout::from_size_align(1000, 8).unwrap();
    /// unsafe {
    ///     let block = SnMalloc.alloc(layout);
    ///     assert!(SnMalloc::resize_in_place(block, layout, 1024));
    ///     assert!(!SnMalloc::resize_in_place(block, layout, 5000));
    ///     SnMalloc.dealloc(block, Layout::from_size_align(1024, 8).unwrap());
    /// }
    /// ```
    ///
    /// # Safety
    /// `ptr` is a live block of this allocator with this layout. `new_size`, rounded
    /// up to the layout's alignment, is at most `isize::MAX`. After `true` the
    /// block's layout is that of `new_size` with the same alignment, and the bytes
    /// that both sizes cover have kept their values.
    #[doc(alias = "xallocx")]
    #[doc(alias = "mi_expand")]
    #[doc(alias = "grow_in_place")]
    #[must_use = "on `false` the block has its old size"]
    pub unsafe fn resize_in_place(ptr: *mut u8, layout: Layout, new_size: usize) -> bool {
        let (old_size, new_size) = (layout.size().max(1), new_size.max(1));
        // SAFETY: the caller promises a live block with this layout.
        unsafe { ffi::sn_rust_resize_in_place(ptr.cast(), layout.align(), old_size, new_size) }
    }

    /// Returns the start of the block of this allocator that contains `ptr`. `None` if there is
    /// none: null, the stack, statics, memory of other allocators, or a number that is not an
    /// address. The pointer isn't dereferenced.
    ///
    /// A block is as long as its [usable size](Self::usable_size). A freed block may still be found
    /// until its memory is reused, so the result is meaningful only for live memory. Blocks sampled
    /// by feature `gwp-asan` aren't found.
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
    /// use snmalloc_rs::SnMalloc;
    ///
    /// let words = vec![0_u64; 100];
    /// let inside: *const u64 = &words[42];
    /// let start = SnMalloc::object_start(inside.cast()).unwrap();
    /// assert_eq!(start.as_ptr().cast_const().cast(), words.as_ptr());
    /// assert_eq!(SnMalloc::object_size(inside.cast()), Some(896));
    /// assert_eq!(SnMalloc::remaining_bytes(inside.cast()), Some(896 - 42 * 8));
    /// let local = 0;
    /// assert_eq!(SnMalloc::object_start(&raw const local), None);
    /// ```
    pub fn object_start(ptr: *const u8) -> Option<NonNull<u8>> {
        object(ptr).map(|(start, _)| start)
    }

    /// The size in bytes of the whole block that contains `ptr`. `None` as for
    /// [`object_start`](Self::object_start), which has an example.
    pub fn object_size(ptr: *const u8) -> Option<usize> {
        object(ptr).map(|(_, size)| size)
    }

    /// The bytes from `ptr` to the end of the block that contains it; never 0. `None` as for
    /// [`object_start`](Self::object_start), which has an example.
    pub fn remaining_bytes(ptr: *const u8) -> Option<usize> {
        object(ptr).map(|(start, size)| size - (ptr.addr() - start.addr().get()))
    }
}

fn object(ptr: *const u8) -> Option<(NonNull<u8>, usize)> {
    let mut size = 0;
    // SAFETY: any address may be passed; the size is a live variable.
    let start = unsafe { ffi::sn_rust_object(ptr.cast(), ptr::from_mut(&mut size)) };
    NonNull::new(start.cast()).map(|start| (start, size))
}
