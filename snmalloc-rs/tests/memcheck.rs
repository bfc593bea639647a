// SPDX-License-Identifier: MIT
//! Mistakes that valgrind's memcheck reports with feature `valgrind`, each in a process of its own,
//! and a program without mistakes, of which it reports nothing.
#![cfg(all(feature = "valgrind", target_os = "linux"))]

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;
use std::io::Write as _;
use std::process::Command;

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const CHILD: &str = "SNMALLOC_TEST_MEMCHECK";
const LAYOUT: Layout = Layout::new::<[u64; 5]>();

fn alloc() -> *mut u8 {
    // SAFETY: the size isn't 0.
    black_box(unsafe { SnMalloc.alloc(LAYOUT) })
}

fn free(block: *mut u8) {
    // SAFETY: none. Some of these calls are mistakes, which is what the process is for.
    unsafe { SnMalloc.dealloc(black_box(block), LAYOUT) };
}

/// The mistakes, each with the text of memcheck's report.
const MISTAKES: [(&str, &str, fn()); 7] = [
    ("a freed block is read", "Invalid read of size 1", || {
        let block = alloc();
        free(block);
        // SAFETY: none: the block is free.
        black_box(unsafe { block.read_volatile() });
    }),
    (
        "a byte is written past a block's end",
        "Invalid write of size 1",
        || {
            let block = alloc();
            // SAFETY: none: the block ends there.
            unsafe { block.add(LAYOUT.size()).write_volatile(1) };
            free(block);
        },
    ),
    (
        "a block is read before it is written",
        "depends on uninitialised value",
        || {
            let block = alloc();
            // SAFETY: none: the block has no value yet.
            if unsafe { block.read_volatile() } == 7 {
                println!("seven");
            }
            free(block);
        },
    ),
    ("a block is freed twice", "Invalid free()", || {
        let block = alloc();
        free(block);
        free(block);
    }),
    ("a pointer into a block is freed", "Invalid free()", || {
        // SAFETY: the address is within the block.
        free(unsafe { alloc().add(8) });
    }),
    (
        "a block is lost",
        "40 bytes in 1 blocks are definitely lost",
        || {
            alloc();
        },
    ),
    (
        "the old block is read after realloc",
        "Invalid read of size 1",
        || {
            let block = alloc();
            // SAFETY: the block is live and has this layout.
            black_box(unsafe { SnMalloc.realloc(block, LAYOUT, 41) });
            // SAFETY: none: the block was freed.
            black_box(unsafe { block.read_volatile() });
        },
    ),
];

/// A thread exits, which purges the caches of one that waits.
fn exits_while_another_waits() {
    let (fills, filled) = std::sync::mpsc::channel();
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let waiting = std::thread::spawn(move || {
        drop(vec![vec![1_u8; 12_000]; 40]);
        fills.send(()).expect("a receiver");
        ends.recv()
    });
    filled.recv().expect("a sender");
    // A cache counts as unused after a second.
    let exiting = || std::thread::sleep(std::time::Duration::from_millis(1500));
    std::thread::spawn(exiting).join().expect("a thread");
    end.send(()).expect("a receiver");
    waiting.join().expect("a thread").expect("a sender");
}

/// Allocates small and large blocks in several threads, grows and shrinks them, and frees some in
/// another thread.
fn no_mistakes() {
    let vectors = |seed: usize| {
        let make = move |at: usize| vec![seed as u8; (at * 37 + seed) % 5000 + 1];
        (0..300).map(make).collect::<Vec<_>>()
    };
    let threads: Vec<_> = (0..4)
        .map(|seed| std::thread::spawn(move || vectors(seed)))
        .collect();
    let mut sum = 0_usize;
    for thread in threads {
        let vectors = thread.join().expect("a thread");
        sum += vectors
            .iter()
            .flatten()
            .map(|byte| usize::from(*byte))
            .sum::<usize>();
    }
    let mut grown = Vec::new();
    (0..40_000_u64).for_each(|number| grown.push(number));
    grown.truncate(1000);
    grown.shrink_to_fit();
    sum += usize::try_from(grown.iter().sum::<u64>()).expect("a small sum");
    let mut zeroed = vec![0_u8; 300_000];
    zeroed.extend(std::iter::repeat_n(0, 2_000_000));
    sum += zeroed.iter().map(|byte| usize::from(*byte)).sum::<usize>();
    // SAFETY: the size isn't 0, and the block is freed as it was last resized.
    unsafe {
        let block = SnMalloc.alloc_zeroed(LAYOUT);
        let usable = SnMalloc.usable_size(block).expect("a block");
        block.write_bytes(1, usable);
        assert!(SnMalloc::resize_in_place(block, LAYOUT, LAYOUT.size() + 1));
        let layout = Layout::from_size_align(LAYOUT.size() + 1, LAYOUT.align());
        block.add(LAYOUT.size()).write(1);
        SnMalloc.dealloc(block, layout.expect("a layout"));
    }
    exits_while_another_waits();
    SnMalloc::release_unused();
    println!("{sum}");
}

/// Runs the test in a child process under valgrind; returns its exit code and its output.
fn under_valgrind(child: &str) -> (Option<i32>, String) {
    let output = Command::new("valgrind")
        .args(["--quiet", "--leak-check=full", "--error-exitcode=9"])
        .arg("--errors-for-leak-kinds=definite")
        .arg(std::env::current_exe().expect("a path"))
        .args(["--exact", "memcheck_reports_mistakes_and_nothing_else"])
        .args(["--nocapture", "--test-threads=1"])
        .env(CHILD, child)
        .output()
        .expect("valgrind");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn memcheck_reports_mistakes_and_nothing_else() {
    if let Ok(child) = std::env::var(CHILD) {
        return match child.parse::<usize>() {
            Ok(number) => MISTAKES[number].2(),
            Err(_) => no_mistakes(),
        };
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI has valgrind");
        // Past the harness, which shows the output of failed tests only.
        let why = "skipped: memcheck_reports_mistakes_and_nothing_else: no valgrind";
        let _ = writeln!(std::io::stderr(), "{why}");
        return;
    }
    let (code, output) = under_valgrind("none");
    assert_eq!(code, Some(0), "{output}");
    for (number, (name, expected, _)) in MISTAKES.iter().enumerate() {
        let (code, output) = under_valgrind(&number.to_string());
        assert!(output.contains(expected), "{name}: {code:?}\n{output}");
        assert_ne!(code, Some(0), "{name}");
    }
}
