// SPDX-License-Identifier: MIT
//! Events that affect the whole process: fork, exit, failed checks.
#![cfg(unix)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

/// Aborts the process when dropped: a panic in a forked child must not unwind into the test
/// harness, which would report success.
struct AbortOnUnwind;

impl Drop for AbortOnUnwind {
    fn drop(&mut self) {
        std::process::abort();
    }
}

/// Runs `child` in a forked process and returns its wait status. A signal ends the child after a
/// minute, so that a deadlock fails the test.
fn forked(child: impl FnOnce()) -> libc::c_int {
    // SAFETY: the child only allocates, which is the test, and exits with `_exit`; it never returns
    // into the test harness.
    unsafe {
        match libc::fork() {
            -1 => panic!("fork: {}", std::io::Error::last_os_error()),
            0 => {
                libc::alarm(60);
                let _guard = AbortOnUnwind;
                child();
                libc::_exit(0)
            }
            pid => {
                let mut status = 0;
                assert_eq!(libc::waitpid(pid, &mut status, 0), pid);
                status
            }
        }
    }
}

/// An emulator needs seconds to fork a process that has reserved as much address space as
/// snmalloc's pagemap.
const FORKS: usize = if cfg!(target_arch = "x86_64") { 20 } else { 3 };

fn churn() -> usize {
    let words: Vec<String> = (0..200)
        .map(|n| format!("{n:0width$}", width = n % 90))
        .collect();
    words.iter().map(String::len).sum()
}

/// Returns true if all bytes are `value`. Samples each page, since an emulator needs a minute for
/// all bytes.
fn all(bytes: &[u8], value: u8) -> bool {
    bytes.iter().step_by(61).all(|byte| *byte == value)
}

/// Extends the block in one write. `Vec::resize` of an unoptimized std writes each byte, which
/// takes an emulator a minute.
fn grow(block: &mut Vec<u8>, size: usize, value: u8) {
    let old = block.len();
    block.reserve_exact(size - old);
    // SAFETY: the capacity is at least `size`, and every new byte is written.
    unsafe {
        block.as_mut_ptr().add(old).write_bytes(value, size - old);
        block.set_len(size);
    }
}

#[test]
fn large_blocks_of_both_sides_of_a_fork_stay_apart() {
    const SIZE: usize = 6 << 20;
    let mut block = vec![1_u8; SIZE];
    drop(vec![9_u8; 4 * SIZE]);
    let status = forked(|| {
        grow(&mut block, 3 * SIZE, 2);
        block[0] = 3;
        assert!(all(&block[1..SIZE], 1));
        assert!(all(&vec![0_u8; 4 * SIZE], 0));
        block.truncate(SIZE);
        block.shrink_to_fit();
    });
    assert_eq!(status, 0, "wait status {status:#x}");
    grow(&mut block, 3 * SIZE, 4);
    assert!(all(&block[..SIZE], 1));
    assert!(all(&block[SIZE..], 4));
}

#[test]
fn a_failed_assertion_in_a_child_is_seen() {
    let status = forked(|| panic!("expected: this child fails"));
    assert!(libc::WIFSIGNALED(status), "wait status {status:#x}");
}

#[test]
fn a_child_of_a_quiet_process_can_allocate() {
    let mine = vec![3_u8; 10_000];
    let status = forked(|| {
        assert_eq!(mine[9_999], 3);
        churn();
    });
    assert_eq!(status, 0);
}

#[test]
fn a_child_of_a_busy_process_can_allocate() {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                snmalloc_rs::SnMalloc::release_unused();
            }
        });
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    // New threads take the locks that must not be held in the child.
                    thread::spawn(churn).join().expect("no panic");
                    drop(vec![0_u8; 300_000]);
                }
            });
        }
        let statuses: Vec<_> = (0..FORKS)
            .map(|_| {
                forked(|| {
                    churn();
                    drop(vec![1_u8; 2_000_000]);
                    let grandchild = forked(|| {
                        churn();
                    });
                    assert_eq!(grandchild, 0);
                })
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(statuses, [0; FORKS]);
    });
}

#[test]
fn a_child_of_a_busy_process_can_execute_another_program() {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    churn();
                }
            });
        }
        let statuses: Vec<_> = (0..FORKS)
            .map(|_| {
                forked(|| {
                    let program = c"true".as_ptr();
                    let args = [program, std::ptr::null()];
                    // SAFETY: the list of arguments ends with null.
                    unsafe { libc::execvp(program, args.as_ptr()) };
                    panic!("exec: {}", std::io::Error::last_os_error());
                })
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(statuses, [0; FORKS]);
    });
}

extern "C" fn allocates_at_exit() {
    assert!(churn() > 0);
}

#[test]
fn allocation_at_exit_works() {
    let status = forked(|| {
        // SAFETY: the handler has the type that atexit expects, and the process that calls `exit`
        // has one thread.
        unsafe {
            assert_eq!(libc::atexit(allocates_at_exit), 0);
            libc::exit(0)
        }
    });
    assert_eq!(status, 0);
}

#[cfg(feature = "check-loads")]
#[test]
fn a_copy_past_the_end_of_a_block_ends_the_process() {
    let from = Box::new([1_u8; 64]);
    let mut to = vec![0_u8; 4096];
    // SAFETY: both blocks are that long.
    unsafe { snmalloc_rs::SnMalloc::copy_checked(to.as_mut_ptr(), from.as_ptr(), 64) };
    assert_eq!(to[63], 1);
    let status = forked(|| {
        // SAFETY: unsound, and caught by the check: the source is 64 bytes long.
        unsafe { snmalloc_rs::SnMalloc::copy_checked(to.as_mut_ptr(), from.as_ptr(), 4096) };
    });
    assert!(libc::WIFSIGNALED(status), "wait status {status:#x}");
}

#[cfg(feature = "check")]
#[test]
fn freeing_with_another_layout_or_inside_a_block_ends_the_process() {
    use std::alloc::{GlobalAlloc as _, Layout};
    let layout = Layout::new::<[u64; 16]>();
    let wrong_size = forked(|| {
        // SAFETY: unsound, and caught by the check: the block is larger.
        unsafe { ALLOC.dealloc(ALLOC.alloc(layout), Layout::new::<[u64; 2]>()) };
    });
    let inside = forked(|| {
        // SAFETY: unsound, and caught by the check: no block starts there.
        unsafe { ALLOC.dealloc(ALLOC.alloc(layout).add(8), layout) };
    });
    for status in [wrong_size, inside] {
        assert!(libc::WIFSIGNALED(status), "wait status {status:#x}");
    }
}

#[cfg(all(feature = "pageid", target_os = "linux"))]
#[test]
fn mappings_are_named_where_the_kernel_can() {
    let block = vec![1_u8; 1 << 20];
    // A kernel without CONFIG_ANON_VMA_NAME refuses this call.
    // SAFETY: it names one mapped page.
    let can = unsafe {
        let page = (block.as_ptr() as usize & !0xFFFF) as libc::c_ulong;
        libc::prctl(0x5356_4d41, 0, page, 4096, c"test".as_ptr()) == 0
    };
    let maps = std::fs::read_to_string("/proc/self/maps").expect("maps");
    assert_eq!(maps.contains("[anon:snmalloc]"), can, "{maps}");
}
