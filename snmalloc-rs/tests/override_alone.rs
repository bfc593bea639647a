// SPDX-License-Identifier: MIT
//! Feature `override` in a program that calls nothing of the crate: linking it suffices.
#![cfg(all(feature = "override", target_os = "linux"))]

use snmalloc_rs as _;

unsafe extern "C" {
    fn malloc_usable_size(block: *mut std::ffi::c_void) -> usize;
}

#[test]
fn malloc_is_replaced_by_snmalloc() {
    // SAFETY: the block is freed once.
    unsafe {
        let block = libc::malloc(1000);
        // snmalloc's class; those of glibc and musl are closer to the requested size.
        assert_eq!(malloc_usable_size(block), 1024);
        libc::free(block);
    }
}
