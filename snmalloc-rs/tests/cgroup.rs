// SPDX-License-Identifier: MIT
//! Memory limits of control groups, which containers have: the kernel ends a process that exceeds
//! one, so a program whose blocks fit must stay below it, whatever it has freed before.
//!
//! Needs root and a controller for memory. Only on x86_64, which is tested without an emulator.
#![cfg(all(
    target_os = "linux",
    target_arch = "x86_64",
    target_pointer_width = "64",
    not(any(feature = "check", feature = "qemu", feature = "gwp-asan"))
))]

use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const CHILD: &str = "SNMALLOC_TEST_CGROUP";
const MIB: usize = 1 << 20;
const LIMIT: usize = 128 * MIB;

/// A control group, which is removed again.
struct Group(PathBuf);

impl Group {
    /// # Errors
    /// Why this machine can't have one.
    fn new(name: &str) -> Result<Self, String> {
        let v2 = Path::new("/sys/fs/cgroup");
        let v1 = v2.join("memory");
        let (parent, limit) = if v1.join("memory.limit_in_bytes").exists() {
            (v1.as_path(), "memory.limit_in_bytes")
        } else {
            // The groups below have no limits without this.
            let _ = fs::write(v2.join("cgroup.subtree_control"), "+memory");
            (v2, "memory.max")
        };
        let dir = parent.join(format!("snmalloc-{name}-{}", std::process::id()));
        let failed = |what: &Path, error| format!("{}: {error}", what.display());
        fs::create_dir(&dir).map_err(|error| failed(parent, error))?;
        let group = Self(dir);
        // Not every kernel limits swap.
        for swap in ["memory.swap.max", "memory.swappiness"] {
            let file = group.0.join(swap);
            if file.exists() {
                let _ = fs::write(file, "0");
            }
        }
        let file = group.0.join(limit);
        fs::write(&file, LIMIT.to_string()).map_err(|error| failed(Path::new(limit), error))?;
        Ok(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The kernel needs a moment after the last process.
        for _ in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Reruns the named test in a group of its own, and returns how it ended; `None` in the child
/// process, and where there are no groups.
fn limited(test: &str) -> Option<(ExitStatus, String)> {
    let group = match Group::new(test) {
        Ok(group) => group,
        Err(why) => {
            // Past the harness, which shows the output of failed tests only.
            let _ = writeln!(
                std::io::stderr(),
                "skipped: {test}: no control group: {why}"
            );
            return None;
        }
    };
    let mut child = Command::new(std::env::current_exe().expect("a path"));
    child.env(CHILD, "1").args([test, "--exact", "--nocapture"]);
    let procs = fs::OpenOptions::new()
        .write(true)
        .open(group.0.join("cgroup.procs"));
    let mut procs = procs.expect("a list of processes");
    // SAFETY: the closure only makes a system call.
    unsafe { child.pre_exec(move || procs.write_all(b"0")) };
    let output = child.output().expect("the test runs itself");
    let text = [output.stdout, output.stderr].concat();
    Some((output.status, String::from_utf8_lossy(&text).into_owned()))
}

/// A step of xorshift.
fn next(random: &mut u64) -> usize {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    usize::try_from(*random >> 33).expect("31 bits")
}

/// Replaces blocks at random for some seconds, with at most `live` bytes at a time.
fn churn(live: usize, sizes: Range<usize>, mut random: u64) {
    let end = Instant::now() + Duration::from_secs(4);
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    let mut bytes = 0;
    while Instant::now() < end {
        for _ in 0..100 {
            let size = sizes.start + next(&mut random) % sizes.len();
            while bytes + size > live {
                let at = next(&mut random) % blocks.len();
                bytes -= blocks.swap_remove(at).len();
            }
            bytes += size;
            blocks.push(vec![7; size]);
        }
    }
}

fn churn_in_two_threads(live: usize, sizes: Range<usize>) {
    let threads = [1, 2].map(|seed| {
        let sizes = sizes.clone();
        std::thread::spawn(move || churn(live / 2, sizes, seed))
    });
    for thread in threads {
        thread.join().expect("a thread");
    }
}

#[test]
fn large_blocks_that_fit_do_not_end_the_program() {
    if std::env::var_os(CHILD).is_some() {
        return churn_in_two_threads(40 * MIB, 64 << 10..4 << 20);
    }
    if let Some((status, output)) = limited("large_blocks_that_fit_do_not_end_the_program") {
        assert!(status.success(), "{status}\n{output}");
    }
}

#[test]
fn small_caches_leave_room_for_blocks_of_all_sizes() {
    if std::env::var_os(CHILD).is_some() {
        SnMalloc::set_retained_limit(4 * MIB);
        churn_in_two_threads(40 * MIB, 16..4096);
        return churn_in_two_threads(30 * MIB, 16..2 << 20);
    }
    if let Some((status, output)) = limited("small_caches_leave_room_for_blocks_of_all_sizes") {
        assert!(status.success(), "{status}\n{output}");
    }
}

/// The limit of the tests above is one.
#[test]
fn blocks_that_do_not_fit_end_the_program() {
    if std::env::var_os(CHILD).is_some() {
        let all: Vec<Vec<u8>> = (0..160).map(|_| vec![7; MIB]).collect();
        return assert_eq!(all.len(), 160);
    }
    if let Some((status, output)) = limited("blocks_that_do_not_fit_end_the_program") {
        assert_eq!(status.signal(), Some(libc::SIGKILL), "{output}");
    }
}
