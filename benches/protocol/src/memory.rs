use serde::{Deserialize, Serialize};

/// A program whose memory is measured.
#[derive(Debug)]
pub struct Program {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// Its purpose.
    pub about: &'static str,
    /// Unit of `--amount`.
    pub unit: &'static str,
    /// The default amount.
    pub amount: u64,
    /// The amount in a quick run.
    pub quick_amount: u64,
    /// Bytes of memory needed at the peak, with any allocator.
    pub needs_bytes: u64,
    /// True if it only runs with an allocator that has `release_unused`.
    pub needs_release: bool,
    /// True if an abort of the process counts as a result too: the program runs under a limit.
    pub may_abort: bool,
}

/// The program with this name.
pub fn program(name: &str) -> Option<&'static Program> {
    PROGRAMS.iter().find(|program| program.name == name)
}

/// The memory of the process at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The name; `idle-2` is 2 seconds after the work. The README lists the names.
    pub name: String,
    /// Resident memory, in bytes.
    pub rss_bytes: u64,
    /// Lines of `/proc/self/maps`.
    pub mappings: u64,
}

/// A part of the work, for programs that run for a given time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The end, in seconds after the work began.
    pub end_seconds: f64,
    /// The peak of the sampled resident memory in this window.
    pub rss_bytes: u64,
}

/// The memory that one run of one program needed: one line of JSON on stdout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemorySample {
    /// The program's name.
    pub program: String,
    /// The amount of work; the unit is in the table.
    pub amount: u64,
    /// The peak of the bytes that the program itself had allocated.
    pub live_bytes: u64,
    /// The bytes that it still held while it was idle.
    pub held_bytes: u64,
    /// The peak of the resident memory, in bytes.
    pub peak_rss_bytes: u64,
    /// The most mappings found at once, counted when the program has the most blocks.
    pub mappings_peak: u64,
    /// Page faults without I/O during the work.
    pub minor_faults: u64,
    /// CPU time of the work in user mode, in seconds.
    pub user_seconds: f64,
    /// CPU time of the work in the kernel, in seconds.
    pub system_seconds: f64,
    /// CPU time of the idle time in both modes, in seconds.
    pub idle_cpu_seconds: f64,
    /// Elapsed time of the work, in seconds.
    pub wall_seconds: f64,
    /// Memory at certain moments, in their order.
    pub points: Vec<Point>,
    /// The work in equal parts, for programs that run for a given time.
    pub windows: Vec<Window>,
    /// Figures that only this program has.
    pub figures: Vec<(String, f64)>,
}

impl MemorySample {
    /// The point with this name.
    pub fn point(&self, name: &str) -> Option<&Point> {
        self.points.iter().find(|point| point.name == name)
    }
}

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

const fn work(
    name: &'static str,
    (amount, quick_amount): (u64, u64),
    unit: &'static str,
    needs_bytes: u64,
    about: &'static str,
) -> Program {
    Program {
        name,
        about,
        unit,
        amount,
        quick_amount,
        needs_bytes,
        needs_release: false,
        may_abort: false,
    }
}

const fn limited(
    name: &'static str,
    amounts: (u64, u64),
    unit: &'static str,
    needs_bytes: u64,
    about: &'static str,
) -> Program {
    Program {
        may_abort: true,
        ..work(name, amounts, unit, needs_bytes, about)
    }
}

/// Every program whose memory is measured.
pub const PROGRAMS: &[Program] = &[
    work(
        "service",
        (24, 6),
        "seconds",
        GIB,
        "tokio: fetch buffers of up to 8 MiB, cut them into columns, drop them elsewhere",
    ),
    work(
        "scratch-grown-2m",
        (100, 50),
        "vectors",
        GIB,
        "a 16 MiB buffer made and dropped, a vector grown to 2 MiB and kept, in turn",
    ),
    work(
        "scratch-grown-600k",
        (100, 50),
        "vectors",
        GIB / 2,
        "the same with buffers of 4 MiB and vectors of 600 KiB",
    ),
    work(
        "owner-waits-large",
        (1024, 256),
        "MiB",
        2 * GIB,
        "blocks of 1 to 8 MiB, freed by another thread while the one that made them waits",
    ),
    work(
        "owner-waits-medium",
        (1024, 256),
        "MiB",
        2 * GIB,
        "the same with blocks of 16 KiB to 1 MiB",
    ),
    work(
        "owner-waits-small",
        (1024, 256),
        "MiB",
        2 * GIB,
        "the same with blocks of 16 bytes to 1 KiB",
    ),
    work(
        "pool-columns-32m",
        (120, 30),
        "rounds",
        2 * GIB,
        "8 pool threads make columns of 32 MiB, the main thread drops them",
    ),
    work(
        "pool-columns-16m",
        (60, 30),
        "rounds",
        GIB,
        "the same with columns of 16 MiB",
    ),
    work(
        "one-at-a-time",
        (200, 200),
        "MiB of the largest",
        GIB,
        "one buffer at a time, each larger; then 128 MiB in buffers of 1 to 32 MiB",
    ),
    work(
        "mixed-sizes",
        (6000, 1500),
        "replacements",
        GIB,
        "replace random ones of 200 MiB in blocks of 1 KiB to 16 MiB",
    ),
    work(
        "burst-large",
        (2048, 512),
        "MiB",
        3 * GIB,
        "blocks of 1 to 16 MiB allocated, then all freed",
    ),
    work(
        "grown-many",
        (36_000, 36_000),
        "vectors",
        13 * GIB,
        "vectors with room for 300 KiB, each grown to 600 KiB by `reserve_exact`",
    ),
    work(
        "threads-at-once",
        (500, 500),
        "threads",
        3 * GIB,
        "threads that all hold 3 MiB at once, free it and end",
    ),
    work(
        "burst-slow-frees",
        (10, 6),
        "frees",
        GIB / 2,
        "256 MiB freed at once, then one block of 2 MiB each 500 ms",
    ),
    limited(
        "limited-200m",
        (200, 200),
        "MiB of the limit",
        GIB / 2,
        "blocks of 1000 KiB that can be had under RLIMIT_DATA",
    ),
    limited(
        "limited-10m",
        (10, 10),
        "MiB of the limit",
        64 * MIB,
        "the same under a limit of 10 MiB",
    ),
    Program {
        needs_release: true,
        ..work(
            "threads-release",
            (20, 5),
            "seconds",
            GIB,
            "1000 threads a second come and go while another calls `release_unused`",
        )
    },
    work(
        "json-print",
        (60, 20),
        "documents",
        GIB / 2,
        "parse a JSON document of some MiB into a tree, print it to a `String`",
    ),
];
