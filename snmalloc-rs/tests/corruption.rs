// SPDX-License-Identifier: MIT
//! Sixteen mistakes that corrupt a heap, each in a process of its own: those that are stopped by
//! default, and with feature `check`. The guide's table is compared with this one.
//!
//! Only on x86_64 Linux, where the programs run directly. With `override`, C's `free` accepts
//! pointers of the loader; `debug` has assertions of its own.
#![cfg(all(
    target_os = "linux",
    target_arch = "x86_64",
    target_pointer_width = "64",
    not(any(feature = "debug", feature = "override", feature = "gwp-asan"))
))]

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::Command;
use std::ptr;

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const CHILD: &str = "SNMALLOC_TEST_CORRUPTION";

/// The memory that an attacker's pointer leads to.
static mut TARGET: [usize; 64] = [0; 64];

fn alloc(size: usize) -> *mut u8 {
    let layout = Layout::from_size_align(size, 8).expect("a layout");
    // SAFETY: the size isn't 0.
    black_box(unsafe { SnMalloc.alloc(layout) })
}

/// Frees, rightly or wrongly.
fn free(block: *mut u8, size: usize) {
    let layout = Layout::from_size_align(size, 8).expect("a layout");
    // SAFETY: none. Many of these calls are mistakes, which is what the process is for.
    unsafe { SnMalloc.dealloc(black_box(block), layout) };
}

fn write(block: *mut u8, value: usize) {
    // SAFETY: none: the block may be free.
    unsafe { black_box(block).cast::<usize>().write_volatile(value) };
}

fn target() -> usize {
    (&raw mut TARGET) as usize
}

/// The live blocks of one size, by address, so that neighbours follow each other.
struct Heap {
    size: usize,
    live: Vec<*mut u8>,
}

impl Heap {
    fn new(size: usize) -> Self {
        let count = if size < 1 << 20 { 2000 } else { 4 };
        let mut live: Vec<*mut u8> = (0..count).map(|_| alloc(size)).collect();
        live.sort_unstable();
        Self { size, live }
    }

    /// Takes a block from the middle.
    fn take(&mut self) -> *mut u8 {
        self.live.remove(self.live.len() / 2)
    }

    /// Takes two blocks that are next to each other.
    fn take_neighbours(&mut self) -> (*mut u8, *mut u8) {
        let size = self.size;
        let adjacent = |pair: &[*mut u8]| pair[1] as usize - pair[0] as usize == size;
        let first = (self.live.len() / 2..)
            .find(|at| adjacent(&self.live[*at..at + 2]))
            .expect("blocks of one slab");
        (self.live.remove(first), self.live.remove(first))
    }

    fn free(&self, block: *mut u8) {
        free(block, self.size);
    }

    /// Frees and allocates as programs do. Returns true if an allocation is the attacker's
    /// pointer, or one block twice.
    fn go_on(mut self) -> bool {
        let planted = target()..target() + 512;
        let count = self.live.len();
        for round in 0..3 {
            for block in self.live.drain(..) {
                free(block, self.size);
            }
            self.live.extend((0..count + 100).map(|_| alloc(self.size)));
            let is_planted = |block: &*mut u8| planted.contains(&(*block as usize));
            if self.live.iter().any(is_planted) {
                return true;
            }
            self.live.sort_unstable();
            if self.live.windows(2).any(|pair| pair[0] == pair[1]) {
                return true;
            }
            self.live.iter().for_each(|block| write(*block, round));
        }
        false
    }
}

fn on_another_thread(run: impl FnOnce() + Send) {
    std::thread::scope(|scope| scope.spawn(run).join()).expect("a thread");
}

/// The protection from a mistake.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// The process ends at once.
    Stopped,
    /// The process may end later, when the damage is found.
    Sometimes,
    No,
}
use Protection::{No, Sometimes, Stopped};

