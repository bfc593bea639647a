//! The report: the JSON document of `--json`, which `--baseline` reads.
//!
//! Times are nanoseconds of one iteration, memory is bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::instructions::{Count, Instructions};
use crate::machine::Machine;
use crate::memory_row::MemoryRow;
use crate::row::{Cost, Row};
use crate::stats::{geometric_mean, median_of, ratio};
use crate::variants::{OURS, Role};

/// The schema of the document. It changes when an older reader would misread it.
pub const SCHEMA: &str = "snmalloc-bench/1";

#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    pub schema: String,
    pub machine: Machine,
    pub settings: Settings,
    pub allocators: Vec<Allocator>,
    pub workloads: Vec<Row>,
    pub instructions: Instructions,
    /// Programs whose memory was measured.
    #[serde(default)]
    pub memory: Vec<MemoryRow>,
    /// Summaries by allocator.
    pub summary: BTreeMap<String, Summary>,
    /// The missing figures, each with the reason.
    pub missing: Vec<String>,
}

/// The settings of the measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The workloads are the programs made of published crates.
    #[serde(default)]
    pub programs: bool,
    pub quick: bool,
    pub rounds: usize,
    /// The number of threads of workloads that use several.
    pub threads: usize,
    /// The factor for the iterations of a quick run.
    pub scale: u64,
    /// The seconds for building, and for measuring and counting.
    pub build_seconds: f64,
    pub measure_seconds: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Allocator {
    pub name: String,
    pub about: String,
    pub role: Role,
    /// Packages and versions, and the version that the allocator reports.
    pub version: String,
    /// The reason if it could not be built.
    pub failure: Option<String>,
}

/// Geometric means over the workloads, as multiples of ours: above 1 means more than ours.
#[derive(Debug, Serialize, Deserialize)]
pub struct Summary {
    pub cpu_to_ours: Option<f64>,
    pub wall_to_ours: Option<f64>,
    pub peak_rss_to_ours: Option<f64>,
}

/// The means of each allocator except ours.
pub fn summary(allocators: &[Allocator], rows: &[Row]) -> BTreeMap<String, Summary> {
    let others = allocators.iter().filter(|it| it.name != OURS.name);
    others
        .map(|it| {
            let mean = |pick: fn(&Cost) -> f64| {
                geometric_mean(rows.iter().filter_map(|row| {
                    let ours = row.results.get(OURS.name)?.cost()?;
                    let other = row.results.get(&it.name)?.cost()?;
                    ratio(pick(other), pick(ours))
                }))
            };
            let summary = Summary {
                cpu_to_ours: mean(|cost| cost.cpu_ns.median),
                wall_to_ours: mean(|cost| cost.wall_ns.median),
                peak_rss_to_ours: mean(|cost| cost.peak_rss_bytes.median),
            };
            (it.name.clone(), summary)
        })
        .collect()
}

impl Report {
    /// The counted workloads in the order of the report, each with its counts by allocator.
    pub fn counts(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, Count>)> {
        let counts = &self.instructions.counts;
        let rows = self.workloads.iter();
        rows.filter_map(|row| Some((row.name.as_str(), counts.get(&row.name)?)))
    }

    /// The noise of this run: the median of all cells' spreads, and the largest.
    pub fn noise(&self) -> (f64, f64) {
        let spreads: Vec<f64> = self
            .workloads
            .iter()
            .flat_map(|row| row.results.values())
            .filter_map(|cell| Some(cell.cost()?.cpu_ns.spread()))
            .collect();
        let largest = spreads.iter().copied().fold(0.0, f64::max);
        (median_of(spreads).unwrap_or(0.0), largest)
    }

    /// The number of workloads on which ours needs at most `limit` times the best peer's CPU
    /// time, and the number of all workloads that have a peer.
    pub fn within(&self, limit: f64) -> (usize, usize) {
        let ratios: Vec<f64> = self
            .workloads
            .iter()
            .filter_map(|row| row.cpu_to_best_peer)
            .collect();
        let within = ratios.iter().filter(|ratio| **ratio <= limit).count();
        (within, ratios.len())
    }
}
