/// A workload to measure allocators with.
#[derive(Debug)]
pub struct Workload {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// Its purpose.
    pub about: &'static str,
    /// The unit of one iteration.
    pub unit: &'static str,
    /// The iterations of a quick run, which takes some tenths of a second.
    pub iterations: u64,
    /// The workload uses several threads.
    pub threaded: bool,
    /// Instructions per iteration are meaningful: all iterations do the same, and nothing else.
    pub counted: bool,
}

/// The workload with this name.
pub fn workload(name: &str) -> Option<&'static Workload> {
    WORKLOADS.iter().find(|workload| workload.name == name)
}

pub(crate) const fn single(
    name: &'static str,
    iterations: u64,
    unit: &'static str,
    about: &'static str,
) -> Workload {
    Workload {
        name,
        about,
        unit,
        iterations,
        threaded: false,
        counted: false,
    }
}

const fn counted(workload: Workload) -> Workload {
    Workload {
        counted: true,
        ..workload
    }
}

pub(crate) const fn threaded(workload: Workload) -> Workload {
    Workload {
        threaded: true,
        ..workload
    }
}

/// Every workload, small blocks first, whole programs last.
pub const WORKLOADS: &[Workload] = &[
    counted(single(
        "small-48",
        10_000_000,
        "pair",
        "allocate and free 48 bytes",
    )),
    counted(single(
        "small-zeroed-64",
        8_000_000,
        "pair",
        "allocate 64 zeroed bytes, free them",
    )),
    counted(single(
        "box-pair",
        5_000_000,
        "two pairs",
        "two boxes made, then dropped",
    )),
    single(
        "batch-in-order",
        3000,
        "batch",
        "allocate 1000 blocks of 16 to 512 bytes, free them in order",
    ),
    single(
        "batch-reverse",
        3000,
        "batch",
        "the same, freed in reverse order",
    ),
    single(
        "batch-random",
        3000,
        "batch",
        "the same, freed in random order",
    ),
    single(
        "churn",
        1_500_000,
        "replacement",
        "replace random ones of 100,000 live blocks of mixed sizes",
    ),
    threaded(single(
        "churn-threads",
        1_500_000,
        "replacement",
        "the same in several threads, each with its share of the blocks",
    )),
    threaded(single(
        "larson",
        4_000_000,
        "replacement",
        "threads replace random blocks, end, and leave theirs to new threads",
    )),
    threaded(single(
        "cross-thread-free",
        4_000_000,
        "block",
        "blocks are allocated by one thread and freed by another",
    )),
    single(
        "medium-16k-256k",
        500_000,
        "replacement",
        "replace random ones of 16 live blocks of 16 to 256 KiB",
    ),
    single(
        "large-1m-8m",
        30_000,
        "pair",
        "allocate and free 1 to 8 MiB",
    ),
    single(
        "large-touched",
        5000,
        "pair",
        "allocate 1 to 4 MiB, write to every page, free",
    ),
    single(
        "zeroed-sparse",
        100,
        "pair",
        "allocate 48 zeroed MiB, write to one page in each MiB, free",
    ),
    single(
        "zeroed-touched",
        300,
        "pair",
        "allocate 6 zeroed MiB, write to every page, free",
    ),
    single(
        "grow-96m",
        2,
        "vector",
        "grow a vector to 96 MiB by doubling",
    ),
    single(
        "grow-64k-steps",
        2,
        "vector",
        "grow a vector to 16 MiB in steps of 64 KiB",
    ),
    single(
        "start-up",
        100,
        "process",
        "a program that allocates once: all that the process costs",
    ),
    threaded(single(
        "threads",
        3000,
        "thread",
        "threads that allocate 100 small blocks and end",
    )),
    threaded(single(
        "json-service",
        15_000,
        "request",
        "parse requests and write answers as JSON, in several threads",
    )),
    single(
        "key-value",
        300_000,
        "operation",
        "put, get, delete and scan in an ordered and a hashed map of byte strings",
    ),
    single(
        "compiler",
        300,
        "module",
        "parse expressions to trees of boxes, simplify, print, drop",
    ),
    single(
        "text-search",
        20,
        "pass",
        "search lines for words, index the words of those that match",
    ),
];
