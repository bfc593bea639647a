// SPDX-License-Identifier: MIT
//! Under feature `override`, snmalloc serves the whole program, including the C library's own
//! allocations and those it makes for callers.
#![cfg(all(feature = "override", target_os = "linux"))]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use snmalloc_rs::SnMalloc;

unsafe extern "C" {
    fn open_memstream(text: *mut *mut c_char, size: *mut usize) -> *mut libc::FILE;
}

fn is_ours<T>(block: *const T) -> bool {
    SnMalloc::object_start(block.cast()).map(|start| start.as_ptr().cast_const())
        == Some(block.cast())
}

#[test]
fn the_c_library_allocates_here() {
    // SAFETY: C strings end with 0, and every block is freed.
    unsafe {
        let copy = libc::strdup(c"copied".as_ptr());
        assert!(is_ours(copy));
        assert_eq!(CStr::from_ptr(copy), c"copied");
        libc::free(copy.cast());

        let (mut line, mut size) = (ptr::null_mut(), 0);
        let text = "long ".repeat(20_000) + "\n";
        let file = libc::tmpfile();
        assert_eq!(
            libc::fwrite(text.as_ptr().cast(), 1, text.len(), file),
            text.len()
        );
        libc::rewind(file);
        assert_eq!(
            libc::getline(&mut line, &mut size, file),
            text.len() as isize
        );
        libc::fclose(file);
        assert!(is_ours(line));
        libc::free(line.cast());

        // Output this wide needs a buffer of the C library's own.
        let (mut made, mut size) = (ptr::null_mut(), 0);
        let stream = open_memstream(&mut made, &mut size);
        libc::fprintf(stream, c"%0200000d and %.3000f".as_ptr(), 7_i32, 0.1_f64);
        libc::fclose(stream);
        assert!(is_ours(made));
        assert_eq!(size, 200_000 + 5 + 3002);
        libc::free(made.cast());

        let path = libc::realpath(c"/proc/self/exe".as_ptr(), ptr::null_mut());
        assert!(is_ours(path));
        libc::free(path.cast());
    }
}

extern "C" fn by_number(left: *const c_void, right: *const c_void) -> c_int {
    // SAFETY: `qsort` passes pointers to elements.
    unsafe { (*left.cast::<u64>()).cmp(&*right.cast()) as c_int }
}

#[test]
fn sorting_and_threads_of_c_run_on_it() {
    extern "C" fn thread(argument: *mut c_void) -> *mut c_void {
        // SAFETY: the caller's array, of that length, for this thread alone.
        unsafe {
            libc::qsort(argument, 100_000, 8, Some(by_number));
            let block = libc::malloc(300_000);
            assert!(is_ours(block));
            block
        }
    }
    let mut numbers: Vec<Vec<u64>> = (1..9_u64)
        .map(|seed| {
            (0..100_000_u64)
                .map(|n| n.wrapping_mul(seed << 40 | 0x9E3779B97F4A7C15))
                .collect()
        })
        .collect();
    let threads: Vec<libc::pthread_t> = numbers
        .iter_mut()
        .map(|numbers| {
            // pthread_t is a number or a pointer, depending on the C library.
            let mut id = MaybeUninit::uninit();
            let argument = numbers.as_mut_ptr().cast();
            // SAFETY: the array outlives the thread, which is joined below; without an error, the
            // thread's id was written.
            unsafe {
                let error = libc::pthread_create(id.as_mut_ptr(), ptr::null(), thread, argument);
                assert_eq!(error, 0);
                id.assume_init()
            }
        })
        .collect();
    for id in threads {
        let mut block = ptr::null_mut();
        // SAFETY: each thread is joined once; its block is freed by this one.
        unsafe {
            assert_eq!(libc::pthread_join(id, &mut block), 0);
            libc::free(block);
        }
    }
    assert!(numbers.iter().all(|numbers| numbers.is_sorted()));
}

#[test]
#[cfg(not(target_feature = "crt-static"))]
fn libraries_that_are_loaded_later_allocate_here() {
    // Load a library that the test isn't linked with; it has C++'s `new` and `delete`.
    type New = unsafe extern "C" fn(usize) -> *mut c_void;
    type Delete = unsafe extern "C" fn(*mut c_void);
    // SAFETY: the functions have these types.
    unsafe {
        let everybody_s = libc::dlsym(libc::RTLD_DEFAULT, c"malloc".as_ptr());
        assert_eq!(everybody_s.addr(), libc::malloc as *const () as usize);
        let library = libc::dlopen(c"libstdc++.so.6".as_ptr(), libc::RTLD_NOW);
        if library.is_null() {
            println!("in part not run: libstdc++.so.6 isn't installed");
        } else {
            let mangled = if size_of::<usize>() == 8 {
                c"_Znwm"
            } else {
                c"_Znwj"
            };
            let new: New = std::mem::transmute(libc::dlsym(library, mangled.as_ptr()));
            let delete: Delete = std::mem::transmute(libc::dlsym(library, c"_ZdlPv".as_ptr()));
            let block = new(1000);
            assert!(is_ours(block));
            delete(block);
            assert_eq!(libc::dlclose(library), 0);
        }
    }
    // SAFETY: the name is no library's, and the C library owns the error message.
    unsafe {
        assert!(libc::dlopen(c"no such library".as_ptr(), libc::RTLD_NOW).is_null());
        assert!(!libc::dlerror().is_null());
    }
}

#[test]
fn a_child_allocates_and_ends() {
    let mine = vec![7_u8; 100_000];
    assert!(is_ours(mine.as_ptr()), "std's own allocator is malloc");
    // SAFETY: the child only allocates, which is the test, and exits with `_exit`.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::alarm(60);
            let copy = libc::strdup(c"in the child".as_ptr());
            let fine = is_ours(copy) && mine[99_999] == 7;
            libc::free(copy.cast());
            libc::_exit(if fine { 0 } else { 1 });
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &mut status, 0), child);
        assert_eq!(status, 0);
    }
}
