// SPDX-License-Identifier: MIT
//! Stress test: threads do everything possible to each other's blocks, and memory use is checked
//! afterwards.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

/// True if resident memory depends on this process alone.
const NATIVE: bool = cfg!(all(target_os = "linux", target_arch = "x86_64"));
/// Use the full size in release builds only: emulators are about fifty times slower, and Wine
/// starts threads slowly.
const FULL: bool = NATIVE && !cfg!(debug_assertions);
const THREADS: usize = if FULL { 100_000 } else { 300 };
const BLOCKS: usize = if FULL { 40_000 } else { 800 };

/// A block that can verify its content.
struct Tagged(Vec<u8>);

impl Tagged {
    /// Random sizes of all classes; larger ones are rarer.
    fn new(random: &mut u64) -> Self {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        let seed = *random as usize;
        let bits = (*random >> 32).trailing_zeros() * 2 + 4;
        let size = 9 + (seed >> 8) % (1 << bits.min(22));
        let mut bytes = vec![seed as u8; 1];
        bytes.resize(size, 0);
        let mut tagged = Self(bytes);
        tagged.each(|byte, at| *byte = (seed as u8).wrapping_add((at / 999) as u8));
        tagged
    }

    /// Calls `on` for one byte in every few hundred.
    fn each(&mut self, mut on: impl FnMut(&mut u8, usize)) {
        for at in (0..self.0.len()).step_by(999) {
            on(&mut self.0[at], at);
        }
    }

    fn check(&mut self) {
        let seed = self.0[0];
        self.each(|byte, at| assert_eq!(*byte, seed.wrapping_add((at / 999) as u8)));
    }

    /// Grows or shrinks, and keeps its content.
    fn resize(&mut self) {
        let old = self.0.len();
        let new = if old % 2 == 0 { old * 2 } else { old / 2 + 1 };
        self.0.resize(new, 0);
        self.0.shrink_to_fit();
        let seed = self.0[0];
        self.each(|byte, at| {
            if at >= old {
                *byte = seed.wrapping_add((at / 999) as u8);
            }
        });
    }
}

fn pass_on(receive: &Receiver<Tagged>, send: &Sender<Tagged>, random: &mut u64) {
    let mut kept = Vec::new();
    for n in 0..BLOCKS {
        let mut block = match receive.try_recv() {
            Ok(block) => block,
            Err(_) => Tagged::new(random),
        };
        block.check();
        match n % 8 {
            0 => block.resize(),
            1 => kept.push(Tagged::new(random)),
            2 => drop(kept.pop()),
            _ => {}
        }
        if n % 5 == 0 {
            continue;
        }
        if send.send(block).is_err() {
            break;
        }
    }
    kept.iter_mut().for_each(Tagged::check);
}

fn blocks_go_round_a_ring() {
    const RING: usize = 6;
    let (mut senders, receivers): (Vec<_>, Vec<_>) = (0..RING).map(|_| mpsc::channel()).unzip();
    senders.rotate_left(1);
    let threads: Vec<_> = senders
        .into_iter()
        .zip(receivers)
        .enumerate()
        .map(|(index, (send, receive))| {
            thread::spawn(move || {
                let mut random = 0x9E37_79B9_7F4A_7C15 ^ (index as u64) << 20;
                pass_on(&receive, &send, &mut random);
                drop(send);
                receive.iter().for_each(|mut block: Tagged| block.check());
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no thread panics");
    }
}

/// Each thread frees the blocks of the previous one.
fn threads_come_and_go() {
    let mut handed: Vec<Tagged> = Vec::new();
    let mut random: u64 = 88_172_645_463_325_252;
    for _ in 0..THREADS / 4 {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let block = handed.pop();
                let mut own = random;
                random = random.wrapping_mul(6_364_136_223_846_793_005) | 1;
                thread::spawn(move || {
                    block.into_iter().for_each(|mut block| block.check());
                    Tagged::new(&mut own)
                })
            })
            .collect();
        for thread in threads {
            handed.push(thread.join().expect("no thread panics"));
        }
    }
    handed.iter_mut().for_each(Tagged::check);
}

#[test]
fn nothing_breaks_and_nothing_is_left() {
    blocks_go_round_a_ring();
    SnMalloc::release_unused();
    let before = Held::now();
    blocks_go_round_a_ring();
    threads_come_and_go();
    SnMalloc::release_unused();
    let after = Held::now();
    println!("{before:?} before, {after:?} after");
    after.assert_no_more_than(&before);
}

#[derive(Debug)]
struct Held {
    from_the_system: usize,
    resident: Option<usize>,
}

impl Held {
    fn now() -> Self {
        Self {
            from_the_system: SnMalloc::memory_stats().current_memory_usage,
            resident: resident(),
        }
    }

    /// Allows a tenth more, plus the pagemap: 4 KiB of it stay for each 4 MiB that were ever used.
    fn assert_no_more_than(&self, before: &Self) {
        assert!(self.from_the_system <= before.from_the_system / 10 * 11 + (2 << 20));
        if let (Some(after), Some(before)) = (self.resident, before.resident) {
            assert!(after <= before / 10 * 11 + (3 << 20), "{after} of {before}");
        }
    }
}

/// Resident bytes of this process; `None` under emulators, which don't return their guest's memory,
/// and with features that return nothing.
fn resident() -> Option<usize> {
    if !NATIVE || cfg!(any(feature = "check", feature = "qemu")) {
        return None;
    }
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
