//! A row of the report: one workload with each allocator.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use snmalloc_bench_protocol::Workload;

use crate::measure::Runs;
use crate::report::Allocator;
use crate::stats::{Stat, median_of, ratio};
use crate::variants::{OURS, Role};

/// The results of a workload with each allocator.
#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    pub about: String,
    /// The unit of one iteration.
    pub unit: String,
    pub iterations: u64,
    /// The workload used several threads.
    pub threaded: bool,
    /// Results by allocator.
    pub results: BTreeMap<String, Cell>,
    /// The peer with the lowest CPU time.
    pub best_peer: Option<String>,
    /// Ratios of ours: CPU time to the best peer's and to upstream's, peak memory to the median
    /// of the peers'.
    pub cpu_to_best_peer: Option<f64>,
    pub cpu_to_upstream: Option<f64>,
    pub memory_to_median_peer: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    Measured(Cost),
    Failed { failure: String },
}

/// The cost of one iteration, over all rounds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Cost {
    pub rounds: usize,
    /// CPU time in user mode and in the kernel.
    pub cpu_ns: Stat,
    pub user_ns: Stat,
    pub system_ns: Stat,
    pub wall_ns: Stat,
    /// The peak of the whole process.
    pub peak_rss_bytes: Stat,
}

impl Cell {
    pub fn of(runs: &Runs) -> Self {
        if let Some(failure) = &runs.failure {
            let failure = failure.clone();
            return Self::Failed { failure };
        }
        let per_iteration = |pick: fn(&snmalloc_bench_protocol::Sample) -> f64| {
            let each = runs
                .samples
                .iter()
                .map(|it| pick(it) * 1e9 / it.iterations.max(1) as f64);
            Stat::of(each)
        };
        let memory = Stat::of(runs.samples.iter().map(|it| it.peak_rss_bytes as f64));
        let cost = || {
            Some(Cost {
                rounds: runs.samples.len(),
                cpu_ns: per_iteration(|it| it.cpu_seconds())?,
                user_ns: per_iteration(|it| it.user_seconds)?,
                system_ns: per_iteration(|it| it.system_seconds)?,
                wall_ns: per_iteration(|it| it.wall_seconds)?,
                peak_rss_bytes: memory?,
            })
        };
        cost().map_or_else(
            || Self::Failed {
                failure: "was never run".to_owned(),
            },
            Self::Measured,
        )
    }

    pub fn cost(&self) -> Option<&Cost> {
        match self {
            Self::Measured(cost) => Some(cost),
            Self::Failed { .. } => None,
        }
    }

    pub fn cpu(&self) -> Option<f64> {
        self.cost().map(|cost| cost.cpu_ns.median)
    }
}

