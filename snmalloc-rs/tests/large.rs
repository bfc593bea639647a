// SPDX-License-Identifier: MIT
//! Blocks of megabytes: kept for reuse, zeroed, grown, moved and cut by pages.

use std::alloc::{GlobalAlloc, Layout};
use std::ops::{Deref, DerefMut};
use std::sync::Mutex;
use std::thread;

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const MIB: usize = 1 << 20;
/// Emulators and 32-bit systems get less to do.
const LARGEST: usize = if cfg!(target_arch = "x86_64") {
    96 * MIB
} else {
    24 * MIB
};

/// The tests look at what the whole process holds: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

struct Block {
    ptr: *mut u8,
    layout: Layout,
}

// SAFETY: the block belongs to whoever has it.
unsafe impl Send for Block {}

impl Block {
    fn of(size: usize, get: impl FnOnce(Layout) -> *mut u8) -> Self {
        let layout = Layout::from_size_align(size, 16).expect("a valid layout");
        let ptr = get(layout);
        assert!(!ptr.is_null(), "no memory for {size} bytes");
        Self { ptr, layout }
    }

    fn new(size: usize) -> Self {
        // SAFETY: the size isn't 0.
        Self::of(size, |layout| unsafe { SnMalloc.alloc(layout) })
    }

    fn zeroed(size: usize) -> Self {
        // SAFETY: the size isn't 0.
        Self::of(size, |layout| unsafe { SnMalloc.alloc_zeroed(layout) })
    }

    fn resize(&mut self, size: usize) {
        // SAFETY: the block is live and has this layout.
        let ptr = unsafe { SnMalloc.realloc(self.ptr, self.layout, size) };
        assert!(!ptr.is_null(), "no memory for {size} bytes");
        self.ptr = ptr;
        self.layout = Layout::from_size_align(size, 16).expect("a valid layout");
    }
}

impl Deref for Block {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: the block is ours; every test writes what it reads.
        unsafe { std::slice::from_raw_parts(self.ptr, self.layout.size()) }
    }
}

impl DerefMut for Block {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.ptr, self.layout.size()) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block is live and has this layout.
        unsafe { SnMalloc.dealloc(self.ptr, self.layout) };
    }
}

/// A few bytes of each page: enough to tell one page from any other.
const STEP: usize = 1000;

fn write(block: &mut [u8], from: usize, seed: usize) {
    for at in (from..block.len()).step_by(STEP) {
        block[at] = (at / STEP * 31 + seed) as u8;
    }
}

fn check(block: &[u8], seed: usize) {
    for at in (0..block.len()).step_by(STEP) {
        assert_eq!(block[at], (at / STEP * 31 + seed) as u8, "byte {at}");
    }
}

/// `from` rounded up to where `write` goes on.
fn next(from: usize) -> usize {
    from.div_ceil(STEP) * STEP
}

#[test]
fn a_growing_block_keeps_its_bytes() {
    let _alone = ALONE.lock();
    // The second and third time into chunks that the first left behind.
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
        let usable = SnMalloc.usable_size(block.ptr).expect("a block");
        assert!(
            usable >= size && usable <= 2 * size + 16,
            "{usable} for {size}"
        );
    }
}

#[test]
fn zeroed_blocks_are_zero_whatever_was_there() {
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
            // SAFETY: any bytes make numbers.
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

/// The two that change what the system does with pages.
#[cfg(target_os = "linux")]
#[test]
fn locked_and_huge_pages_are_zeroed_and_moved_too() {
    let _alone = ALONE.lock();
    for round in 0..3 {
        let mut block = Block::new(5 * MIB);
        let (first, size) = (block.ptr.cast(), block.len());
        // Either may be refused here; then the block is like any other.
        // SAFETY: the block is ours; neither changes what it holds.
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

/// Bytes of this process that are in memory.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(feature = "check")))]
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("procfs");
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    // SAFETY: asks for a number.
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize
}

/// Pages that the system had to find for this thread so far.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(feature = "check")))]
fn pages_found() -> i64 {
    // SAFETY: zero is a value of each field, and the call writes them.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
        usage.ru_minflt
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(feature = "check")))]
#[test]
fn what_grew_before_grows_in_the_same_pages() {
    let _alone = ALONE.lock();
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
    let later: Vec<i64> = (0..8).map(|_| grow()).collect();
    let most = later[2..].iter().max().copied().unwrap_or_default();
    assert!(4 * most < first, "{first}, then {later:?}");
}

#[test]
fn release_gives_back_what_is_kept() {
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

/// Emulators map their guest's memory as they like, and keep it.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(feature = "check")))]
#[test]
fn the_system_sees_what_is_released() {
    let _alone = ALONE.lock();
    SnMalloc::release_unused();
    let before = resident();
    let mut block = Block::new(64 * MIB);
    write(&mut block, 0, 1);
    drop(block);
    // Threads of other tests may just be giving back what they kept.
    assert!(resident() > before + 48 * MIB, "not kept");
    SnMalloc::release_unused();
    let after = resident();
    assert!(after < before + 4 * MIB, "{before} before, {after} after");

    SnMalloc::set_retained_limit(16 * MIB);
    let mut block = Block::new(64 * MIB);
    write(&mut block, 0, 1);
    block.resize(40 * MIB);
    let cut = resident();
    assert!(
        cut < before + 44 * MIB,
        "{before} before, {cut} after a cut"
    );
    drop(block);
    let freed = resident();
    assert!(freed < before + 4 * MIB, "{before} before, {freed} after");
    SnMalloc::set_retained_limit(256 * MIB);
}
