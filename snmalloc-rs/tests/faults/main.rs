// SPDX-License-Identifier: MIT
//! Makes system calls fail: an allocation returns null or takes a slower path, and no byte of any
//! block changes.
//!
//! The test itself uses the platform's allocator.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![cfg(target_pointer_width = "64")]
#![cfg(not(any(
    feature = "qemu",
    feature = "gwp-asan",
    feature = "override",
    feature = "lto"
)))]

mod calls;
mod each_call;
#[cfg(not(feature = "check"))]
mod moved;

use std::alloc::{GlobalAlloc, Layout};
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use calls::{CALLS, FAILED, INTACT, PAGE, RATES, STRANGER, STRANGERS, TAKEN, TARGET, UNMAPPED};
use snmalloc_rs::SnMalloc;

const CHILD: &str = "SNMALLOC_TEST_FAULTS";

/// Reruns the named test in a process of its own; returns false in that process. Elsewhere, the calls
/// that fail would be those of other tests, too: std's, when a thread begins.
fn runs_itself(test: &str) -> bool {
    if std::env::var_os(CHILD).is_some() {
        return false;
    }
    let output = Command::new(std::env::current_exe().expect("a path"))
        .env(CHILD, "1")
        .args([test, "--exact", "--nocapture"])
        .output()
        .expect("the test runs itself");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("1 passed"), "{}\n{text}", output.status);
    true
}

/// A block with a known byte every 500 bytes.
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

    /// Returns false if the block is unchanged.
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

/// Allocates, grows, shrinks and frees blocks of 64 bytes to 24 MiB in random order.
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
    const ALWAYS: u64 = 1000;
    if runs_itself("failing_system_calls_change_no_byte") {
        return;
    }
    for (target, name) in [(INTACT, "intact"), (UNMAPPED, "unmapped"), (TAKEN, "taken")] {
        TARGET.store(target, Relaxed);
        for call in 0..=CALLS.len() {
            // The target's state matters only if mremap fails.
            if target != INTACT && call != 2 && call != CALLS.len() {
                continue;
            }
            for rate in [ALWAYS, 200, 20] {
                let ready = Barrier::new(THREADS + 1);
                thread::scope(|scope| {
                    for thread in 0..THREADS {
                        let ready = &ready;
                        scope.spawn(move || {
                            // A thread can't start without its allocator.
                            drop(Known::new(100, thread, false));
                            ready.wait();
                            stress(thread * 1000 + call * 7 + rate as usize, 150);
                        });
                    }
                    ready.wait();
                    for (n, failing) in RATES.iter().enumerate() {
                        // The index past the last call means all of them.
                        let chosen = n == call || call == CALLS.len();
                        failing.store(if chosen { rate } else { 0 }, Relaxed);
                    }
                    // The allocator has enough address space for all that the threads need, so
                    // mmap would fail by chance only.
                    if rate == ALWAYS {
                        let _ = Vec::<u8>::new().try_reserve_exact(64 << 30);
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
            // SAFETY: the page belongs to the other owner, and stays mapped.
            let byte = unsafe { page.add(at).read() };
            assert_eq!(byte, STRANGER, "a stranger's page");
        }
    }
    // Allocation requests pages, and growing blocks moves them. `check` makes unused memory
    // inaccessible, and doesn't move blocks.
    let called = if cfg!(feature = "check") {
        [0, 3, 4]
    } else {
        [0, 2, 3]
    };
    println!(
        "failed: {:?}",
        FAILED.iter().map(|n| n.load(Relaxed)).collect::<Vec<_>>()
    );
    for call in called {
        assert_ne!(
            FAILED[call].load(Relaxed),
            0,
            "{} never failed",
            CALLS[call]
        );
    }
}