impl Row {
    pub fn new(
        workload: &Workload,
        iterations: u64,
        results: BTreeMap<String, Cell>,
        allocators: &[Allocator],
    ) -> Self {
        let of = |role: Role| {
            allocators
                .iter()
                .filter(move |it| it.role == role)
                .map(|it| it.name.as_str())
        };
        let cost = |name: &str| results.get(name).and_then(Cell::cost);
        let cpu = |name: &str| cost(name).map(|it| it.cpu_ns.median);
        let memory = |name: &str| cost(name).map(|it| it.peak_rss_bytes.median);
        let best = of(Role::Peer)
            .filter_map(|name| Some((name, cpu(name)?)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let ours = cpu(OURS.name);
        let to = |other: Option<f64>| ours.zip(other).and_then(|(a, b)| ratio(a, b));
        let median_memory = median_of(of(Role::Peer).filter_map(memory));
        Self {
            name: workload.name.to_owned(),
            about: workload.about.to_owned(),
            unit: workload.unit.to_owned(),
            iterations,
            threaded: workload.threaded,
            best_peer: best.map(|(name, _)| name.to_owned()),
            cpu_to_best_peer: to(best.map(|(_, cpu)| cpu)),
            cpu_to_upstream: to(of(Role::Upstream).find_map(cpu)),
            memory_to_median_peer: memory(OURS.name)
                .zip(median_memory)
                .and_then(|(a, b)| ratio(a, b)),
            results,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use snmalloc_bench_protocol::{Sample, workload};

    use super::{Cell, Row};
    use crate::measure::Runs;
    use crate::report::{Allocator, summary};
    use crate::variants::Role;

    /// Runs of one iteration with these nanoseconds and mebibytes.
    pub fn cell(nanoseconds: &[f64], mebibytes: u64) -> Cell {
        let samples = nanoseconds.iter().map(|ns| Sample {
            workload: "churn".to_owned(),
            iterations: 1,
            threads: 1,
            user_seconds: ns * 0.75e-9,
            system_seconds: ns * 0.25e-9,
            wall_seconds: ns * 2e-9,
            peak_rss_bytes: mebibytes << 20,
            checksum: 1,
        });
        Cell::of(&Runs {
            samples: samples.collect(),
            failure: None,
        })
    }

    pub fn row(results: Vec<(&str, Cell)>) -> (Row, Vec<Allocator>) {
        let role = |name: &str| match name {
            "ours" | "ours-lto" => Role::Ours,
            "upstream" => Role::Upstream,
            _ => Role::Peer,
        };
        let allocators: Vec<Allocator> = results
            .iter()
            .map(|(name, _)| Allocator {
                name: (*name).to_owned(),
                about: String::new(),
                role: role(name),
                version: String::new(),
                failure: None,
            })
            .collect();
        let results: BTreeMap<String, Cell> = results
            .into_iter()
            .map(|(name, cell)| (name.to_owned(), cell))
            .collect();
        let workload = workload("churn").expect("it is in the table");
        (Row::new(workload, 1, results, &allocators), allocators)
    }

    #[test]
    fn ours_is_compared_with_peers_only() {
        let (row, allocators) = row(vec![
            ("ours", cell(&[3.0, 2.0, 90.0], 10)),
            // Another build of ours, and upstream, never count as the best peer.
            ("ours-lto", cell(&[1.0], 1)),
            ("upstream", cell(&[1.5], 1)),
            ("system", cell(&[4.0, 4.0, 4.0], 8)),
            ("mimalloc", cell(&[2.0], 40)),
            ("jemalloc", cell(&[8.0], 20)),
            (
                "rpmalloc",
                Cell::Failed {
                    failure: "crashed".to_owned(),
                },
            ),
        ]);
        assert_eq!(row.best_peer.as_deref(), Some("mimalloc"));
        let near = |found: Option<f64>, expected: f64| {
            assert!(
                found.is_some_and(|it| (it - expected).abs() < 1e-9),
                "{found:?}"
            );
        };
        near(row.cpu_to_best_peer, 1.5);
        near(row.cpu_to_upstream, 2.0);
        near(row.memory_to_median_peer, 0.5);
        let means = summary(&allocators, &[row]);
        near(means["system"].cpu_to_ours, 4.0 / 3.0);
        near(means["system"].peak_rss_to_ours, 0.8);
        near(means["ours-lto"].wall_to_ours, 1.0 / 3.0);
        assert_eq!(means["rpmalloc"].cpu_to_ours, None);
        assert!(!means.contains_key("ours"));
    }

    #[test]
    fn a_cell_reads_as_it_was_written() {
        for (cell, failed) in [
            (cell(&[1.0, 2.0], 1), false),
            (Cell::of(&Runs::default()), true),
        ] {
            let text = serde_json::to_string(&cell).expect("it can be written");
            let read: Cell = serde_json::from_str(&text).expect("it can be read");
            assert_eq!(matches!(read, Cell::Failed { .. }), failed, "{text}");
            assert_eq!(read.cpu(), cell.cpu());
        }
    }
}
