// SPDX-License-Identifier: MIT
//! Limits and lifetime of cached memory.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use snmalloc_rs::SnMalloc;

use super::usage::{page_faults, resident};
use super::{KIB, MIB, OTHERS, runs_itself, settles_at, some_work};

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
        settles_at(start + 12 * MIB, some_work);
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
