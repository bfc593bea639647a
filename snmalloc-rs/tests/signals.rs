// SPDX-License-Identifier: MIT
//! Signals interrupt any step of an allocation; the handler doesn't allocate.
//!
//! Emulators take too long for signals at this rate.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

/// Sends SIGALRM to this process at this interval; stops if it is 0.
fn signal_every(microseconds: libc::suseconds_t) {
    let interval = libc::timeval {
        tv_sec: 0,
        tv_usec: microseconds,
    };
    let timer = libc::itimerval {
        it_interval: interval,
        it_value: interval,
    };
    // SAFETY: the arguments live until the call returns.
    let result = unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
    assert_eq!(result, 0);
}

fn allocate(seed: u8, until: Instant) {
    while Instant::now() < until {
        let words: Vec<String> = (0..200)
            .map(|n| format!("{n:0width$}", width = n))
            .collect();
        let mut block = vec![seed; 3_000];
        for size in [200_000, 3_000_000] {
            block.resize(size, seed);
        }
        assert!(block.iter().step_by(61).all(|byte| *byte == seed));
        assert!(words.iter().enumerate().all(|(n, word)| word.len() >= n));
    }
}

#[test]
fn signals_interrupt_allocations() {
    // SAFETY: the handler only counts; the mask is empty.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = count as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        let null = std::ptr::null_mut();
        assert_eq!(libc::sigaction(libc::SIGALRM, &action, null), 0);
    }
    signal_every(50);
    let until = Instant::now() + Duration::from_secs(2);
    thread::scope(|scope| {
        for seed in 0..3 {
            scope.spawn(move || allocate(seed, until));
        }
    });
    signal_every(0);
    assert!(SIGNALS.load(Ordering::Relaxed) > 1000);
}
