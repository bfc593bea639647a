// SPDX-License-Identifier: MIT
//! Tests that freed memory is cached for reuse, or returned to the OS. Feature `check` caches
//! nothing, and `qemu` returns nothing.

mod blocks;

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

/// Resident bytes of this process.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(feature = "check", feature = "qemu")))]
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("procfs");
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    // SAFETY: sysconf only returns a number.
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize
}

/// Number of this thread's minor page faults so far.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(feature = "check", feature = "qemu")))]
fn pages_found() -> i64 {
    // SAFETY: zero is valid for each field, and the call writes them.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
        usage.ru_minflt
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[cfg(not(any(feature = "check", feature = "qemu")))]
#[test]
fn growing_again_takes_the_same_pages() {
    let _alone = ALONE.lock();
    SnMalloc::set_retained_limit(64 * MIB);
    SnMalloc::release_unused();
    let grow = || {
        let before = pages_found();
        let mut block = Block::new(64 << 10);
        for size in (64 << 10..=16 * MIB).step_by(64 << 10) {
            block.resize(size);
            write(&mut block, size - (64 << 10), 1);
        }
        pages_found() - before
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
mod resident_memory {
    use std::time::Duration;

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
        SnMalloc::set_decay_time(Duration::from_millis(100));
        SnMalloc::set_retained_limit(64 * MIB);
        drop((0..16).map(|_| written(2 * MIB)).collect::<Vec<_>>());
        assert!(resident() > before + 28 * MIB, "not cached");
        std::thread::sleep(Duration::from_millis(300));
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
}

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
