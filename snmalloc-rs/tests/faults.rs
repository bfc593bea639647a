// SPDX-License-Identifier: MIT
//! System calls that fail: an allocation is null or takes the slower way, and no byte of
//! any block changes.
//!
//! The functions of the C library that the allocator calls are defined here, so that they
//! fail as often as a test says. The test itself allocates from the system's allocator.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![cfg(target_pointer_width = "64")]
#![cfg(not(any(
    feature = "check",
    feature = "qemu",
    feature = "gwp-asan",
    feature = "override",
    feature = "lto"
)))]

use std::alloc::{GlobalAlloc, Layout};
use std::ffi::{c_int, c_void};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;

use snmalloc_rs::SnMalloc;

const CALLS: [&str; 5] = ["mmap", "munmap", "mremap", "madvise", "mprotect"];

/// How many of 1000 calls fail, for each of `CALLS`.
static RATES: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];
static FAILED: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];
static RANDOM: AtomicU64 = AtomicU64::new(1);
/// What a failed `mremap` leaves of its target: Linux before 6.17 unmaps it first, and
/// another thread may map something there.
static TARGET: AtomicUsize = AtomicUsize::new(INTACT);
const INTACT: usize = 0;
const UNMAPPED: usize = 1;
const TAKEN: usize = 2;

/// Pages that a stranger mapped where a target had been.
static STRANGERS: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];
const PAGE: usize = 4096;
const STRANGER: u8 = 0xab;

fn fails(call: usize) -> bool {
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
    // SAFETY: every thread has its own.
    unsafe { *libc::__errno_location() = error };
    -1
}

fn no_address(error: c_int) -> *mut c_void {
    errno(error);
    libc::MAP_FAILED
}

