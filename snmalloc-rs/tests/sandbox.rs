// SPDX-License-Identifier: MIT
//! A sandbox forbids system calls after the program has started: the allocator makes only those
//! that `docs/guide/sandboxes.md` lists, and works without those that are refused. Feature `check`
//! makes others, which the page doesn't list.
#![cfg(all(
    target_os = "linux",
    target_arch = "x86_64",
    target_pointer_width = "64",
    not(any(feature = "check", feature = "gwp-asan", feature = "qemu"))
))]

mod blocks;

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use blocks::{Block, MIB, check, write};
use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const CHILD: &str = "SNMALLOC_TEST_SANDBOX";

/// System calls that the page lists for a program that has started.
const LISTED: [i64; 4] = [
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
];

/// System calls that the program itself needs to exit.
const PROGRAM: [i64; 2] = [libc::SYS_exit_group, libc::SYS_write];

/// Allows `allowed`; other calls fail with EPERM if they are in `refused`, and end the process
/// otherwise.
fn confine(allowed: &[i64], refused: &[i64]) {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, k, jt, jf| libc::sock_filter { code, jt, jf, k };
    let mut filter = vec![step(LOAD, 0, 0, 0)];
    let eperm = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
    for (calls, action) in [(refused, eperm), (allowed, libc::SECCOMP_RET_ALLOW)] {
        for call in calls {
            filter.push(step(EQUAL, *call as u32, 0, 1));
            filter.push(step(RETURN, action, 0, 0));
        }
    }
    filter.push(step(RETURN, libc::SECCOMP_RET_KILL_PROCESS, 0, 0));
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the filter outlives the call, which copies it.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(
            libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program),
            0
        );
    }
}

/// Calls every entry point that may make a system call.
fn use_memory() {
    for seed in 0..3 {
        let mut blocks: Vec<Block> = (0..20).map(|n| Block::new((n + 1) << 17)).collect();
        for block in &mut blocks {
            write(block, 0, seed);
            check(block, seed);
        }
        let mut block = Block::new(MIB);
        write(&mut block, 0, seed);
        let mut size = MIB;
        while size < 96 * MIB {
            let old = size;
            size *= 3;
            block.resize(size);
            write(&mut block, blocks::next(old), seed);
            check(&block, seed);
        }
        block.resize(20 * MIB);
        check(&block, seed);
        drop(block);
        let zeroed = Block::zeroed(6 * MIB);
        assert!(zeroed.iter().all(|byte| *byte == 0));
        drop(blocks);
        let small: Vec<Box<u64>> = (0..200_000).map(Box::new).collect();
        assert_eq!(*small[777], 777);
        SnMalloc::release_unused();
    }
}

fn runs_confined(test: &str, refused: &[i64]) {
    if std::env::var_os(CHILD).is_some() {
        let allowed: Vec<i64> = LISTED.iter().chain(&PROGRAM).copied().collect();
        confine(&allowed, refused);
        use_memory();
        // SAFETY: exits the process without the destructors of the harness, which make other calls.
        unsafe { libc::_exit(0) };
    }
    let output = Command::new(std::env::current_exe().expect("a path"))
        .env(CHILD, "1")
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .output()
        .expect("the test runs itself");
    assert!(
        output.status.success(),
        "{} (signal {:?})\n{}",
        output.status,
        output.status.signal(),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn only_listed_calls_are_made() {
    runs_confined("only_listed_calls_are_made", &[]);
}

#[test]
fn moving_pages_may_be_refused() {
    runs_confined("moving_pages_may_be_refused", &[libc::SYS_mremap]);
}

#[test]
fn giving_pages_back_may_be_refused() {
    runs_confined("giving_pages_back_may_be_refused", &[libc::SYS_madvise]);
}
