// SPDX-License-Identifier: MIT
//! Tests the thread that returns memory while the program is idle. It runs in a process of its own,
//! since the thread never ends.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![cfg(not(any(feature = "check", feature = "qemu", feature = "gwp-asan")))]

mod blocks;
mod usage;

use std::thread;
use std::time::{Duration, Instant};

use blocks::{Block, MIB, write};
use snmalloc_rs::SnMalloc;
use usage::resident;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

fn burst() {
    let mut blocks: Vec<Block> = (0..16).map(|_| Block::new(2 * MIB)).collect();
    blocks.iter_mut().for_each(|block| write(block, 0, 1));
}

/// Waits until little more than `before` is resident; fails after a minute.
fn settles(before: usize) {
    let start = Instant::now();
    while resident() > before + 8 * MIB {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", resident());
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn an_idle_process_gives_its_memory_back_also_after_fork() {
    SnMalloc::release_unused();
    let before = resident();
    SnMalloc::set_retained_limit(64 * MIB);
    SnMalloc::set_decay_time(Duration::from_millis(200));
    assert!(SnMalloc::start_background_purge());
    assert!(SnMalloc::start_background_purge(), "it runs already");
    burst();
    settles(before);

    // The child has no such thread until it starts one. The fork may happen while the thread
    // purges.
    for _ in 0..50 {
        burst();
        // SAFETY: the child only calls the allocator, and exits.
        let child = unsafe { libc::fork() };
        assert!(child >= 0);
        if child == 0 {
            burst();
            let started = SnMalloc::start_background_purge();
            // SAFETY: exits the child without its parent's destructors.
            unsafe { libc::_exit(i32::from(!started)) };
        }
        let mut status = -1;
        // SAFETY: waits for the child just made.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert_eq!(status, 0, "the child ends well");
    }
}
