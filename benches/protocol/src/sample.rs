use serde::{Deserialize, Serialize};

/// What one run of one workload cost: one line of JSON on the program's standard
/// output.
///
/// Times are of the measured section alone; the peak is the whole process's, which
/// does little else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The workload's name.
    pub workload: String,
    /// How many iterations were measured.
    pub iterations: u64,
    /// How many threads worked, where the workload uses several.
    pub threads: usize,
    /// Processor time in user mode, of all threads, in seconds.
    pub user_seconds: f64,
    /// Processor time in the kernel, of all threads, in seconds.
    pub system_seconds: f64,
    /// Time that passed, in seconds.
    pub wall_seconds: f64,
    /// The most memory that was resident at once, in bytes.
    pub peak_rss_bytes: u64,
    /// What was computed: the same under every allocator, or one of them is broken.
    pub checksum: u64,
}

impl Sample {
    /// Processor time in user mode and in the kernel, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        self.user_seconds + self.system_seconds
    }
}
