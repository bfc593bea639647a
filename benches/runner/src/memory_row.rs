//! A program's memory under each allocator.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use snmalloc_bench_protocol::{MemorySample, Program};

use crate::stats::ratio;
use crate::variants::OURS;

#[derive(Debug, Serialize, Deserialize)]
pub struct MemoryRow {
    pub name: String,
    pub about: String,
    /// The unit of `amount`.
    pub unit: String,
    pub amount: u64,
    /// Results by allocator.
    pub results: BTreeMap<String, MemoryCell>,
    /// Counts an abort of the process as a result too.
    pub may_abort: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MemoryCell {
    Measured(MemorySample),
    Failed { failure: String },
}

impl MemoryCell {
    pub fn failed(failure: &str) -> Self {
        Self::Failed {
            failure: failure.to_owned(),
        }
    }

    pub fn sample(&self) -> Option<&MemorySample> {
        match self {
            Self::Measured(sample) => Some(sample),
            Self::Failed { .. } => None,
        }
    }
}

impl MemoryRow {
    pub fn new(program: &Program, amount: u64, results: BTreeMap<String, MemoryCell>) -> Self {
        Self {
            name: program.name.to_owned(),
            about: program.about.to_owned(),
            unit: program.unit.to_owned(),
            amount,
            results,
            may_abort: program.may_abort,
        }
    }

    /// The peak of the program's own allocations, with any allocator.
    pub fn live_bytes(&self) -> Option<u64> {
        let samples = self.results.values().filter_map(MemoryCell::sample);
        samples.map(|it| it.live_bytes).max()
    }

    /// This repository's figure, divided by the lowest of the others.
    pub fn to_best(&self, pick: impl Fn(&MemorySample) -> Option<f64>) -> Option<f64> {
        let ours = pick(self.results.get(OURS.name)?.sample()?)?;
        let others = self
            .results
            .iter()
            .filter(|(name, _)| !name.starts_with(OURS.name));
        let figures = others.filter_map(|(_, cell)| pick(cell.sample()?));
        ratio(ours, figures.min_by(f64::total_cmp)?)
    }

    /// The expected figures that are missing.
    pub fn missing(&self) -> impl Iterator<Item = String> {
        let cells = self.results.iter().filter(|_| !self.may_abort);
        cells.filter_map(|(name, cell)| match cell {
            MemoryCell::Failed { failure } => Some(format!("{}, {name}: {failure}", self.name)),
            MemoryCell::Measured(_) => None,
        })
    }
}

#[cfg(test)]
pub mod tests {
    use snmalloc_bench_protocol::{MemorySample, Point, program};

    use super::{MemoryCell, MemoryRow};

    pub fn sample(peak_mib: u64, idle_mib: u64) -> MemorySample {
        MemorySample {
            program: "service".to_owned(),
            amount: 6,
            live_bytes: 90 << 20,
            held_bytes: 0,
            peak_rss_bytes: peak_mib << 20,
            mappings_peak: 40,
            minor_faults: 1000,
            user_seconds: 1.5,
            system_seconds: 0.5,
            idle_cpu_seconds: 0.0,
            wall_seconds: 6.0,
            points: vec![Point {
                name: "idle-2".to_owned(),
                rss_bytes: idle_mib << 20,
                mappings: 30,
            }],
            windows: Vec::new(),
            figures: vec![("requests".to_owned(), 7.0)],
        }
    }

    pub fn row(cells: Vec<(&str, MemoryCell)>) -> MemoryRow {
        let cells = cells
            .into_iter()
            .map(|(name, cell)| (name.to_owned(), cell));
        MemoryRow::new(program("service").expect("a program"), 6, cells.collect())
    }

    #[test]
    fn ours_is_compared_with_the_best_of_the_others() {
        let row = row(vec![
            ("ours", MemoryCell::Measured(sample(300, 20))),
            ("ours-lto", MemoryCell::Measured(sample(1, 1))),
            ("system", MemoryCell::Measured(sample(200, 40))),
            ("upstream", MemoryCell::failed("aborted")),
        ]);
        assert_eq!(row.to_best(|it| Some(it.peak_rss_bytes as f64)), Some(1.5));
        let idle = |it: &MemorySample| Some(it.point("idle-2")?.rss_bytes as f64);
        assert_eq!(row.to_best(idle), Some(0.5));
        assert_eq!(row.to_best(|it| it.point("no").map(|_| 0.0)), None);
        assert_eq!(row.live_bytes(), Some(90 << 20));
        let missing: Vec<String> = row.missing().collect();
        assert_eq!(missing, ["service, upstream: aborted"]);
    }

    #[test]
    fn a_cell_reads_as_it_was_written() {
        for cell in [MemoryCell::Measured(sample(3, 2)), MemoryCell::failed("x")] {
            let text = serde_json::to_string(&cell).expect("it can be written");
            let read: MemoryCell = serde_json::from_str(&text).expect("it can be read");
            assert_eq!(read.sample(), cell.sample());
        }
    }
}
