//! The workloads to measure allocators with.
//!
//! Each workload is a function that runs a number of iterations and returns a checksum of its
//! results. Its random numbers are the same in every run, its blocks are written and read,
//! and only [`Session::measure`] is measured.

mod batch;
mod block;
mod churn;
mod command;
mod growth;
mod handover;
mod large;
mod process;
mod programs;
mod session;
mod small;

pub use command::command;
pub use process::{ONCE, once};
pub use session::{Cost, Session, peak_rss};

/// Runs a workload; returns its checksum.
pub type Run = fn(&mut Session) -> u64;

/// The function of each workload, by name.
pub const RUNS: &[(&str, Run)] = &[
    ("small-48", small::pair_of_48),
    ("small-zeroed-64", small::zeroed_64),
    ("box-pair", small::box_pair),
    ("batch-in-order", batch::in_order),
    ("batch-reverse", batch::reverse),
    ("batch-random", batch::random),
    ("churn", churn::single),
    ("churn-threads", churn::threads),
    ("larson", handover::larson),
    ("cross-thread-free", handover::cross_thread_free),
    ("medium-16k-256k", large::medium),
    ("large-1m-8m", large::pairs),
    ("large-touched", large::touched),
    ("zeroed-sparse", large::zeroed_sparse),
    ("zeroed-touched", large::zeroed_touched),
    ("grow-96m", growth::doubling),
    ("grow-64k-steps", growth::steps),
    ("start-up", process::start_up),
    ("threads", process::threads),
    ("json-service", programs::json::run),
    ("key-value", programs::store::run),
    ("compiler", programs::compiler::run),
    ("text-search", programs::search::run),
];

#[cfg(test)]
mod tests {
    use super::{RUNS, Session};
    use snmalloc_bench_protocol::WORKLOADS;

    #[test]
    fn the_table_names_what_there_is() {
        let named: Vec<&str> = WORKLOADS.iter().map(|workload| workload.name).collect();
        let there: Vec<&str> = RUNS.iter().map(|(name, _)| *name).collect();
        assert_eq!(named, there);
    }

    #[test]
    fn a_workload_computes_the_same_each_time() {
        // `start-up` starts its own executable, which is the test program here.
        for (name, work) in RUNS.iter().filter(|(name, _)| *name != "start-up") {
            let sums = [2, 2, 3].map(|iterations| {
                let mut session = Session::new(iterations, 2);
                let sum = work(&mut session);
                let cost = session.cost().expect("it measures");
                assert!(cost.wall_seconds > 0.0, "{name}");
                sum
            });
            assert_eq!(sums[0], sums[1], "{name}");
            assert_ne!(sums[1], sums[2], "{name}: nothing is computed");
        }
    }
}
