// SPDX-License-Identifier: MIT
//! Limits and lifetime of cached memory.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use snmalloc_rs::SnMalloc;

use super::usage::{page_faults, resident};
use super::{KIB, MIB, OTHERS, runs_itself, runs_itself_with, settles_at, some_work};

/// Threads with few slabs end; the blocks in their caches count, too.
#[test]
fn caches_of_ended_threads_are_bounded() {
    const THREADS: usize = 256;
    if runs_itself("caches::caches_of_ended_threads_are_bounded") {
        return;
    }
    let start = resident();
    let all = Arc::new(Barrier::new(THREADS));
    let threads = [(); THREADS].map(|()| {
        let all = Arc::clone(&all);
        thread::spawn(move || {
            let blocks = vec![vec![7_u8; 128 * KIB]; 8];
            all.wait();
            drop(blocks);
        })
    });
    // The end of a scope doesn't wait for the threads' destructors; `join` does.
    for thread in threads {
        thread.join().expect("it ends");
    }
    let left = resident() - start;
    // 8 MiB from ended threads, and the process-wide caches before anything expires: 18 MiB and
    // half of the memory that the process holds then.
    assert!(left <= OTHERS, "{} MiB are left", left / MIB);
}

/// Threads fill their caches and wait; a slow path of another thread returns these.
#[test]
fn caches_of_waiting_threads_go_back() {
    const THREADS: usize = 32;
    if runs_itself("caches::caches_of_waiting_threads_go_back") {
        return;
    }
    let start = resident();
    // However slow the machine is, nothing expires before all have filled their caches.
    SnMalloc::set_decay_time(Duration::from_secs(3600));
    let (filled, all_filled) = channel();
    thread::scope(|scope| {
        // They end once their senders are dropped, as they also are if an assertion fails.
        let _wait = [(); THREADS].map(|()| {
            let filled = filled.clone();
            let (sender, end) = channel::<()>();
            scope.spawn(move || {
                let blocks = |size: usize| vec![vec![7_u8; size]; MIB / size];
                drop([blocks(12 * KIB), blocks(256 * KIB)]);
                filled.send(()).expect("the test waits for it");
                end.recv().expect_err("nothing is sent");
            });
            sender
        });
        all_filled.iter().take(THREADS).for_each(drop);
        let cached = resident() - start;
        assert!(cached > 24 * MIB, "{} MiB are cached", cached / MIB);
        SnMalloc::set_decay_time(Duration::from_secs(10));
        let buffer = || drop(vec![7_u8; 2 * MIB]);
        // This thread has its own cache for the buffer; its free is a slow path nevertheless.
        buffer();
        buffer();
        thread::sleep(Duration::from_millis(1500));
        buffer();
        let left = resident() - start;
        assert!(left < 12 * MIB, "{} MiB are left", left / MIB);
    });
}

/// Its reuse of the buffer is not proved yet, but the buffer is small.
#[test]
fn a_small_process_caches_its_buffer() {
    if runs_itself("caches::a_small_process_caches_its_buffer") {
        return;
    }
    drop(vec![7_u8; 5 * MIB]);
    let before = page_faults();
    drop(vec![7_u8; 5 * MIB]);
    let faults = page_faults() - before;
    assert!(faults < 128, "{faults} pages were not cached");
}

/// A purge waits for the threads whose caches it claims: a lone thread would wait for itself.
#[test]
fn a_purge_skips_the_caches_of_its_own_thread() {
    if runs_itself("caches::a_purge_skips_the_caches_of_its_own_thread") {
        return;
    }
    let written = || vec![vec![7_u8; 64 * KIB]; 8];
    drop(written());
    thread::sleep(Duration::from_millis(1500));
    some_work();
    let before = page_faults();
    drop(written());
    let faults = page_faults() - before;
    assert!(faults < 32, "{faults} of the cached pages were returned");
}

/// A thread's use of its other caches must not keep a buffer that it no longer needs.
#[test]
fn a_buffer_goes_back_while_its_thread_is_busy() {
    if runs_itself("caches::a_buffer_goes_back_while_its_thread_is_busy") {
        return;
    }
    let buffer = || drop(vec![7_u8; 5 * MIB]);
    buffer();
    buffer();
    let cached = resident();
    SnMalloc::set_decay_time(Duration::from_secs(2));
    settles_at(cached - 4 * MIB, || {
        drop(vec![7_u8; 40 * KIB]);
        // The slow path: blocks of more than 8 MiB are not cached.
        drop(Vec::<u8>::with_capacity(12 * MIB));
    });
}

/// The thread that frees a buffer leaves it to the one that allocates the next.
#[test]
fn a_buffer_that_another_thread_frees_is_reused() {
    if runs_itself("caches::a_buffer_that_another_thread_frees_is_reused") {
        return;
    }
    let (buffers, received) = channel::<Vec<u8>>();
    let (freed, wait) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            for buffer in received {
                drop(buffer);
                freed.send(()).expect("the test waits for it");
            }
        });
        let hand_over = || {
            buffers.send(vec![7_u8; 5 * MIB]).expect("it receives");
            wait.recv().expect("it sends");
        };
        hand_over();
        let before = page_faults();
        hand_over();
        let faults = page_faults() - before;
        drop(buffers);
        assert!(faults < 128, "{faults} pages were not cached");
    });
}

/// A slab's blocks are listed page by page, not all at once.
#[test]
fn the_first_block_of_a_size_touches_little() {
    if runs_itself("caches::the_first_block_of_a_size_touches_little") {
        return;
    }
    let sizes = (5..15).map(|bits| 1_usize << bits);
    drop(Vec::<u8>::with_capacity(16));
    let before = page_faults();
    let blocks: Vec<Vec<u8>> = sizes.map(Vec::with_capacity).collect();
    let faults = page_faults() - before;
    assert!(faults < 40, "{faults} for {} blocks", blocks.len());
}

/// Blocks that their thread caches start it, too.
#[test]
fn a_setting_starts_the_background_thread() {
    let test = "caches::a_setting_starts_the_background_thread";
    if runs_itself_with("background_purge:true", test) {
        return;
    }
    let threads = || std::fs::read_dir("/proc/self/task").map(Iterator::count);
    let before = threads().expect("procfs");
    for _ in 0..2 {
        drop(vec![7_u8; 2 * MIB]);
    }
    assert_eq!(threads().expect("procfs"), before + 1);
}
