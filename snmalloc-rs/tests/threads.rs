// SPDX-License-Identifier: MIT
//! Threads that allocate, free each other's blocks, and exit.

use std::alloc::{GlobalAlloc as _, Layout};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

/// Emulators run this some twenty times slower.
const ROUNDS: usize = if cfg!(target_arch = "x86_64") {
    20_000
} else {
    4_000
};

fn message(sender: usize, n: usize) -> Vec<u8> {
    vec![(sender * 7 + n) as u8; 1 + (n * 37 + sender) % 900]
}

#[test]
fn blocks_are_freed_by_another_thread() {
    let (send, receive) = mpsc::channel::<(usize, usize, Vec<u8>)>();
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let send = send.clone();
            thread::spawn(move || {
                for n in 0..ROUNDS {
                    send.send((sender, n, message(sender, n)))
                        .expect("a receiver");
                }
            })
        })
        .collect();
    drop(send);
    let mut count = 0;
    for (sender, n, bytes) in receive {
        assert_eq!(bytes, message(sender, n));
        count += 1;
    }
    assert_eq!(count, 4 * ROUNDS);
    for sender in senders {
        sender.join().expect("no sender panics");
    }
}

/// Another thread empties their caches meanwhile, again and again.
#[test]
fn threads_keep_their_blocks_while_another_purges_their_caches() {
    const THREADS: usize = 3;
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for seed in 0..THREADS {
            let done = &done;
            scope.spawn(move || {
                let mut live: Vec<Vec<u8>> = vec![Vec::new(); 8];
                for n in 0..ROUNDS / 4 {
                    // From 16 bytes to 1 MiB: slabs, and large blocks.
                    let size = (16 << ((n * 7 + seed) % 17)) + n % 13;
                    let byte = (n * 3 + seed) as u8;
                    let old = std::mem::replace(&mut live[n % 8], vec![byte; size]);
                    let first = old.first().copied().unwrap_or_default();
                    assert!(old.iter().step_by(97).all(|byte| *byte == first));
                    assert_eq!(old.last().copied().unwrap_or_default(), first);
                }
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
        while done.load(Ordering::Relaxed) < THREADS {
            snmalloc_rs::SnMalloc::release_unused();
        }
    });
}

#[test]
fn blocks_travel_round_a_ring() {
    const THREADS: usize = 4;
    // Each block shrinks by a byte at each stop, until none is left, so every thread sees as many
    // blocks as a block has bytes at first.
    const STOPS: usize = 500;
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..THREADS).map(|_| mpsc::channel::<Vec<u8>>()).unzip();
    for (index, sender) in senders.iter().enumerate() {
        let block = vec![index as u8; STOPS];
        sender.send(block).expect("a receiver");
    }
    let ring: Vec<_> = receivers
        .into_iter()
        .enumerate()
        .map(|(index, receive)| {
            let next = senders[(index + 1) % THREADS].clone();
            thread::spawn(move || {
                for block in receive.iter().take(STOPS) {
                    assert!(block.iter().all(|byte| *byte == block[0]));
                    let smaller = vec![block[0].wrapping_add(1); block.len() - 1];
                    if !smaller.is_empty() {
                        next.send(smaller).expect("a neighbour");
                    }
                }
            })
        })
        .collect();
    for thread in ring {
        thread.join().expect("no panic");
    }
}

#[test]
fn many_short_threads_give_their_memory_back() {
    let held = || snmalloc_rs::SnMalloc::memory_stats().current_memory_usage;
    let mut after_fifty = 0;
    let rounds = ROUNDS / 20;
    for round in 0..rounds {
        if round == 50 {
            after_fifty = held();
        }
        thread::spawn(|| {
            let words: Vec<String> = (0..50).map(|n| format!("word {n}")).collect();
            assert_eq!(words[49], "word 49");
        })
        .join()
        .expect("no panic");
    }
    // Other tests in this process hold some memory too; a thread that leaked its allocator would
    // add at least 16 KiB.
    let (at_end, leaked) = (held(), (rounds - 50) * 16 * 1024);
    assert!(
        at_end < after_fifty + leaked.max(16 << 20),
        "{after_fifty} bytes after 50 threads, {at_end} after {rounds}"
    );
}

