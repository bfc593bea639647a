//! Reads the kernel's data about the process. Nothing here allocates: that would change the
//! measurement.

use std::fs::File;
use std::io::Read as _;
use std::mem::MaybeUninit;

/// Resident memory in bytes; 0 if the kernel doesn't report it.
pub fn resident() -> u64 {
    // `statm` rounds less than `status`, which only sums the CPUs' counters from time to time.
    let pages = with_file("/proc/self/statm", |text| {
        text.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    pages.unwrap_or(0) * page_size()
}

/// The peak of the resident memory, in bytes.
pub fn peak_resident() -> u64 {
    let kib = with_file("/proc/self/status", |text| kib_of(text, "VmHWM:"));
    kib.unwrap_or(0) * 1024
}

/// The number of the process's mappings.
pub fn mappings() -> u64 {
    let Ok(mut file) = File::open("/proc/self/maps") else {
        return 0;
    };
    let mut buffer = [0; 8192];
    let mut lines = 0;
    while let Ok(count) = file.read(&mut buffer) {
        if count == 0 {
            break;
        }
        lines += buffer[..count]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count() as u64;
    }
    lines
}

/// Checks that enough memory is available: a program that is killed halfway measures
/// nothing, and takes other processes down with it.
pub fn enough_memory(bytes: u64) -> Result<(), String> {
    let available = with_file("/proc/meminfo", |text| kib_of(text, "MemAvailable:"));
    match available {
        Some(kib) if kib * 1024 < bytes => Err(format!(
            "needs {} MiB of memory, {} MiB are available",
            bytes >> 20,
            kib >> 10
        )),
        _ => Ok(()),
    }
}

/// Resources that the process has used so far.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    pub user_seconds: f64,
    pub system_seconds: f64,
    pub minor_faults: u64,
}

/// Resources that all threads of the process have used so far.
pub fn usage() -> Usage {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is large enough, and a zeroed value is valid if the call fails.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Usage {
        user_seconds: seconds(usage.ru_utime),
        system_seconds: seconds(usage.ru_stime),
        minor_faults: u64::try_from(usage.ru_minflt).unwrap_or(0),
    }
}

fn page_size() -> u64 {
    // SAFETY: sysconf only reads a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(size).unwrap_or(4096)
}

fn kib_of(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Reads the first 4 KiB of one of the kernel's short files.
fn with_file<R>(name: &str, read: impl FnOnce(&str) -> Option<R>) -> Option<R> {
    let mut buffer = [0; 4096];
    let mut file = File::open(name).ok()?;
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..]).ok()? {
            0 => break,
            count => length += count,
        }
    }
    read(std::str::from_utf8(&buffer[..length]).ok()?)
}
