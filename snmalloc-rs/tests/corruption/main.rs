// SPDX-License-Identifier: MIT
//! Sixteen mistakes that corrupt a heap, each in a process of its own: those that are stopped by
//! default, with feature `hardened`, and with feature `check`. The guide's table is compared with this one.
//!
//! Only on x86_64 Linux, where the programs run directly. With `override`, C's `free` accepts
//! pointers of the loader; `debug` has assertions of its own.
#![cfg(all(
    target_os = "linux",
    target_arch = "x86_64",
    target_pointer_width = "64",
    not(any(feature = "debug", feature = "override", feature = "gwp-asan"))
))]

mod mistakes;

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::Command;

use mistakes::{MISTAKES, No, Sometimes, Stopped};
use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const CHILD: &str = "SNMALLOC_TEST_CORRUPTION";
/// The child's words after the mistake.
const WENT_ON: &str = "went on";

/// The memory that an attacker's pointer leads to.
static mut TARGET: [usize; 64] = [0; 64];

fn alloc(size: usize) -> *mut u8 {
    let layout = Layout::from_size_align(size, 8).expect("a layout");
    // SAFETY: this allocator documents its result for size 0 too.
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

    /// Frees a block, and then its neighbours on both sides, so that it has a link.
    fn free_with_others(&mut self, block: *mut u8) {
        self.free(block);
        let middle = self.live.len() / 2;
        for other in self.live.drain(middle - 64..middle + 64) {
            free(other, self.size);
        }
    }

    /// Frees and allocates as programs do. Returns true if an allocation is the attacker's
    /// pointer, or one block twice.
    fn go_on(mut self) -> bool {
        let planted = target()..target() + 512;
        let count = self.live.len();
        for round in 0..4 {
            // A slab of which every block is freed forgets its damage: allocate first.
            if round > 0 {
                for block in self.live.drain(..) {
                    free(block, self.size);
                }
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
        // SAFETY: the text is readable. `eprintln!` may allocate.
        unsafe { libc::write(2, WENT_ON.as_ptr().cast(), WENT_ON.len()) };
        let exploited = heap.go_on();
        // SAFETY: ends the process without the destructors, which may crash.
        unsafe { libc::_exit(if exploited { 11 } else { 10 }) };
    }
    for (number, (name, by_default, hardened, with_check, ..)) in MISTAKES.iter().enumerate() {
        let (found, stderr) = outcome(number);
        let message = stderr.lines().find(|line| line.contains("snmalloc: "));
        println!("{name}: {found:?} {}", message.unwrap_or_default());
        let protection = if cfg!(feature = "check") {
            with_check
        } else if cfg!(feature = "hardened") {
            hardened
        } else {
            by_default
        };
        match protection {
            Stopped => assert_eq!(found, Outcome::Ended, "{name}"),
            Sometimes => assert_ne!(found, Outcome::Exploited, "{name}"),
            No => {}
        }
        // With `check`, some mistakes end in memory that isn't mapped.
        if cfg!(not(feature = "check")) && *protection == Stopped {
            let message = message.unwrap_or_else(|| panic!("{name}: {stderr}"));
            // Damage is found when the block is allocated, a wrong call at once.
            let at_once = message.contains("snmalloc: free of");
            assert_eq!(at_once, !stderr.contains(WENT_ON), "{name}: {stderr}");
        }
    }
}

/// Size 0 has an entry of its own into upstream, which may fill the list of the smallest blocks.
#[test]
fn size_zero_damages_no_list() {
    let blocks: Vec<_> = (0..3000)
        .map(|at| (alloc(at % 3 * 8), at % 3 * 8))
        .collect();
    for (block, size) in blocks {
        assert!(!block.is_null());
        free(block, size);
    }
}

#[test]
fn guide_has_the_same_table() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if !root.join("docs").is_dir() {
        println!("skipped: the package has no guide");
        return;
    }
    let page = |name: &str| std::fs::read_to_string(root.join(name)).expect("a page");
    let (readme, page) = (page("README.md"), page("docs/guide/mistakes.md"));
    let word = |protection| match protection {
        Stopped => "stopped",
        Sometimes => "sometimes, later",
        No => "no",
    };
    for (name, by_default, hardened, with_check, ..) in MISTAKES {
        let [by_default, hardened, with_check] = [by_default, hardened, with_check].map(word);
        let row = format!("| {name} | {by_default} | {hardened} | {with_check} |");
        assert!(page.contains(&row), "{row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| a"));
    assert_eq!(
        rows.filter(|row| !row.starts_with("| mistake")).count() + 1,
        MISTAKES.len()
    );
    let stopped = |protection: fn(&mistakes::Mistake) -> mistakes::Protection| {
        let all = MISTAKES.iter().map(protection);
        all.filter(|one| *one == Stopped).count()
    };
    let by_default = stopped(|mistake| mistake.1);
    let hardened = stopped(|mistake| mistake.2);
    let with_check = stopped(|mistake| mistake.3);
    let total = format!(
        "[{hardened} of 16 mistakes](docs/guide/mistakes.md) stopped, instead of {by_default}"
    );
    assert!(readme.contains(&total), "{total}");
    assert!(page.contains(&format!("{by_default} of 16 are stopped")));
    assert!(page.contains(&format!("{hardened} of 16 are stopped")));
    assert!(page.contains(&format!("{with_check} of 16 are stopped")));
}
