// SPDX-License-Identifier: MIT
//! Edge cases of C's functions under feature `override`.
#![cfg(all(feature = "override", target_os = "linux"))]

use std::ffi::{c_int, c_void};
use std::ptr;

use snmalloc_rs::SnMalloc;

unsafe extern "C" {
    fn reallocarray(block: *mut c_void, count: usize, size: usize) -> *mut c_void;
    fn valloc(size: usize) -> *mut c_void;
    fn malloc_usable_size(block: *mut c_void) -> usize;
    fn free_sized(block: *mut c_void, size: usize);
    fn free_aligned_sized(block: *mut c_void, alignment: usize, size: usize);
}

fn is_ours<T>(block: *const T) -> bool {
    SnMalloc::object_start(block.cast()).map(|start| start.as_ptr().cast_const())
        == Some(block.cast())
}

fn errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

fn set_errno(value: c_int) {
    // SAFETY: the pointer is to this thread's errno.
    unsafe { *libc::__errno_location() = value }
}

/// Checks that the block is snmalloc's and usable to the last byte, and frees it.
fn used_and_freed(block: *mut c_void, size: usize, align: usize) {
    assert!(is_ours(block), "{size} bytes at {align}: {block:?}");
    assert_eq!(block.addr() % align, 0, "{size} bytes at {align}");
    // SAFETY: the block is live and has that many bytes.
    unsafe {
        let usable = malloc_usable_size(block);
        assert!(usable >= size);
        assert_eq!(SnMalloc.usable_size(block.cast()), Some(usable));
        block.cast::<u8>().write_bytes(0xA5, usable);
        set_errno(4711);
        libc::free(block);
    }
    assert_eq!(errno(), 4711, "free has set errno");
}

const SIZES: [usize; 9] = [0, 1, 24, 100, 5000, 70_000, 1 << 20, 5 << 20, 70 << 20];

#[test]
fn every_function_that_allocates_does_so_here() {
    for size in SIZES {
        // Blocks are aligned for every type that fits.
        let align = if size < 16 { 8 } else { 16 };
        // SAFETY: each block is used and freed below, once.
        unsafe {
            used_and_freed(libc::malloc(size), size, align);
            let zeroed = libc::calloc(size, 1);
            let bytes = std::slice::from_raw_parts(zeroed.cast::<u8>(), size);
            assert!(bytes.iter().all(|byte| *byte == 0));
            used_and_freed(zeroed, size, align);
            used_and_freed(libc::realloc(ptr::null_mut(), size), size, align);
            used_and_freed(reallocarray(ptr::null_mut(), size, 1), size, align);
            used_and_freed(valloc(size), size, 4096);
            for align in [16, 64, 4096, 1 << 20] {
                used_and_freed(libc::memalign(align, size), size, align);
                used_and_freed(libc::aligned_alloc(align, size), size, align);
                let mut block = ptr::null_mut();
                set_errno(4711);
                assert_eq!(libc::posix_memalign(&mut block, align, size), 0);
                assert_eq!(errno(), 4711);
                used_and_freed(block, size, align);
                free_aligned_sized(libc::aligned_alloc(align, size), align, size);
            }
            free_sized(libc::malloc(size), size);
        }
    }
}

