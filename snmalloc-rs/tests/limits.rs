// SPDX-License-Identifier: MIT
//! Limits of address space and of data: allocations return null, and the process continues.
//!
//! Only on x86_64, which is tested without an emulator: the limit would apply to the emulator
//! instead of its guest. Not with feature `check`: upstream makes memory accessible with
//! `mprotect`, which a data limit refuses, and ignores the result.
#![cfg(all(
    target_os = "linux",
    target_arch = "x86_64",
    target_pointer_width = "64"
))]

use std::alloc::{GlobalAlloc, Layout};
use std::os::unix::process::CommandExt;
use std::process::Command;

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const CHILD: &str = "SNMALLOC_TEST_LIMITED";

/// Runs in a process of its own, under the limit.
fn use_all_memory() {
    let mut blocks = Vec::with_capacity(20_000);
    for round in 0..2 {
        for size in [100, 5000, 200_000, 3 << 20, 40 << 20] {
            let layout = Layout::from_size_align(size, 8).expect("a valid layout");
            let mut got = 0;
            while blocks.len() < blocks.capacity() {
                // SAFETY: the size isn't 0.
                let ptr = unsafe { SnMalloc.alloc(layout) };
                if ptr.is_null() {
                    break;
                }
                // SAFETY: the block has this byte.
                unsafe { ptr.write(round) };
                blocks.push((ptr, layout));
                got += 1;
            }
            if size > 4 << 20 {
                assert!(got < 20_000, "the limit isn't one");
            }
            println!("{got} blocks of {size} bytes");
            for (ptr, layout) in blocks.drain(..) {
                // SAFETY: the block is live and has this layout.
                unsafe {
                    assert_eq!(ptr.read(), round);
                    SnMalloc.dealloc(ptr, layout);
                }
            }
        }
    }
    // A vector that can't grow any further is unchanged.
    let mut bytes = vec![7_u8; 1000];
    while bytes.len() < 1 << 28 && bytes.try_reserve_exact(bytes.len() * 2).is_ok() {
        bytes.resize(bytes.len() * 2, 7);
    }
    assert!(bytes.iter().all(|byte| *byte == 7));
    println!("a vector of {} bytes", bytes.len());
}

#[cfg(target_env = "gnu")]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(target_env = "gnu"))]
type Resource = libc::c_int;

fn limit(resource: Resource, bytes: u64) -> std::io::Result<()> {
    let limits = libc::rlimit {
        rlim_cur: bytes,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: the limits are valid.
    match unsafe { libc::setrlimit(resource, &limits) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Reruns the named test under a limit; returns false in the child process.
fn limited(test: &str, resource: Resource, bytes: u64) -> bool {
    if std::env::var_os(CHILD).is_some() {
        return false;
    }
    let mut child = Command::new(std::env::current_exe().expect("a path"));
    child
        .env(CHILD, "1")
        .args([test, "--exact", "--nocapture", "--test-threads=1"]);
    // SAFETY: the closure only makes a system call.
    unsafe { child.pre_exec(move || limit(resource, bytes)) };
    let output = child.output().expect("the test runs itself");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "limit {bytes}: {}\n{stdout}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    true
}

#[test]
fn allocation_fails_with_null_under_a_limit_of_address_space() {
    for bytes in [128_u64 << 20, 1 << 30, 300 << 30] {
        let test = "allocation_fails_with_null_under_a_limit_of_address_space";
        if !limited(test, libc::RLIMIT_AS, bytes) {
            return use_all_memory();
        }
    }
}

#[cfg(not(feature = "check"))]
#[test]
fn allocation_fails_with_null_under_a_limit_of_data() {
    for bytes in [64_u64 << 20, 1 << 30] {
        let test = "allocation_fails_with_null_under_a_limit_of_data";
        if !limited(test, libc::RLIMIT_DATA, bytes) {
            return use_all_memory();
        }
    }
}

#[cfg(not(feature = "check"))]
fn blocks_to_be_had(size: usize) -> usize {
    let layout = Layout::from_size_align(size, 8).expect("a valid layout");
    let mut blocks = Vec::with_capacity(2000);
    while blocks.len() < blocks.capacity() {
        // SAFETY: the size isn't 0.
        let ptr = unsafe { SnMalloc.alloc(layout) };
        if ptr.is_null() {
            break;
        }
        blocks.push(ptr);
    }
    let count = blocks.len();
    for ptr in blocks {
        // SAFETY: the block is live and has this layout.
        unsafe { SnMalloc.dealloc(ptr, layout) };
    }
    count
}

/// Reserved address space counts as data.
#[cfg(not(feature = "check"))]
#[test]
fn most_of_a_limit_of_data_is_for_blocks() {
    let test = "most_of_a_limit_of_data_is_for_blocks";
    if !limited(test, libc::RLIMIT_DATA, 200 << 20) {
        let count = blocks_to_be_had(1000 << 10);
        assert!(count >= 150, "{count} blocks of 1000 KiB under 200 MiB");
    }
}

#[cfg(not(feature = "check"))]
#[test]
fn a_limit_that_is_lowered_later_holds() {
    let test = "a_limit_that_is_lowered_later_holds";
    if !limited(test, libc::RLIMIT_DATA, libc::RLIM_INFINITY) {
        assert!(blocks_to_be_had(1000 << 10) > 1000);
        limit(libc::RLIMIT_DATA, 1 << 20).expect("a lower limit");
        use_all_memory();
    }
}
