// SPDX-License-Identifier: MIT
//! Replaces the C library functions that the allocator calls, and makes them fail: at a given rate,
//! or one call of them.

use std::ffi::{c_int, c_void};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};

pub const CALLS: [&str; 5] = ["mmap", "munmap", "mremap", "madvise", "mprotect"];

/// Failures per 1000 calls, for each of `CALLS`.
pub static RATES: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];
pub static FAILED: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];
static RANDOM: AtomicU64 = AtomicU64::new(1);
/// State of the target after a failed `mremap`: Linux before 6.17 unmaps it first, and another
/// thread may map something there.
pub static TARGET: AtomicUsize = AtomicUsize::new(INTACT);
pub const INTACT: usize = 0;
pub const UNMAPPED: usize = 1;
pub const TAKEN: usize = 2;

/// Pages that another owner mapped at a former target.
pub static STRANGERS: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];
pub const PAGE: usize = 4096;
pub const STRANGER: u8 = 0xab;

/// Calls so far, and the number of the one that fails; none if 0.
pub static COUNTS: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];
pub static FAIL_AT: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];

/// Lets another thread have the range that a successful `mremap` leaves.
pub static LEAVES_HOLE: AtomicBool = AtomicBool::new(false);
/// Address of the range that it has left; 0 before and after.
pub static HOLE: AtomicUsize = AtomicUsize::new(0);
static HOLE_SIZE: AtomicUsize = AtomicUsize::new(0);
/// The other thread has got memory there.
pub static HOLE_FILLED: AtomicBool = AtomicBool::new(false);
/// It goes on: `mremap` returns.
pub static HOLE_DONE: AtomicBool = AtomicBool::new(false);

fn fails(call: usize) -> bool {
    let number = COUNTS[call].fetch_add(1, Relaxed) + 1;
    if number == FAIL_AT[call].load(Relaxed) {
        FAILED[call].fetch_add(1, Relaxed);
        return true;
    }
    let rate = RATES[call].load(Relaxed);
    if rate == 0 {
        return false;
    }
    let mut n = RANDOM.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
    n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    n ^= n >> 27;
    let failed = n % 1000 < rate;
    if failed {
        FAILED[call].fetch_add(1, Relaxed);
    }
    failed
}

fn errno(error: c_int) -> c_int {
    // SAFETY: every thread has its own errno.
    unsafe { *libc::__errno_location() = error };
    -1
}

fn no_address(error: c_int) -> *mut c_void {
    errno(error);
    libc::MAP_FAILED
}

/// # Safety
/// As for the system call.
unsafe fn map(
    first: *mut c_void,
    size: usize,
    prot: c_int,
    flags: c_int,
    fd: c_int,
    at: i64,
) -> *mut c_void {
    // SAFETY: the arguments are passed on.
    unsafe { libc::syscall(libc::SYS_mmap, first, size, prot, flags, fd, at) as *mut c_void }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mmap(
    first: *mut c_void,
    size: usize,
    prot: c_int,
    flags: c_int,
    fd: c_int,
    at: i64,
) -> *mut c_void {
    if fails(0) {
        return no_address(libc::ENOMEM);
    }
    let hole = HOLE.load(Acquire) as *mut c_void;
    if first.is_null() && !hole.is_null() && size <= HOLE_SIZE.load(Relaxed) {
        let flags = flags | libc::MAP_FIXED_NOREPLACE;
        // SAFETY: replaces nothing.
        let mapped = unsafe { map(hole, size, prot, flags, fd, at) };
        if mapped == hole {
            HOLE_FILLED.store(true, Relaxed);
            return mapped;
        }
    }
    // SAFETY: the arguments are passed on.
    unsafe { map(first, size, prot, flags, fd, at) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn munmap(first: *mut c_void, size: usize) -> c_int {
    if fails(1) {
        return errno(libc::ENOMEM);
    }
    // SAFETY: the arguments are passed on.
    unsafe { libc::syscall(libc::SYS_munmap, first, size) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mremap(
    from: *mut c_void,
    old: usize,
    new: usize,
    flags: c_int,
    to: *mut c_void,
) -> *mut c_void {
    if fails(2) {
        let target = TARGET.load(Relaxed);
        // SAFETY: the target belongs to the caller, who expects it to be replaced.
        unsafe {
            if target != INTACT && flags & libc::MREMAP_FIXED != 0 {
                libc::syscall(libc::SYS_munmap, to, new);
                if target == TAKEN {
                    take(to);
                }
            }
        }
        return no_address(libc::EFAULT);
    }
    // SAFETY: the arguments are passed on.
    let moved = unsafe { libc::syscall(libc::SYS_mremap, from, old, new, flags, to) };
    if moved as *mut c_void == to && LEAVES_HOLE.swap(false, Relaxed) {
        HOLE_SIZE.store(old, Relaxed);
        HOLE.store(from as usize, Release);
        while !HOLE_DONE.load(Acquire) {
            std::hint::spin_loop();
        }
    }
    moved as *mut c_void
}

/// # Safety
/// No mapping may exist at `to`.
unsafe fn take(to: *mut c_void) {
    let free = STRANGERS.iter().find(|slot| {
        slot.compare_exchange(0, to as usize, Relaxed, Relaxed)
            .is_ok()
    });
    let Some(slot) = free else { return };
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    // SAFETY: writes only to a page that was just mapped here.
    unsafe {
        if map(to, PAGE, prot, flags, -1, 0) == to {
            to.cast::<u8>().write_bytes(STRANGER, PAGE);
        } else {
            slot.store(0, Relaxed);
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn madvise(first: *mut c_void, size: usize, advice: c_int) -> c_int {
    if fails(3) {
        return errno(libc::EINVAL);
    }
    // SAFETY: the arguments are passed on.
    unsafe { libc::syscall(libc::SYS_madvise, first, size, advice) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mprotect(first: *mut c_void, size: usize, prot: c_int) -> c_int {
    if fails(4) {
        return errno(libc::EPERM);
    }
    // SAFETY: the arguments are passed on.
    unsafe { libc::syscall(libc::SYS_mprotect, first, size, prot) as c_int }
}
