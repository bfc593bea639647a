//! Samples the memory of the process at certain moments.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use snmalloc_bench_protocol::{MemorySample, Point, Window};

use crate::os::{self, Usage};

/// The number of windows into which timed work is split.
const WINDOWS: u32 = 24;

/// The interval at which the resident memory is sampled meanwhile.
const SAMPLED: Duration = Duration::from_millis(20);

/// Functions that only some allocators have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hooks {
    /// Gives back unused memory.
    pub release: Option<fn()>,
}

/// Samples the memory of the process.
pub struct Meter {
    idle: Vec<u64>,
    hooks: Hooks,
    live_bytes: u64,
    held_bytes: u64,
    mappings_peak: u64,
    used: Usage,
    idle_cpu_seconds: f64,
    wall_seconds: f64,
    points: Vec<Point>,
    windows: Vec<Window>,
    figures: Vec<(String, f64)>,
}

impl Meter {
    /// Takes the first sample, at the start of the process.
    pub fn new(idle: Vec<u64>, hooks: Hooks) -> Self {
        let mut meter = Self {
            idle,
            hooks,
            live_bytes: 0,
            held_bytes: 0,
            mappings_peak: 0,
            used: Usage::default(),
            idle_cpu_seconds: 0.0,
            wall_seconds: 0.0,
            // Our own vectors must not grow during a measurement.
            points: Vec::with_capacity(32),
            windows: Vec::with_capacity(WINDOWS as usize),
            figures: Vec::with_capacity(8),
        };
        meter.point("start");
        meter
    }

    /// The allocator's function that gives back unused memory, if any.
    pub fn release_call(&self) -> Option<fn()> {
        self.hooks.release
    }

    /// Measures the cost of `work`.
    pub fn work<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let before = os::usage();
        let start = Instant::now();
        let result = work(self);
        self.wall_seconds = start.elapsed().as_secs_f64();
        let after = os::usage();
        self.used = Usage {
            user_seconds: after.user_seconds - before.user_seconds,
            system_seconds: after.system_seconds - before.system_seconds,
            minor_faults: after.minor_faults - before.minor_faults,
        };
        self.point("work");
        result
    }

    /// The same for work that takes this many seconds; also samples the resident memory.
    pub fn timed_work<R>(&mut self, seconds: u64, work: impl FnOnce(&mut Self) -> R) -> R {
        let highest: [AtomicU64; WINDOWS as usize] = std::array::from_fn(|_| AtomicU64::new(0));
        let window = Duration::from_secs(seconds.max(1)) / WINDOWS;
        let over = AtomicBool::new(false);
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                let start = Instant::now();
                while !over.load(Ordering::Relaxed) {
                    let place = start.elapsed().as_nanos() / window.as_nanos();
                    if let Some(highest) = highest.get(place as usize) {
                        highest.fetch_max(os::resident(), Ordering::Relaxed);
                    }
                    thread::sleep(SAMPLED);
                }
            });
            let result = self.work(work);
            over.store(true, Ordering::Relaxed);
            result
        });
        for (number, highest) in (1..).zip(&highest) {
            self.windows.push(Window {
                end_seconds: (window * number).as_secs_f64(),
                rss_bytes: highest.load(Ordering::Relaxed),
            });
        }
        result
    }

    /// Records that the program has this many bytes allocated now.
    pub fn live(&mut self, bytes: u64) {
        self.live_bytes = self.live_bytes.max(bytes);
    }

    /// Counts the mappings; called when there are many.
    pub fn count_mappings(&mut self) {
        self.mappings_peak = self.mappings_peak.max(os::mappings());
    }

    /// Samples the memory now.
    pub fn point(&mut self, name: &str) {
        let point = Point {
            name: name.to_owned(),
            rss_bytes: os::resident(),
            mappings: os::mappings(),
        };
        self.mappings_peak = self.mappings_peak.max(point.mappings);
        self.points.push(point);
    }

    /// Records a figure that only this program has.
    pub fn figure(&mut self, name: &str, value: f64) {
        self.figures.push((name.to_owned(), value));
    }

    /// Samples the memory while the program is idle and holds this many bytes; then after one
    /// allocation, and after `release_unused` in a separate thread.
    pub fn rest(&mut self, held_bytes: u64) {
        self.held_bytes = held_bytes;
        // This line allows the runner to start another process.
        eprintln!("resting");
        let before = os::usage();
        let start = Instant::now();
        for seconds in self.idle.clone() {
            let until = Duration::from_secs(seconds);
            thread::sleep(until.saturating_sub(start.elapsed()));
            self.point(&format!("idle-{seconds}"));
        }
        let after = os::usage();
        self.idle_cpu_seconds =
            after.user_seconds - before.user_seconds + after.system_seconds - before.system_seconds;
        stir();
        self.point("stirred");
        let released = self.hooks.release.is_some_and(|release| {
            let thread = thread::Builder::new().stack_size(64 << 10).spawn(release);
            // Under a limit, a thread may fail to start.
            thread.is_ok_and(|thread| thread.join().is_ok())
        });
        if released {
            self.point("released");
        }
    }

    /// Returns all measurements.
    pub fn sample(self, program: &str, amount: u64) -> MemorySample {
        // The kernel adds up its own maximum in batches, so it may be a few pages behind.
        let points = self.points.iter().map(|point| point.rss_bytes);
        let peak = points.chain([os::peak_resident()]).max();
        MemorySample {
            program: program.to_owned(),
            amount,
            live_bytes: self.live_bytes,
            held_bytes: self.held_bytes,
            peak_rss_bytes: peak.unwrap_or_default(),
            mappings_peak: self.mappings_peak,
            minor_faults: self.used.minor_faults,
            user_seconds: self.used.user_seconds,
            system_seconds: self.used.system_seconds,
            idle_cpu_seconds: self.idle_cpu_seconds,
            wall_seconds: self.wall_seconds,
            points: self.points,
            windows: self.windows,
            figures: self.figures,
        }
    }
}

/// Runs the slow paths once: allocates and frees a block of each kind that an allocator might
/// handle separately.
fn stir() {
    for size in [40_000, 3 << 19] {
        let mut block = Vec::new();
        // Under a limit, the allocation may fail.
        if block.try_reserve_exact(size).is_ok() {
            block.resize(size, 1_u8);
        }
        std::hint::black_box(&block);
    }
}