/// # Safety
/// As the system call.
unsafe fn map(
    first: *mut c_void,
    size: usize,
    prot: c_int,
    flags: c_int,
    fd: c_int,
    at: i64,
) -> *mut c_void {
    // SAFETY: passed on.
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
    // SAFETY: passed on.
    unsafe { map(first, size, prot, flags, fd, at) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn munmap(first: *mut c_void, size: usize) -> c_int {
    if fails(1) {
        return errno(libc::ENOMEM);
    }
    // SAFETY: passed on.
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
        // SAFETY: the target is the caller's, who expects it to be replaced.
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
    // SAFETY: passed on.
    unsafe { libc::syscall(libc::SYS_mremap, from, old, new, flags, to) as *mut c_void }
}

/// # Safety
/// Nothing is mapped at `to`.
unsafe fn take(to: *mut c_void) {
    let free = STRANGERS.iter().find(|slot| {
        slot.compare_exchange(0, to as usize, Relaxed, Relaxed)
            .is_ok()
    });
    let Some(slot) = free else { return };
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    // SAFETY: a page of the stranger's own, if it could be had.
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
    // SAFETY: passed on.
    unsafe { libc::syscall(libc::SYS_madvise, first, size, advice) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mprotect(first: *mut c_void, size: usize, prot: c_int) -> c_int {
    if fails(4) {
        return errno(libc::EPERM);
    }
    // SAFETY: passed on.
    unsafe { libc::syscall(libc::SYS_mprotect, first, size, prot) as c_int }
}

/// A block of which a byte in each 500 is known.
struct Known {
    ptr: *mut u8,
    size: usize,
    seed: usize,
}

impl Known {
    const STEP: usize = 500;

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 16).expect("a layout")
    }

    fn byte(&self, at: usize) -> u8 {
        (at / Self::STEP * 31 + self.seed) as u8
    }

    fn new(size: usize, seed: usize, zeroed: bool) -> Option<Self> {
        let layout = Self::layout(size);
        // SAFETY: the size isn't 0.
        let ptr = unsafe {
            if zeroed {
                SnMalloc.alloc_zeroed(layout)
            } else {
                SnMalloc.alloc(layout)
            }
        };
        let block = Self { ptr, size, seed };
        if ptr.is_null() {
            std::mem::forget(block);
            return None;
        }
        if zeroed {
            for at in (0..size).step_by(Self::STEP) {
                // SAFETY: inside the block.
                let byte = unsafe { ptr.add(at).read() };
                assert_eq!(byte, 0, "zeroed: byte {at} of {size}");
            }
        }
        block.write(0);
        Some(block)
    }

    fn write(&self, from: usize) {
        for at in (from.next_multiple_of(Self::STEP)..self.size).step_by(Self::STEP) {
            // SAFETY: inside the block.
            unsafe { self.ptr.add(at).write(self.byte(at)) };
        }
    }

    fn check(&self, what: &str) {
        for at in (0..self.size).step_by(Self::STEP) {
            // SAFETY: inside the block.
            let byte = unsafe { self.ptr.add(at).read() };
            assert_eq!(byte, self.byte(at), "{what}: byte {at} of {}", self.size);
        }
    }

    /// False if the block is as it was.
    fn resize(&mut self, size: usize) -> bool {
        // SAFETY: the block is live and has this layout.
        let ptr = unsafe { SnMalloc.realloc(self.ptr, Self::layout(self.size), size) };
        if ptr.is_null() {
            return false;
        }
        let old = std::mem::replace(&mut self.size, size);
        self.ptr = ptr;
        if size > old {
            self.write(old);
        }
        true
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        self.check("when freed");
        // SAFETY: the block is live and has this layout.
        unsafe { SnMalloc.dealloc(self.ptr, Self::layout(self.size)) };
    }
}

/// Allocates, grows, cuts and frees blocks of 64 bytes to 24 MiB in random order.
fn stress(seed: usize, steps: usize) {
    let mut n = seed as u64 | 1;
    let mut random = move || {
        n ^= n << 13;
        n ^= n >> 7;
        n ^= n << 17;
        n as usize >> 8
    };
    let mut blocks: Vec<Known> = Vec::with_capacity(16);
    for step in 0..steps {
        let bits = 6 + random() % 19;
        let size = (1 << bits) + random() % (1 << (bits - 1));
        match random() % 4 {
            0 | 1 if blocks.len() < 12 => {
                blocks.extend(Known::new(size, seed + step, random() % 4 == 0));
            }
            2 if !blocks.is_empty() => {
                let at = random() % blocks.len();
                let block = &mut blocks[at];
                let to = if random() % 3 == 0 {
                    block.size / 2 + 1
                } else {
                    block.size * 2
                };
                if to < 32 << 20 {
                    block.resize(to);
                    block.check("after realloc");
                }
            }
            _ if !blocks.is_empty() => {
                let at = random() % blocks.len();
                blocks.swap_remove(at);
            }
            _ => SnMalloc::release_unused(),
        }
    }
}

#[test]
fn failing_system_calls_change_no_byte() {
    const THREADS: usize = 3;
    for (target, name) in [(INTACT, "intact"), (UNMAPPED, "unmapped"), (TAKEN, "taken")] {
        TARGET.store(target, Relaxed);
        for call in 0..=CALLS.len() {
            // What a failed mremap leaves matters where it fails.
            if target != INTACT && call != 2 && call != CALLS.len() {
                continue;
            }
            for rate in [20, 200, 1000] {
                let ready = Barrier::new(THREADS + 1);
                thread::scope(|scope| {
                    for thread in 0..THREADS {
                        let ready = &ready;
                        scope.spawn(move || {
                            // A thread can't begin without its allocator.
                            drop(Known::new(100, thread, false));
                            ready.wait();
                            stress(thread * 1000 + call * 7 + rate as usize, 150);
                        });
                    }
                    ready.wait();
                    for (n, failing) in RATES.iter().enumerate() {
                        // Past the last call: all of them.
                        let chosen = n == call || call == CALLS.len();
                        failing.store(if chosen { rate } else { 0 }, Relaxed);
                    }
                });
                RATES.iter().for_each(|rate| rate.store(0, Relaxed));
                println!("{name} {}: {rate}", CALLS.get(call).unwrap_or(&"all"));
                stress(call, 100);
            }
        }
    }
    for slot in &STRANGERS {
        let page = slot.load(Relaxed) as *const u8;
        for at in (0..PAGE).take_while(|_| !page.is_null()) {
            // SAFETY: the page is the stranger's, and stays mapped.
            let byte = unsafe { page.add(at).read() };
            assert_eq!(byte, STRANGER, "a stranger's page");
        }
    }
    // The growth of blocks asks for pages to be moved, and memory for pages at all.
    for call in [0, 2, 3] {
        assert_ne!(
            FAILED[call].load(Relaxed),
            0,
            "{} never failed",
            CALLS[call]
        );
    }
}
