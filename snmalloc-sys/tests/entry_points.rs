// SPDX-License-Identifier: MIT
//! Calls the entry points through their C interface.

use std::ffi::c_void;

use snmalloc_sys::*;

fn bytes<'a>(block: *mut c_void, size: usize) -> &'a mut [u8] {
    assert!(!block.is_null());
    // SAFETY: the tests below pass live blocks of at least that size.
    unsafe { std::slice::from_raw_parts_mut(block.cast(), size) }
}

#[test]
fn alloc_and_free() {
    // SAFETY: alignments are powers of two, and blocks are freed as allocated.
    unsafe {
        let block = sn_rust_alloc(64, 1000);
        assert_eq!(block as usize % 64, 0);
        bytes(block, 1000).fill(1);
        sn_rust_dealloc(block, 64, 1000);
    }
}

#[test]
fn zeroed_is_zero() {
    // SAFETY: as above.
    unsafe {
        let block = sn_rust_alloc_zeroed(8, 4000);
        assert!(bytes(block, 4000).iter().all(|byte| *byte == 0));
        sn_rust_dealloc(block, 8, 4000);
    }
}

#[test]
fn realloc_within_a_class_does_not_move() {
    // SAFETY: as above.
    unsafe {
        let block = sn_rust_alloc(8, 1000);
        let same = sn_rust_realloc(block, 8, 1000, 1001);
        assert_eq!(block, same);
        sn_rust_dealloc(same, 8, 1001);
    }
}

#[test]
fn realloc_moves_content() {
    // SAFETY: as above.
    unsafe {
        let block = sn_rust_alloc(8, 100);
        bytes(block, 100).fill(9);
        let moved = sn_rust_realloc(block, 8, 100, 100_000);
        assert!(bytes(moved, 100).iter().all(|byte| *byte == 9));
        sn_rust_dealloc(moved, 8, 100_000);
    }
}

#[test]
fn usable_size_of_null_is_zero() {
    // SAFETY: null is allowed.
    assert_eq!(unsafe { sn_rust_usable_size(std::ptr::null()) }, 0);
}

#[test]
fn usable_size_covers_the_alignment() {
    // SAFETY: as above.
    unsafe {
        let block = sn_rust_alloc(32, 8);
        assert!(sn_rust_usable_size(block) >= 32);
        sn_rust_dealloc(block, 32, 8);
    }
}

#[test]
fn statistics_count_live_memory() {
    let (mut current, mut peak) = (0, 0);
    // SAFETY: as above; the pointers are to live variables.
    unsafe {
        let block = sn_rust_alloc(8, 1 << 22);
        sn_rust_statistics(&mut current, &mut peak);
        sn_rust_dealloc(block, 8, 1 << 22);
    }
    assert!(current >= 1 << 22 && peak >= current);
}

#[cfg(feature = "libc-api")]
mod libc_api {
    use super::*;

    #[test]
    fn malloc_and_free() {
        // SAFETY: blocks are freed once.
        unsafe {
            let block = sn_malloc(100);
            bytes(block, 100).fill(1);
            assert!(sn_malloc_usable_size(block) >= 100);
            sn_free(block);
            sn_free(std::ptr::null_mut());
        }
    }

    #[test]
    fn malloc_of_zero_is_a_block() {
        // SAFETY: as above.
        unsafe {
            let block = sn_malloc(0);
            assert!(!block.is_null());
            sn_free(block);
        }
    }

    #[test]
    fn calloc_is_zero_and_does_not_overflow() {
        // SAFETY: as above.
        unsafe {
            let block = sn_calloc(10, 100);
            assert!(bytes(block, 1000).iter().all(|byte| *byte == 0));
            sn_free(block);
            assert!(sn_calloc(usize::MAX / 2, 3).is_null());
        }
    }

    #[test]
    fn realloc_of_null_is_malloc() {
        // SAFETY: as above.
        unsafe {
            let block = sn_realloc(std::ptr::null_mut(), 10);
            bytes(block, 10).fill(5);
            let larger = sn_realloc(block, 10_000);
            assert!(bytes(larger, 10).iter().all(|byte| *byte == 5));
            assert!(sn_realloc(larger, 0).is_null());
        }
    }

