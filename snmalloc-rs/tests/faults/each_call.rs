// SPDX-License-Identifier: MIT
//! A fixed program, in a process for each of its system calls, which fails there.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use super::calls::{CALLS, COUNTS, FAIL_AT, FAILED};
use super::stress;

const CHILD: &str = "SNMALLOC_TEST_FAIL_AT";
/// Reasons of an abort: there is no memory for the allocator itself, or for the signal stack that std
/// maps for a thread.
const REASONS: [&str; 3] = [
    "Failed to initialise snmalloc",
    "Failed to initialise thread local allocator",
    "failed to set up alternative stack",
];
const NAME: &str = "each_call::each_call_of_a_program_may_fail";

/// The program: the allocator's initialisation, blocks of all sizes, a second thread that exits.
fn program() {
    stress(7, 60);
    thread::spawn(|| stress(8, 40)).join().expect("a thread");
    stress(9, 40);
}

/// Runs the program in this process, with one failing call: `CALL:NUMBER`.
fn run(place: &str) -> ! {
    let (call, number) = place.split_once(':').expect("a call and a number");
    let call = CALLS.iter().position(|name| *name == call).expect("a call");
    // SAFETY: ends a process that hangs.
    unsafe { libc::alarm(120) };
    COUNTS[call].store(0, Relaxed);
    FAIL_AT[call].store(number.parse().expect("a number"), Relaxed);
    program();
    let failed = FAILED[call].load(Relaxed) != 0;
    std::process::exit(if failed { 10 } else { 11 });
}

#[test]
fn each_call_of_a_program_may_fail() {
    if let Some(place) = std::env::var_os(CHILD) {
        run(place.to_str().expect("text"));
    }
    let mut total = 0;
    for call in CALLS {
        let mut aborts = 0;
        for number in 1.. {
            let output = Command::new(std::env::current_exe().expect("a path"))
                .args(["--exact", NAME, "--nocapture"])
                .env(CHILD, format!("{call}:{number}"))
                .output()
                .expect("a process");
            let stderr = String::from_utf8_lossy(&output.stderr);
            match (output.status.code(), output.status.signal()) {
                (Some(10), _) => {}
                // Its calls were fewer.
                (Some(11), _) => {
                    println!("{call}: {} calls, {aborts} aborts", number - 1);
                    total += number - 1;
                    break;
                }
                (_, Some(libc::SIGABRT)) if REASONS.iter().any(|line| stderr.contains(line)) => {
                    aborts += 1;
                }
                _ => panic!("{call} {number}: {}\n{stderr}", output.status),
            }
        }
    }
    assert!(total > 50, "{total} calls");
}
