// SPDX-License-Identifier: MIT
//! Blocks of megabytes: zeroed, grown, moved and split by pages.

mod blocks;

use std::sync::Mutex;
use std::thread;

use blocks::{Block, MIB, check, next, write};
use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

/// Emulators and 32-bit platforms get a smaller workload.
const LARGEST: usize = if cfg!(target_arch = "x86_64") {
    96 * MIB
} else {
    24 * MIB
};

/// Runs one test at a time, since each needs much memory.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn a_growing_block_keeps_its_bytes() {
    let _alone = ALONE.lock();
    // The second and third round reuse chunks of the first.
    for seed in 0..3 {
        let mut block = Block::new(1000);
        write(&mut block, 0, seed);
        let mut size: usize = 1000;
        while size < LARGEST {
            size += size / 2 + 77;
            let old = block.len();
            block.resize(size);
            write(&mut block, next(old), seed);
            check(&block, seed);
        }
    }
}

#[test]
fn two_growing_blocks_do_not_overlap() {
    let _alone = ALONE.lock();
    let mut blocks: Vec<Block> = (0..3).map(|_| Block::new(600_000)).collect();
    for (seed, block) in blocks.iter_mut().enumerate() {
        write(block, 0, seed);
    }
    while blocks[0].len() < LARGEST / 4 {
        for (seed, block) in blocks.iter_mut().enumerate() {
            let old = block.len();
            block.resize(old * 2 - 4096 * seed);
            write(block, next(old), seed);
        }
        for (seed, block) in blocks.iter().enumerate() {
            check(block, seed);
        }
    }
}

#[test]
fn a_shrinking_block_keeps_its_bytes_and_gives_memory_back() {
    let _alone = ALONE.lock();
    let mut block = Block::new(LARGEST);
    write(&mut block, 0, 5);
    let mut size = LARGEST;
    while size > 1000 {
        size = size / 3 * 2;
        block.resize(size);
        check(&block, 5);
        let usable = block.usable();
        assert!(
            usable >= size && usable <= 2 * size + 16,
            "{usable} for {size}"
        );
    }
}

#[test]
fn zeroed_blocks_are_zero_in_reused_memory() {
    let _alone = ALONE.lock();
    type Dirty = fn(usize) -> bool;
    let dirt: [(&str, Dirty); 4] = [
        ("all", |_| true),
        ("one in 300", |page| page % 300 == 0),
        ("runs", |page| page % 40 < 20),
        ("the second half of each 4 MiB", |page| page % 1024 > 500),
    ];
    for size in [MIB, MIB + 5000, 3 * MIB, 6 * MIB - 1, 20 * MIB] {
        for (name, dirty) in dirt {
            let mut block = Block::new(size);
            for page in (0..size / 4096).filter(|page| dirty(*page)) {
                block[page * 4096..][..4096].fill(0xAB);
            }
            block[size - 1] = 0xAB;
            drop(block);
            let block = Block::zeroed(size);
            // SAFETY: every bit pattern is a valid number.
            let (head, numbers, tail) = unsafe { block.align_to::<u64>() };
            assert!(
                head.iter().chain(tail).all(|byte| *byte == 0)
                    && numbers.iter().all(|number| *number == 0),
                "{size} bytes, dirty before: {name}"
            );
        }
    }
}

#[test]
fn zeroed_blocks_that_grow_and_shrink_are_zeroed_again() {
    let _alone = ALONE.lock();
    for _ in 0..3 {
        let mut block = Block::zeroed(2 * MIB);
        assert!(block.iter().all(|byte| *byte == 0));
        block.fill(1);
        block.resize(LARGEST / 2);
        block.fill(2);
        block.resize(5 * MIB);
        assert!(block.iter().all(|byte| *byte == 2));
    }
}

/// Tests the two calls that change how the OS treats pages.
#[cfg(target_os = "linux")]
#[test]
fn locked_and_huge_pages_are_zeroed_and_moved_too() {
    let _alone = ALONE.lock();
    for round in 0..3 {
        let mut block = Block::new(5 * MIB);
        let (first, size) = (block.as_mut_ptr().cast(), block.len());
        // Either call may be refused here; then the block is like any other.
        // SAFETY: the block is ours; neither call changes its content.
        unsafe {
            match round {
                0 => libc::madvise(first, 4 * MIB, libc::MADV_HUGEPAGE),
                1 => libc::mlock(first, size),
                _ => 0,
            };
        }
        write(&mut block, 0, round);
        block.resize(LARGEST);
        block.resize(6 * MIB);
        check(&block[..5 * MIB], round);
        block.fill(0xAB);
        drop(block);
        SnMalloc::release_unused();
        for size in [5 * MIB, LARGEST, 6 * MIB, 2 * MIB] {
            let block = Block::zeroed(size);
            assert!(block.iter().all(|byte| *byte == 0), "{size} bytes");
        }
    }
}

#[test]
fn large_blocks_are_handed_between_threads() {
    let _alone = ALONE.lock();
    let threads: Vec<_> = (0..4)
        .map(|seed| {
            thread::spawn(move || {
                let mut made = Vec::new();
                for round in 0..50 {
                    let size = 100_000 + (round * 77 + seed * 13) % 40 * 100_000;
                    let mut block = Block::new(size);
                    write(&mut block, 0, seed);
                    check(&block, seed);
                    if round % 5 == 0 {
                        made.push(block);
                    }
                }
                made
            })
        })
        .collect();
    for (seed, thread) in threads.into_iter().enumerate() {
        for block in thread.join().expect("no thread panics") {
            check(&block, seed);
        }
    }
}