static DROPPED: AtomicUsize = AtomicUsize::new(0);

struct AllocatesWhenDropped(Vec<u8>);

impl Drop for AllocatesWhenDropped {
    fn drop(&mut self) {
        let copy: Vec<u8> = self.0.iter().rev().copied().collect();
        let text = format!("{copy:?}");
        DROPPED.fetch_add(text.len(), Ordering::Relaxed);
    }
}

thread_local! {
    static LATE: RefCell<Vec<AllocatesWhenDropped>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn thread_local_destructors_may_allocate() {
    let before = DROPPED.load(Ordering::Relaxed);
    for _ in 0..50 {
        thread::spawn(|| {
            LATE.with_borrow_mut(|late| {
                late.extend((0..20).map(|n| AllocatesWhenDropped(vec![n; 100])));
            });
        })
        .join()
        .expect("no panic");
    }
    assert!(DROPPED.load(Ordering::Relaxed) > before);
}

/// A key's destructor runs after the thread has given its allocator back: it takes one again, and
/// leaves it to the next thread with lists that this one filled.
#[cfg(unix)]
#[test]
fn destructors_of_keys_may_allocate() {
    extern "C" fn allocate(_: *mut libc::c_void) {
        for size in [16, 48, 100, 1000, 5000] {
            std::hint::black_box(vec![1_u8; size]);
        }
    }
    let mut key = 0;
    // SAFETY: the key is written, and its destructor has the type that it needs.
    let made = unsafe { libc::pthread_key_create(&mut key, Some(allocate)) };
    assert_eq!(made, 0);
    for round in 0..50 {
        thread::spawn(move || {
            if round % 2 == 1 {
                return allocate(std::ptr::null_mut());
            }
            let value = std::ptr::without_provenance(1);
            // SAFETY: the key exists, and its destructor doesn't use the value.
            assert_eq!(unsafe { libc::pthread_setspecific(key, value) }, 0);
        })
        .join()
        .expect("no panic");
    }
}

#[test]
fn large_blocks_freed_at_once_by_many_threads_stay_whole() {
    // A thread takes a block that another has just freed: the pagemap must not describe the old
    // block any more.
    let layout = Layout::from_size_align(1 << 20, 8).expect("a valid layout");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..10 * ROUNDS {
                    // SAFETY: the size isn't 0; the block is freed as allocated.
                    unsafe {
                        let block = ALLOC.alloc(layout);
                        if round % 64 == 0 {
                            thread::yield_now();
                        }
                        // The block may have a larger, cached chunk.
                        let usable = ALLOC.usable_size(block);
                        assert!(Some(1 << 20) <= usable && usable <= Some(4 << 20));
                        ALLOC.dealloc(block, layout);
                    }
                }
            });
        }
    });
}

/// Threads get an allocator with their first small block; until then they share one that is
/// read-only. Rust's own threads have small blocks.
#[cfg(unix)]
#[test]
fn a_thread_may_have_large_blocks_only() {
    extern "C" fn large_blocks(argument: *mut libc::c_void) -> *mut libc::c_void {
        // The later blocks get the chunk of the first, which has more resident bytes than they
        // need.
        for size in [128 << 10, 72 << 10, 72 << 10] {
            let layout = Layout::from_size_align(size, 8).expect("a layout");
            // SAFETY: the size is not 0; the block is freed as it was allocated.
            unsafe {
                let block = ALLOC.alloc(layout);
                block.write_bytes(1, size);
                ALLOC.dealloc(block, layout);
            }
        }
        argument
    }
    // SAFETY: the thread is joined; it needs no argument.
    unsafe {
        let mut thread = std::mem::zeroed();
        let null = std::ptr::null_mut();
        assert_eq!(
            libc::pthread_create(&mut thread, std::ptr::null(), large_blocks, null),
            0
        );
        assert_eq!(libc::pthread_join(thread, std::ptr::null_mut()), 0);
    }
}