/// A mistake, the protection by default and with feature `check`, the size of its blocks, and
/// the program that makes it.
type Mistake = (&'static str, Protection, Protection, usize, fn(&mut Heap));

const SMALL: usize = 64;
const LARGE: usize = 4 << 20;

const MISTAKES: [Mistake; 16] = [
    (
        "a small block freed twice in a row",
        No,
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
        SMALL,
        |heap| {
            heap.free(heap.live[9].wrapping_add(16));
        },
    ),
    (
        "a pointer into another thread's small block freed",
        No,
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
        LARGE,
        |heap| {
            heap.free(heap.live[1].wrapping_add(4096));
        },
    ),
    (
        "a pointer to the stack freed",
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
        SMALL,
        |heap| {
            heap.free(target() as *mut u8);
        },
    ),
    ("memory of `mmap` freed", Stopped, Stopped, SMALL, |heap| {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: an ordinary call.
        let mapping = unsafe { libc::mmap(ptr::null_mut(), 1 << 16, access, kind, -1, 0) };
        heap.free(mapping.cast());
    }),
    (
        "a block freed with the layout of a larger one",
        No,
        Stopped,
        SMALL,
        |heap| {
            free(heap.take(), heap.size * 4);
        },
    ),
    (
        "a freed block's first word overwritten",
        No,
        Sometimes,
        SMALL,
        |heap| {
            let block = heap.take();
            heap.free(block);
            write(block, target());
        },
    ),
    (
        "all of a freed block overwritten",
        No,
        Stopped,
        SMALL,
        |heap| {
            let block = heap.take();
            heap.free(block);
            for at in 0..heap.size / 8 {
                write(block.wrapping_add(8 * at), target());
            }
        },
    ),
    (
        "a word written past a block's end, into a freed one",
        No,
        Sometimes,
        SMALL,
        |heap| {
            let (first, second) = heap.take_neighbours();
            heap.free(second);
            write(first.wrapping_add(heap.size), target());
            heap.live.push(first);
        },
    ),
    (
        "a byte written past a block's end, into a freed one",
        No,
        Sometimes,
        SMALL,
        |heap| {
            let (first, second) = heap.take_neighbours();
            heap.free(second);
            // SAFETY: none: the byte is the neighbour's.
            unsafe { black_box(first).add(heap.size).write_volatile(0x41) };
            heap.live.push(first);
        },
    ),
    (
        "a block's worth written before its start, into a freed one",
        No,
        Stopped,
        SMALL,
        |heap| {
            let (first, second) = heap.take_neighbours();
            heap.free(first);
            for at in 1..=heap.size / 8 {
                write(second.wrapping_sub(8 * at), target());
            }
            heap.live.push(second);
        },
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Ended,
    Unnoticed,
    /// A later allocation was the attacker's pointer, or one block twice.
    Exploited,
}

fn outcome(mistake: usize) -> (Outcome, String) {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command
        .arg("--exact")
        .arg("each_mistake_is_stopped_as_documented")
        .arg("--nocapture");
    command.env(CHILD, mistake.to_string());
    // SAFETY: no allocation between fork and exec.
    unsafe {
        command.pre_exec(|| {
            let none = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            libc::setrlimit(libc::RLIMIT_CORE, &none);
            Ok(())
        })
    };
    let output = command.output().expect("a process");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let found = match (output.status.signal(), output.status.code()) {
        (Some(_), _) => Outcome::Ended,
        (_, Some(11)) => Outcome::Exploited,
        (_, Some(10)) => Outcome::Unnoticed,
        _ => panic!("{}: {}\n{stderr}", MISTAKES[mistake].0, output.status),
    };
    (found, stderr)
}

#[test]
fn each_mistake_is_stopped_as_documented() {
    if let Some(number) = std::env::var_os(CHILD) {
        let number: Option<usize> = number.to_str().and_then(|text| text.parse().ok());
        let (.., size, make) = MISTAKES[number.expect("a number")];
        let mut heap = Heap::new(size);
        make(&mut heap);
        let exploited = heap.go_on();
        // SAFETY: ends the process without the destructors, which may crash.
        unsafe { libc::_exit(if exploited { 11 } else { 10 }) };
    }
    for (number, (name, by_default, with_check, ..)) in MISTAKES.iter().enumerate() {
        let (found, stderr) = outcome(number);
        let message = stderr.lines().find(|line| line.contains("snmalloc: "));
        println!("{name}: {found:?} {}", message.unwrap_or_default());
        let check = cfg!(feature = "check");
        match if check { with_check } else { by_default } {
            Stopped => assert_eq!(found, Outcome::Ended, "{name}"),
            Sometimes => assert_ne!(found, Outcome::Exploited, "{name}"),
            No => {}
        }
        // By default nothing but these checks ends it at once, and each names the mistake.
        assert!(
            check || *by_default != Stopped || message.is_some(),
            "{name}"
        );
    }
}

#[test]
fn guide_has_the_same_table() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if !root.join("docs").is_dir() {
        println!("skipped: the package has no guide");
        return;
    }
    let page = std::fs::read_to_string(root.join("docs/guide/mistakes.md")).expect("the page");
    let word = |protection| match protection {
        Stopped => "stopped",
        Sometimes => "sometimes, later",
        No => "no",
    };
    for (name, by_default, with_check, ..) in MISTAKES {
        let row = format!("| {name} | {} | {} |", word(by_default), word(with_check));
        assert!(page.contains(&row), "{row}");
    }
}
