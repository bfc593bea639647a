use serde::{Deserialize, Serialize};

/// The cost of one run of one workload: one line of JSON on the program's stdout.
///
/// Times are those of the measured section only; the peak is that of the whole process, which
/// does little else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The workload's name.
    pub workload: String,
    /// The number of measured iterations.
    pub iterations: u64,
    /// The number of threads, if the workload uses several.
    pub threads: usize,
    /// CPU time in user mode, of all threads, in seconds.
    pub user_seconds: f64,
    /// CPU time in the kernel, of all threads, in seconds.
    pub system_seconds: f64,
    /// Elapsed time, in seconds.
    pub wall_seconds: f64,
    /// The peak of the resident memory, in bytes.
    pub peak_rss_bytes: u64,
    /// A checksum of the results: if it differs between allocators, one of them is broken.
    pub checksum: u64,
}

impl Sample {
    /// CPU time in user mode and in the kernel, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        self.user_seconds + self.system_seconds
    }
}