    #[test]
    fn large_blocks_are_resized_with_their_content() {
        // SAFETY: as above.
        unsafe {
            let block = sn_malloc(3 << 20);
            bytes(block, 3 << 20).fill(8);
            let larger = sn_reallocarray(block, 5, 4 << 20);
            assert!(bytes(larger, 3 << 20).iter().all(|byte| *byte == 8));
            assert!(sn_reallocarray(larger, usize::MAX / 2, 3).is_null());
            let shorter = sn_realloc(larger, 1 << 20);
            assert!(sn_malloc_usable_size(shorter) < 3 << 20);
            assert!(bytes(shorter, 1 << 20).iter().all(|byte| *byte == 8));
            sn_free(shorter);
        }
    }

    #[test]
    fn invalid_alignments_return_null() {
        // SAFETY: every block that is allocated is freed.
        unsafe {
            assert!(sn_memalign(48, 10).is_null() && sn_memalign(0, 10).is_null());
            assert!(sn_memalign(usize::MAX / 2 + 1, usize::MAX).is_null());
            let block = sn_memalign(4096, 0);
            assert!(!block.is_null() && block.addr() % 4096 == 0);
            sn_free(block);
        }
    }

    #[test]
    fn aligned_allocations() {
        // SAFETY: as above; the pointer is to a live variable.
        unsafe {
            let mut block = std::ptr::null_mut();
            assert_eq!(sn_posix_memalign(&mut block, 256, 10), 0);
            assert_eq!(block as usize % 256, 0);
            sn_free(block);
            for block in [sn_memalign(128, 1000), sn_aligned_alloc(128, 1024)] {
                assert!(!block.is_null() && block as usize % 128 == 0);
                sn_free(block);
            }
        }
    }
}

/// The functions of 0.7 for which the crate declares no binding.
#[test]
#[cfg(feature = "libc-api")]
fn c_names_of_0_7_follow_the_c_standard() {
    unsafe extern "C" {
        fn sn_cfree(block: *mut c_void);
        fn sn_free_sized(block: *mut c_void, size: usize);
        fn sn_free_aligned_sized(block: *mut c_void, alignment: usize, size: usize);
        fn sn_valloc(size: usize) -> *mut c_void;
        fn sn_pvalloc(size: usize) -> *mut c_void;
        fn sn_malloc_good_size(size: usize) -> usize;
        fn sn_reallocarr(of: *mut *mut c_void, count: usize, size: usize) -> i32;
        fn sn___malloc_end_pointer(address: *mut c_void) -> *mut c_void;
    }
    // SAFETY: blocks are of this allocator and freed once.
    unsafe {
        let page = sn_valloc(10);
        assert_eq!(page as usize % 4096, 0);
        sn_cfree(page);
        let pages = sn_pvalloc(4097);
        assert!(sn_malloc_usable_size(pages) >= 8192);
        assert_eq!(pages as usize % 4096, 0);
        sn_free_aligned_sized(pages, 4096, 4097);
        assert!(sn_pvalloc(usize::MAX).is_null());
        sn_cfree(std::ptr::null_mut());
        for size in [1, 17, 1000, 32_768, 32_769, 50_000, 70_000] {
            let block = sn_malloc(size);
            let usable = sn_malloc_usable_size(block);
            assert_eq!(sn_malloc_good_size(size), usable, "{size}");
            let last = block.byte_add(size - 1);
            assert_eq!(sn___malloc_end_pointer(last), block.byte_add(usable));
            sn_free_sized(block, size);
        }
        let mut block = sn_malloc(8);
        bytes(block, 8).fill(7);
        assert_ne!(sn_reallocarr(&raw mut block, usize::MAX, 2), 0);
        assert_eq!(sn_reallocarr(&raw mut block, 100, 100), 0);
        assert!(bytes(block, 10_000)[..8].iter().all(|byte| *byte == 7));
        assert_eq!(sn_reallocarr(&raw mut block, 0, 100), 0);
        assert!(block.is_null());
    }
}