#[test]
fn the_edges_are_as_the_standards_have_them() {
    // SAFETY: every block is freed; errors leave blocks unchanged.
    unsafe {
        set_errno(4711);
        libc::free(ptr::null_mut());
        free_sized(ptr::null_mut(), 8);
        free_aligned_sized(ptr::null_mut(), 8, 8);
        assert_eq!((errno(), malloc_usable_size(ptr::null_mut())), (4711, 0));

        let (one, other) = (libc::malloc(0), libc::malloc(0));
        assert!(is_ours(one) && is_ours(other) && one != other);
        libc::free(one);
        assert!(libc::realloc(other, 0).is_null(), "size 0 frees");

        // Hide the value from the compiler, which would warn.
        let huge = std::hint::black_box(usize::MAX);
        let nothing = ptr::null_mut();
        let block = libc::malloc(100);
        block.cast::<u8>().write(42);
        let fails = |error: c_int, what: &str, call: &dyn Fn() -> *mut c_void| {
            set_errno(0);
            // LLVM takes malloc for a function that doesn't set errno: hide the call.
            let call = std::hint::black_box(call);
            assert_eq!((call(), errno()), (nothing, error), "{what}");
        };
        fails(libc::ENOMEM, "malloc", &|| libc::malloc(huge));
        fails(libc::ENOMEM, "malloc", &|| libc::malloc(huge / 2));
        fails(libc::ENOMEM, "calloc", &|| libc::calloc(huge / 2, 3));
        fails(libc::ENOMEM, "calloc", &|| libc::calloc(huge, 1));
        fails(libc::ENOMEM, "realloc", &|| libc::realloc(block, huge));
        fails(libc::ENOMEM, "reallocarray", &|| {
            reallocarray(block, huge / 4, 8)
        });
        let large = libc::malloc(1 << 20);
        fails(libc::ENOMEM, "realloc", &|| libc::realloc(large, huge / 2));
        libc::free(large);
        fails(libc::ENOMEM, "valloc", &|| valloc(huge));
        fails(libc::ENOMEM, "memalign", &|| {
            libc::memalign(huge / 2 + 1, huge)
        });
        fails(libc::ENOMEM, "memalign", &|| libc::memalign(64, huge - 7));
        for odd in [0, 3, 24, huge] {
            fails(libc::EINVAL, "memalign", &|| libc::memalign(odd, 8));
            fails(libc::EINVAL, "aligned_alloc", &|| {
                libc::aligned_alloc(odd, 8)
            });
        }
        assert_eq!(
            block.cast::<u8>().read(),
            42,
            "a failed realloc took the block"
        );
        libc::free(block);

        let mut same = ptr::dangling_mut::<c_void>();
        for (align, size, error) in [
            (2, 8, libc::EINVAL),
            (24, 8, libc::EINVAL),
            (16, huge, libc::ENOMEM),
        ] {
            assert_eq!(libc::posix_memalign(&mut same, align, size), error);
            assert_eq!(same, ptr::dangling_mut(), "it was written to");
        }
    }
}

#[test]
fn blocks_grow_and_shrink_with_their_content() {
    // SAFETY: the block is live and as long as last requested.
    unsafe {
        let mut block = libc::malloc(1).cast::<u8>();
        block.write(0);
        let mut length = 1;
        for step in [7, 100, 5000, 60_000, 300_000, 2_000_000, 30_000_000] {
            block = libc::realloc(block.cast(), length + step).cast();
            for at in length..length + step {
                block.add(at).write((at % 251) as u8);
            }
            length += step;
        }
        for keep in [20_000_000, 1_000_000, 70_000, 900, 3] {
            block = libc::realloc(block.cast(), keep).cast();
            assert!(is_ours(block));
            assert!(SnMalloc.usable_size(block) < Some(2 * keep + 32));
            assert!((0..keep).all(|at| block.add(at).read() == (at % 251) as u8));
        }
        libc::free(block.cast());
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn override_works_with_a_narrow_pagemap() {
    use std::os::unix::process::CommandExt as _;
    const CHILD: &str = "SNMALLOC_TEST_NARROW";
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let mut child = std::process::Command::new(std::env::current_exe().expect("a path"));
    child.env(CHILD, "1").arg("--test-threads=1");
    let limits = libc::rlimit {
        rlim_cur: 1 << 30,
        rlim_max: 1 << 30,
    };
    // SAFETY: the closure only makes a system call.
    unsafe {
        child.pre_exec(move || match libc::setrlimit(libc::RLIMIT_AS, &limits) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    let output = child.output().expect("the test runs itself");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {said}", output.status);
}
