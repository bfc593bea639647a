use std::mem::MaybeUninit;
use std::time::Instant;

/// One run of one workload: the requested amount, and the measured cost.
pub struct Session {
    /// The number of iterations.
    pub iterations: u64,
    /// The number of threads, for workloads that use several.
    pub threads: usize,
    cost: Option<Cost>,
}

/// The cost of the measured section.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// CPU time in user mode, in seconds.
    pub user_seconds: f64,
    /// CPU time in the kernel, in seconds.
    pub system_seconds: f64,
    /// Elapsed time, in seconds.
    pub wall_seconds: f64,
}

impl Session {
    /// A session without a measurement.
    pub fn new(iterations: u64, threads: usize) -> Self {
        Self {
            iterations,
            threads: threads.max(1),
            cost: None,
        }
    }

    /// Runs `work` and measures this process with all its threads.
    pub fn measure<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.measure_of(libc::RUSAGE_SELF, work)
    }

    /// Runs `work` and measures the processes that it started and waited for.
    pub fn measure_children<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.measure_of(libc::RUSAGE_CHILDREN, work)
    }

    fn measure_of<R>(&mut self, whose: libc::c_int, work: impl FnOnce() -> R) -> R {
        let before = processor_time(whose);
        let start = Instant::now();
        let result = work();
        let wall_seconds = start.elapsed().as_secs_f64();
        let after = processor_time(whose);
        self.cost = Some(Cost {
            user_seconds: after.0 - before.0,
            system_seconds: after.1 - before.1,
            wall_seconds,
        });
        result
    }

    /// The measured cost, if any.
    pub fn cost(&self) -> Option<Cost> {
        self.cost
    }
}

/// Seconds in user mode and in the kernel.
fn processor_time(whose: libc::c_int) -> (f64, f64) {
    let usage = usage(whose);
    (seconds(usage.ru_utime), seconds(usage.ru_stime))
}

fn usage(whose: libc::c_int) -> libc::rusage {
    let mut usage = MaybeUninit::zeroed();
    // SAFETY: `usage` is large enough, and a zeroed value is valid if the call fails.
    unsafe {
        libc::getrusage(whose, usage.as_mut_ptr());
        usage.assume_init()
    }
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}

/// The peak of this process's resident memory, in bytes.
pub fn peak_rss() -> u64 {
    // On Linux, the peak from getrusage includes that of the process that started this one;
    // VmHWM is that of this program only.
    if let Some(bytes) = high_water_mark() {
        return bytes;
    }
    let peak = u64::try_from(usage(libc::RUSAGE_SELF).ru_maxrss).unwrap_or(0);
    // Apple's OSes report bytes, all others KiB.
    if cfg!(target_vendor = "apple") {
        peak
    } else {
        peak * 1024
    }
}

fn high_water_mark() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
