// SPDX-License-Identifier: MIT
//! Tests that freed memory is cached for reuse, or returned to the OS. Feature `check` caches
//! nothing, and `qemu` returns nothing.

#[path = "../blocks/mod.rs"]
mod blocks;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(feature = "check", feature = "qemu")))]
#[path = "../usage/mod.rs"]
mod usage;

use std::sync::{Barrier, Mutex};
use std::thread;

use blocks::{Block, MIB, check, write};
use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

/// Runs one test at a time: the tests measure the whole process.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn blocks_have_at_most_twice_their_size() {
    let _alone = ALONE.lock();
    for size in (1..=16).map(|n| n * (MIB / 32)) {
        SnMalloc::release_unused();
        drop(Block::new(4 * MIB));
        let mut blocks = [1, 2, 3].map(|_| Block::new(size));
        for block in &mut blocks {
            write(block, 0, size);
            assert!(block.usable() <= 2 * size, "{size}: {}", block.usable());
        }
        for block in &blocks {
            check(block, size);
        }
    }
}

#[test]
fn another_thread_cuts_a_block_and_frees_it() {
    let _alone = ALONE.lock();
    for (n, size) in (1..=24).zip([3 * MIB, MIB, MIB / 3].iter().cycle()) {
        drop(Block::new(8 * MIB));
        let mut block = Block::new(5 * MIB);
        write(&mut block, 0, n);
        let cut = thread::spawn(move || {
            block.resize(*size);
            check(&block, n);
        });
        cut.join().expect("the thread ends well");
    }
}

/// The blocks of a new slab that were never allocated go back with the others.
#[cfg(not(any(feature = "check", feature = "qemu")))]
#[test]
fn a_thread_that_ends_returns_slabs_that_it_hardly_used() {
    let _alone = ALONE.lock();
    let used = || {
        SnMalloc::release_unused();
        SnMalloc::memory_stats().current_memory_usage
    };
    let one_of_each_size = || {
        for bits in 4..15 {
            drop(Block::new(1 << bits));
        }
    };
    let before = used();
    thread::spawn(one_of_each_size).join().expect("it ends");
    let after = used();
    // Its allocator stays, for the next thread.
    assert!(after < before + MIB / 4, "{before} before, {after} after");
}

/// A thread's blocks of each size leave memory that the next thread may reuse.
#[test]
fn threads_that_end_leave_little() {
    const THREADS: usize = 4;
    let _alone = ALONE.lock();
    let used = || SnMalloc::memory_stats().current_memory_usage;
    // Disable the global cache, which is not tested here.
    SnMalloc::set_retained_limit(0);
    SnMalloc::release_unused();
    let before = used();
    let (all_have, all_looked) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    thread::scope(|scope| {
        let threads = [(); THREADS].map(|()| {
            scope.spawn(|| {
                let sizes = (1..=16).map(|n| n << 12);
                let blocks: Vec<Vec<u8>> = sizes
                    .flat_map(|size| (0..MIB / size).map(move |_| vec![1; size]))
                    .collect();
                all_have.wait();
                all_looked.wait();
                drop(blocks);
            })
        });
        all_have.wait();
        let most = used();
        all_looked.wait();
        assert!(most > before + THREADS * 15 * MIB, "{most} with all");
        // The scope alone doesn't wait for a thread's destructors.
        for thread in threads {
            thread.join().expect("no thread panics");
        }
    });
    let after = used();
    SnMalloc::set_retained_limit(usize::MAX);
    assert!(
        after < before + THREADS * 5 * MIB,
        "{before} before, {after} after"
    );
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(feature = "check", feature = "qemu")))]
#[test]
fn growing_again_takes_the_same_pages() {
    let _alone = ALONE.lock();
    SnMalloc::set_retained_limit(64 * MIB);
    SnMalloc::release_unused();
    let grow = || {
        let before = usage::page_faults();
        let mut block = Block::new(64 << 10);
        for size in (64 << 10..=16 * MIB).step_by(64 << 10) {
            block.resize(size);
            write(&mut block, size - (64 << 10), 1);
        }
        usage::page_faults() - before
    };
    let first = grow();
    let later: Vec<i64> = (0..10).map(|_| grow()).collect();
    SnMalloc::set_retained_limit(usize::MAX);
    let most = later[4..].iter().max().copied().unwrap_or_default();
    assert!(4 * most < first, "{first}, then {later:?}");
}

#[test]
fn release_returns_cached_memory() {
    let _alone = ALONE.lock();
    SnMalloc::release_unused();
    let before = SnMalloc::memory_stats().current_memory_usage;
    let blocks: Vec<Block> = (1..10)
        .map(|n| {
            let mut block = Block::new(n * MIB);
            write(&mut block, 0, n);
            block
        })
        .collect();
    drop(blocks);
    SnMalloc::release_unused();
    let after = SnMalloc::memory_stats().current_memory_usage;
    assert!(after < before + 4 * MIB, "{before} before, {after} after");
}

/// Native only: emulators manage their guest's memory, and don't return it.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(feature = "check", feature = "qemu")))]
mod resident_memory;

/// The flags in /proc/self/smaps of the mapping that contains the block.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(feature = "check", feature = "qemu", feature = "gwp-asan")))]
fn flags_at(block: &Block) -> String {
    let address = block.as_ptr() as usize;
    let maps = std::fs::read_to_string("/proc/self/smaps").expect("procfs");
    let mut inside = false;
    for line in maps.lines() {
        let range = line.split(' ').next().and_then(|word| word.split_once('-'));
        let bounds = range.map(|(first, end)| [first, end].map(|it| usize::from_str_radix(it, 16)));
        if let Some([Ok(first), Ok(end)]) = bounds {
            inside = (first..end).contains(&address);
        } else if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| inside) {
            return flags.to_owned();
        }
    }
    panic!("no flags of the memory at {address:#x}");
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(feature = "check", feature = "qemu", feature = "gwp-asan")))]
#[test]
fn grown_blocks_get_huge_pages_and_no_others() {
    let _alone = ALONE.lock();
    let when = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
    let on_request = when.is_ok_and(|text| text.contains("[madvise]"));
    let huge = |block: &Block| flags_at(block).split(' ').any(|flag| flag == "hg");
    for _ in 0..40 {
        let mut block = Block::new(4 * MIB);
        block.resize(20 * MIB);
        assert_eq!(huge(&block), on_request, "{}", flags_at(&block));
        drop(block);
        let other = Block::zeroed(20 * MIB);
        assert!(!huge(&other), "{}", flags_at(&other));
    }
}
