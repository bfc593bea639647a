// SPDX-License-Identifier: MIT
//! Blocks seen from outside: resized where they are, and found by any address.

use core::alloc::Layout;
use core::ptr::{self, NonNull};

use snmalloc_sys as ffi;

use crate::SnMalloc;

impl SnMalloc {
    /// Makes the block at `ptr` `new_size` bytes long without moving it. Returns
    /// whether that was possible; if not, the block is as it was.
    ///
    /// Up to the block's [usable size](Self::usable_size) growth succeeds, beyond it
    /// never. A block of more than 64 KiB that shrinks gives back the memory behind
    /// it, as far as it stays longer than 64 KiB; a smaller one, or with feature
    /// `check` any, shrinks only as far as its usable size would be the same.
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

    /// The start of the block of this allocator that `ptr` points into, wherever
    /// inside it. `None` where there is none: null, the stack, statics, memory of
    /// others, any number that is no address at all. The pointer isn't followed.
    ///
    /// A block is as long as its [usable size](Self::usable_size). What was freed may
    /// still be found until its memory is used otherwise: the answer is of use for
    /// memory that is alive. One that feature `gwp-asan` samples isn't found.
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

    /// The bytes of the block that `ptr` points into, all of them, wherever inside it
    /// `ptr` points. `None` as for [`object_start`](Self::object_start), which has an
    /// example.
    pub fn object_size(ptr: *const u8) -> Option<usize> {
        object(ptr).map(|(_, size)| size)
    }

    /// The bytes from `ptr` to the end of the block that it points into; never 0.
    /// `None` as for [`object_start`](Self::object_start), which has an example.
    pub fn remaining_bytes(ptr: *const u8) -> Option<usize> {
        object(ptr).map(|(start, size)| size - (ptr.addr() - start.addr().get()))
    }
}

fn object(ptr: *const u8) -> Option<(NonNull<u8>, usize)> {
    let mut size = 0;
    // SAFETY: any address may be given; the size is a live variable.
    let start = unsafe { ffi::sn_rust_object(ptr.cast(), ptr::from_mut(&mut size)) };
    NonNull::new(start.cast()).map(|start| (start, size))
}
