//! Threads that begin and end.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Meter;
use crate::buffers::{filled_up, free_all};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// All threads hold their blocks at once.
pub fn at_once(meter: &mut Meter, threads: u64) {
    let all = threads as usize;
    meter.work(|meter| {
        let full = Barrier::new(all + 1);
        thread::scope(|scope| {
            for _ in 0..all {
                let full = &full;
                thread::Builder::new()
                    .stack_size(256 * KIB)
                    .spawn_scoped(scope, move || {
                        let blocks = filled_up(3 * MIB, |random| random.usize(16..=256 * KIB));
                        full.wait();
                        free_all(blocks);
                    })
                    .expect("a thread can be made");
            }
            full.wait();
            meter.live((threads * 3) << 20);
            meter.count_mappings();
        });
    });
    meter.rest(0);
}

/// A thousand threads per second, while another thread releases unused memory every
/// millisecond.
pub fn release(meter: &mut Meter, seconds: u64) {
    let release = meter.release_call().unwrap_or(|| {});
    let over = AtomicBool::new(false);
    let slowest = meter.timed_work(seconds, |meter| {
        thread::scope(|scope| {
            let caller = scope.spawn(|| {
                let mut slowest = Duration::ZERO;
                while !over.load(Ordering::Relaxed) {
                    slowest = slowest.max(time(release));
                    thread::sleep(Duration::from_millis(1));
                }
                slowest
            });
            let start = Instant::now();
            let mut made = 0_u32;
            while start.elapsed() < Duration::from_secs(seconds) {
                let short = thread::Builder::new().stack_size(64 * KIB);
                let short = short.spawn_scoped(scope, || {
                    free_all(filled_up(64 * KIB, |random| random.usize(16..=KIB)));
                });
                short.expect("a thread can be made");
                made += 1;
                let due = Duration::from_millis(made.into());
                thread::sleep(due.saturating_sub(start.elapsed()));
            }
            over.store(true, Ordering::Relaxed);
            meter.figure("threads", made.into());
            caller.join().expect("the calls end well")
        })
    });
    meter.figure("slowest_call_ms", slowest.as_secs_f64() * 1e3);
    meter.figure("last_call_ms", time(release).as_secs_f64() * 1e3);
    meter.rest(0);
}

fn time(call: fn()) -> Duration {
    let start = Instant::now();
    call();
    start.elapsed()
}
