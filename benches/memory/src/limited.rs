//! Counts the blocks that fit into a kernel limit on the process's data.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::Meter;

const BLOCK: usize = 1000 << 10;

/// Counts blocks under a limit in MiB, which applies from the start of the process.
pub fn run(meter: &mut Meter, limit_mib: u64) {
    let bytes = limit_mib << 20;
    if current() != bytes {
        limit(bytes);
        let program = std::env::current_exe().expect("a program knows its file");
        let error = Command::new(program)
            .args(std::env::args_os().skip(1))
            .exec();
        panic!("the program can't be started again: {error}");
    }
    let blocks = meter.work(|meter| {
        // The list must not need memory once the limit is reached.
        let mut blocks: Vec<Vec<u8>> = Vec::with_capacity(limit_mib as usize * 2);
        while blocks.len() < blocks.capacity() {
            let mut block = Vec::new();
            if block.try_reserve_exact(BLOCK).is_err() {
                break;
            }
            block.resize(BLOCK, 1);
            blocks.push(block);
        }
        meter.live((blocks.len() * BLOCK) as u64);
        blocks
    });
    meter.figure("blocks", blocks.len() as f64);
    drop(blocks);
    meter.rest(0);
}

fn current() -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is as large as the call expects.
    unsafe { libc::getrlimit(libc::RLIMIT_DATA, &mut limit) };
    limit.rlim_cur
}

fn limit(bytes: u64) {
    let limit = libc::rlimit {
        rlim_cur: bytes,
        rlim_max: bytes,
    };
    // SAFETY: `limit` is as large as the call expects.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_DATA, &limit) };
    assert_eq!(done, 0, "the limit can be lowered");
}
