// SPDX-License-Identifier: MIT
//! Simulates services: resident memory must stay close to the bytes they have allocated.
//!
//! Each test runs in a process of its own, since it measures the whole process. Native only:
//! emulators don't return their guest's memory, and features `check` and `qemu` return nothing.
#![cfg(all(
    target_os = "linux",
    target_arch = "x86_64",
    target_pointer_width = "64",
    not(any(feature = "check", feature = "qemu", feature = "gwp-asan"))
))]

mod caches;
mod service;
#[path = "../usage/mod.rs"]
mod usage;

use std::process::Command;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use snmalloc_rs::SnMalloc;
use usage::resident;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Code, stacks, the pagemap, and some MiB in the caches of each thread.
const OTHERS: usize = 64 * MIB;

const CHILD: &str = "SNMALLOC_TEST_MEMORY_BOUNDS";

/// A small machine doesn't have memory for two of these at once.
static ALONE: Mutex<()> = Mutex::new(());

/// Reruns the named test in a process of its own; returns false in that process.
fn runs_itself(test: &str) -> bool {
    if std::env::var_os(CHILD).is_some() {
        return false;
    }
    let _alone = ALONE.lock();
    let output = Command::new(std::env::current_exe().expect("a path"))
        .env(CHILD, "1")
        .args([test, "--exact", "--nocapture"])
        .output()
        .expect("the test runs itself");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        stdout.contains("1 passed"),
        "{}\n{stdout}\n{stderr}",
        output.status
    );
    true
}

/// Maximum resident bytes so far.
fn peak_resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.expect("a line").trim().parse::<usize>().unwrap() * KIB
}

/// Waits until at most three times the live bytes are resident, and calls `meanwhile` from time to
/// time. Cached memory may take its decay time to be returned.
fn settles(live: usize, meanwhile: impl FnMut()) {
    settles_at(3 * live + OTHERS, meanwhile);
}

fn settles_at(bound: usize, mut meanwhile: impl FnMut()) {
    let start = Instant::now();
    loop {
        meanwhile();
        let resident = resident();
        if resident <= bound {
            return;
        }
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{} MiB are resident, at most {} MiB should be",
            resident / MIB,
            bound / MIB
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// Takes the slow paths of a running thread.
fn some_work() {
    drop(vec![vec![1_u8; 2 * MIB], vec![1; 40 * KIB], vec![1; 600]]);
}

fn next(random: &mut u64, sizes: std::ops::RangeInclusive<usize>) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    sizes.start() + *random as usize % (sizes.end() - sizes.start() + 1)
}

/// A vector that grows in steps of `step` bytes.
fn grown(size: usize, step: usize) -> Vec<u8> {
    let bytes = vec![7; step];
    let mut vector = Vec::new();
    while vector.len() < size {
        let step = step.min(size - vector.len());
        vector.reserve_exact(step);
        vector.extend_from_slice(&bytes[..step]);
    }
    vector
}

#[test]
fn a_service_needs_at_most_thrice_its_live_memory() {
    if runs_itself("a_service_needs_at_most_thrice_its_live_memory") {
        return;
    }
    let live = service::run(400);
    let peak = peak_resident();
    assert!(
        peak <= 3 * live + OTHERS,
        "{} MiB were resident, {} MiB live",
        peak / MIB,
        live / MIB
    );
}

/// One thread allocates blocks; another keeps an eighth and frees the rest while the first sleeps,
/// except for `wakes` wake-ups.
fn freed_by_another(sizes: std::ops::RangeInclusive<usize>, mut wakes: usize) {
    const ALL: usize = 512 * MIB;
    let (made, blocks) = channel();
    let (order, orders) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut random = 1;
            let mut left = ALL;
            let mut all = Vec::new();
            while left > 0 {
                let size = next(&mut random, sizes.clone()).min(left);
                left -= size;
                all.push(vec![7_u8; size]);
            }
            made.send(all).expect("someone waits for them");
            for () in orders {
                some_work();
            }
        });
        let mut kept: Vec<Vec<u8>> = blocks.recv().expect("it sends them");
        // Keep the last ones, so that whole pages are freed.
        kept.drain(..kept.len() / 8 * 7);
        kept.shrink_to_fit();
        settles(kept.iter().map(Vec::len).sum(), || {
            some_work();
            if wakes > 0 {
                wakes -= 1;
                order.send(()).expect("it waits");
            }
        });
        assert!(kept.iter().all(|block| block.iter().all(|byte| *byte == 7)));
        drop(order);
    });
}

#[test]
fn large_blocks_freed_by_another_thread_go_back() {
    if !runs_itself("large_blocks_freed_by_another_thread_go_back") {
        freed_by_another(MIB..=8 * MIB, 0);
    }
}

#[test]
fn medium_blocks_freed_by_another_thread_go_back() {
    if !runs_itself("medium_blocks_freed_by_another_thread_go_back") {
        freed_by_another(16 * KIB..=MIB, 0);
    }
}

/// Blocks of more than 32 KiB don't wait for the thread that made them.
#[test]
fn blocks_over_32_kib_never_wait_for_their_owner() {
    if !runs_itself("blocks_over_32_kib_never_wait_for_their_owner") {
        freed_by_another(32 * KIB + 1..=64 * KIB, 0);
    }
}

/// Freed small blocks wait for their owner, which handles all of them when it wakes up.
#[test]
fn small_blocks_freed_by_another_thread_go_back_once_their_owner_wakes() {
    if !runs_itself("small_blocks_freed_by_another_thread_go_back_once_their_owner_wakes") {
        freed_by_another(16..=KIB, 3);
    }
}

#[test]
fn grown_vectors_have_at_most_thrice_what_they_hold() {
    if runs_itself("grown_vectors_have_at_most_thrice_what_they_hold") {
        return;
    }
    let mut kept = Vec::new();
    for _ in 0..60 {
        drop(vec![7_u8; 16 * MIB]);
        kept.push(grown(2 * MIB, 64 * KIB));
    }
    settles(kept.iter().map(Vec::len).sum(), some_work);
    assert!(kept.iter().flatten().step_by(61).all(|byte| *byte == 7));
}
