// SPDX-License-Identifier: MIT
//! Tests of resident memory and mappings.

use std::time::Duration;

use super::usage::resident;
use super::*;

fn written(size: usize) -> Block {
    let mut block = Block::new(size);
    write(&mut block, 0, 1);
    block
}

/// Resident bytes of this process after everything cached was returned.
fn at_rest() -> usize {
    SnMalloc::release_unused();
    resident()
}

#[test]
fn little_is_cached_by_default() {
    let _alone = ALONE.lock();
    let before = at_rest();
    let blocks: Vec<Block> = (0..48).map(|_| written(4 * MIB)).collect();
    assert!(resident() > before + 180 * MIB);
    drop(blocks);
    let after = resident();
    assert!(after < before + 16 * MIB, "{before} before, {after} after");
}

#[test]
fn a_limit_caches_more_or_less() {
    let _alone = ALONE.lock();
    let before = at_rest();
    SnMalloc::set_retained_limit(128 * MIB);
    drop(written(64 * MIB));
    // Threads of other tests may be returning their caches right now.
    assert!(resident() > before + 48 * MIB, "not cached");
    let after = at_rest();
    assert!(after < before + 4 * MIB, "{before} before, {after} after");

    SnMalloc::set_retained_limit(16 * MIB);
    let mut block = written(64 * MIB);
    block.resize(40 * MIB);
    let cut = resident();
    assert!(cut < before + 44 * MIB, "{before} before, {cut} cut");
    drop(block);
    let freed = resident();
    assert!(freed < before + 4 * MIB, "{before} before, {freed} after");
    SnMalloc::set_retained_limit(usize::MAX);
}

#[test]
fn cached_memory_decays_at_the_next_slow_path() {
    let _alone = ALONE.lock();
    let before = at_rest();
    // The first chunk expires after a tenth of it: a busy machine may need some of that for the rest.
    SnMalloc::set_decay_time(Duration::from_secs(2));
    SnMalloc::set_retained_limit(64 * MIB);
    drop((0..16).map(|_| written(2 * MIB)).collect::<Vec<_>>());
    assert!(resident() > before + 28 * MIB, "not cached");
    std::thread::sleep(Duration::from_millis(2100));
    drop(written(9 * MIB));
    let after = resident();
    SnMalloc::set_retained_limit(usize::MAX);
    SnMalloc::set_decay_time(Duration::from_secs(10));
    assert!(after < before + 14 * MIB, "{before} before, {after} after");
}

#[test]
fn nothing_is_cached_without_decay_time() {
    let _alone = ALONE.lock();
    let before = at_rest();
    SnMalloc::set_decay_time(Duration::ZERO);
    drop(written(4 * MIB));
    let after = resident();
    SnMalloc::set_decay_time(Duration::from_secs(10));
    assert!(after < before + 2 * MIB, "{before} before, {after} after");
}

/// Chunks are powers of two: a smaller block that reuses the chunk of a larger one must not
/// keep all of its resident pages.
#[test]
fn reused_chunks_fit() {
    let _alone = ALONE.lock();
    let before = at_rest();
    SnMalloc::set_retained_limit(256 * MIB);
    drop((0..24).map(|_| written(4 * MIB)).collect::<Vec<_>>());
    let smaller: Vec<Block> = (0..24).map(|_| written(2 * MIB + 4096)).collect();
    let held = resident();
    SnMalloc::set_retained_limit(usize::MAX);
    drop(smaller);
    assert!(
        held < before + 24 * 5 * MIB / 2 + 8 * MIB,
        "{before}, {held}"
    );
}

#[test]
fn a_shorter_block_gives_its_tail_back() {
    let _alone = ALONE.lock();
    let before = at_rest();
    let mut blocks: Vec<Block> = (0..16).map(|_| written(4 * MIB)).collect();
    for block in &mut blocks {
        block.resize(2 * MIB + 4096);
    }
    let held = resident();
    assert!(
        held < before + 16 * 5 * MIB / 2 + 8 * MIB,
        "{before}, {held}"
    );
}

/// A large block that another thread frees is returned without waiting for its owner.
#[test]
fn another_thread_frees_large_blocks_at_once() {
    let _alone = ALONE.lock();
    let before = at_rest();
    let blocks: Vec<Block> = (1..200).map(|n| written(n * 4096 + 65536)).collect();
    let held = resident();
    assert!(held > before + 80 * MIB);
    std::thread::spawn(move || drop(blocks)).join().unwrap();
    let after = resident();
    assert!(after < before + 24 * MIB, "{before} before, {after} after");
}

fn mappings() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("procfs");
    maps.lines().count()
}

/// Each moved range of pages has its own mapping, and a process is limited to 65,530.
#[test]
fn growing_blocks_cost_few_mappings_and_give_them_back() {
    let _alone = ALONE.lock();
    SnMalloc::release_unused();
    let before = mappings();
    for (first, then) in [(300 << 10, 600 << 10), (MIB, 3 * MIB), (9 * MIB, 17 * MIB)] {
        let mut blocks: Vec<Block> = (0..700).map(|_| Block::new(first)).collect();
        for block in &mut blocks {
            block.resize(then);
        }
        let most = mappings();
        assert!(most < before + 1700, "{before} before, {most} of {then}");
        drop(blocks);
        SnMalloc::release_unused();
        let after = mappings();
        assert!(after < before + 100, "{before} before, {after} of {then}");
    }
}
