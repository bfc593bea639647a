// SPDX-License-Identifier: MIT
//! The mistakes, with the protection from each.

use std::hint::black_box;
use std::ptr;

use super::{Heap, free, target, write};

fn on_another_thread(run: impl FnOnce() + Send) {
    std::thread::scope(|scope| scope.spawn(run).join()).expect("a thread");
}

/// The protection from a mistake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// The process ends, without feature `check` always with a message: when a wrong pointer is
    /// freed, or when a block is allocated whose link was overwritten.
    Stopped,
    /// The process may end later, when the damage is found.
    Sometimes,
    /// Nothing is certain: the test reports it, but requires nothing.
    No,
}
pub use Protection::{No, Sometimes, Stopped};

/// A mistake, the protection by default, with feature `hardened` and with feature `check`, the size
/// of its blocks, and the program that makes it.
pub type Mistake = (
    &'static str,
    Protection,
    Protection,
    Protection,
    usize,
    fn(&mut Heap),
);

const SMALL: usize = 64;
const LARGE: usize = 4 << 20;

pub const MISTAKES: [Mistake; 16] = [
    (
        "a small block freed twice in a row",
        No,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let block = heap.take();
            heap.free(block);
            heap.free(block);
        },
    ),
    (
        "a small block freed twice, another one between",
        No,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let (one, two) = (heap.take(), heap.take());
            heap.free(one);
            heap.free(two);
            heap.free(one);
        },
    ),
    (
        "a block of 4 MiB freed twice",
        Stopped,
        Stopped,
        Stopped,
        LARGE,
        |heap| {
            let block = heap.take();
            heap.free(block);
            heap.free(block);
        },
    ),
    (
        "a small block freed by two threads",
        No,
        No,
        Stopped,
        SMALL,
        |heap| {
            let (block, size) = (heap.take() as usize, heap.size);
            on_another_thread(move || free(block as *mut u8, size));
            heap.free(block as *mut u8);
        },
    ),
    (
        "a pointer into a small block freed",
        Sometimes,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            heap.free(heap.live[9].wrapping_add(16));
        },
    ),
    (
        "a pointer into another thread's small block freed",
        No,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let (block, size) = (heap.live[9] as usize, heap.size);
            on_another_thread(move || free((block + 16) as *mut u8, size));
        },
    ),
    (
        "a pointer into a block of 4 MiB freed",
        Stopped,
        Stopped,
        Stopped,
        LARGE,
        |heap| {
            heap.free(heap.live[1].wrapping_add(4096));
        },
    ),
    (
        "a pointer to the stack freed",
        Stopped,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let mut local = [0_u64; 16];
            heap.free(local.as_mut_ptr().cast());
        },
    ),
    (
        "a pointer to a static freed",
        Stopped,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            heap.free(target() as *mut u8);
        },
    ),
    (
        "memory of `mmap` freed",
        Stopped,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            // SAFETY: an ordinary call.
            let mapping = unsafe { libc::mmap(ptr::null_mut(), 1 << 16, access, kind, -1, 0) };
            heap.free(mapping.cast());
        },
    ),
    (
        "a block freed with the layout of a larger one",
        No,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            free(heap.take(), heap.size * 4);
        },
    ),
    (
        "a freed block's first word overwritten",
        Stopped,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let block = heap.take();
            heap.free_with_others(block);
            write(block, target());
        },
    ),
    (
        "all of a freed block overwritten",
        Stopped,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let block = heap.take();
            heap.free_with_others(block);
            for at in 0..heap.size / 8 {
                write(block.wrapping_add(8 * at), target());
            }
        },
    ),
    (
        "a word written past a block's end, into a freed one",
        Stopped,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let (first, second) = heap.take_neighbours();
            heap.free_with_others(second);
            write(first.wrapping_add(heap.size), target());
            heap.live.push(first);
        },
    ),
    (
        "a byte written past a block's end, into a freed one",
        Sometimes,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let (first, second) = heap.take_neighbours();
            heap.free_with_others(second);
            // SAFETY: none: the byte is the neighbour's.
            unsafe { black_box(first).add(heap.size).write_volatile(0x41) };
            heap.live.push(first);
        },
    ),
    (
        "a block's worth written before its start, into a freed one",
        Stopped,
        Stopped,
        Stopped,
        SMALL,
        |heap| {
            let (first, second) = heap.take_neighbours();
            heap.free_with_others(first);
            for at in 1..=heap.size / 8 {
                write(second.wrapping_sub(8 * at), target());
            }
            heap.live.push(second);
        },
    ),
];
