//! Compares this report with an earlier one: changes beyond the noise.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::report::{Report, SCHEMA};
use crate::row::{Cell, Row};
use crate::stats::{Stat, ratio};
use crate::variants::OURS;
use crate::words::{factor, percent};

/// Two identical builds sometimes differ by more than their spreads: a smaller difference is
/// not a change.
const LEAST: f64 = 0.10;

/// A change beyond the noise.
#[derive(Debug, PartialEq, Serialize)]
pub struct Change {
    pub workload: String,
    pub allocator: String,
    /// `cpu_ns` or `peak_rss_bytes`.
    pub measure: &'static str,
    /// The new value, divided by the old one.
    pub ratio: f64,
    /// The larger of the two spreads.
    pub spread: f64,
}

impl Change {
    /// Returns true if this repository's allocator needs more than in the baseline.
    pub fn is_regression(&self) -> bool {
        self.allocator == OURS.name && self.ratio > 1.0
    }
}

/// Reads an earlier report, with `programs` one of the programs; fails with the reason if the
/// file is not one.
pub fn read(file: &Path, programs: bool) -> Result<Report, Failure> {
    let wrong = |why: String| Failure::Usage(format!("the baseline {}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let document: Value = serde_json::from_str(&text)
        .map_err(|error| wrong(format!("is no JSON document: {error}")))?;
    match document.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => {
            let report: Report = serde_json::from_value(document)
                .map_err(|error| wrong(format!("doesn't read as {SCHEMA}: {error}")))?;
            let how = if programs { "without" } else { "with" };
            if report.settings.programs != programs {
                return Err(wrong(format!("it was measured {how} --programs")));
            }
            Ok(report)
        }
        Some(other) => Err(wrong(format!(
            "its schema is `{other}`, not `{SCHEMA}`: make it anew with `cargo xtask bench --json`"
        ))),
        None => Err(wrong(format!(
            "has no `schema`, so it isn't what `cargo xtask bench --json` prints ({SCHEMA})"
        ))),
    }
}

/// The figures that are in both `then` and `now`, and differ by more than the noise of either.
pub fn changes(then: &[Row], now: &[Row]) -> Vec<Change> {
    let mut changes = Vec::new();
    for row in now {
        let Some(before) = then.iter().find(|it| it.name == row.name) else {
            continue;
        };
        for (allocator, cell) in &row.results {
            let earlier = before.results.get(allocator).and_then(Cell::cost);
            let Some((old, new)) = earlier.zip(cell.cost()) else {
                continue;
            };
            // One iteration's time doesn't depend on the number of iterations; the peak may.
            let memory = (before.iterations == row.iterations).then_some((
                "peak_rss_bytes",
                &old.peak_rss_bytes,
                &new.peak_rss_bytes,
            ));
            let measures = [("cpu_ns", &old.cpu_ns, &new.cpu_ns)];
            changes.extend(
                measures
                    .into_iter()
                    .chain(memory)
                    .filter_map(|(measure, old, new)| {
                        let (ratio, spread) = change(old, new)?;
                        Some(Change {
                            workload: row.name.clone(),
                            allocator: allocator.clone(),
                            measure,
                            ratio,
                            spread,
                        })
                    }),
            );
        }
    }
    changes
}

/// The ratio and the noise, if the change is larger than the noise.
fn change(old: &Stat, new: &Stat) -> Option<(f64, f64)> {
    let ratio = ratio(new.median, old.median)?;
    let spread = old.spread().max(new.spread());
    ((ratio - 1.0).abs() > spread.max(LEAST)).then_some((ratio, spread))
}

/// The changes as text, this repository's allocator first.
pub fn text(changes: &[Change], then: &Report, now: &Report) -> String {
    let mut lines = Vec::new();
    if then.machine.cpu != now.machine.cpu || then.machine.processors != now.machine.processors {
        lines.push("the baseline was measured on another machine".to_owned());
    }
    if then.settings.threads != now.settings.threads {
        lines.push("the baseline was measured with another number of threads".to_owned());
    }
    let (ours, others): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|it| it.allocator == OURS.name);
    if ours.is_empty() {
        lines.push("since the baseline nothing of ours changed beyond the noise".to_owned());
    }
    for change in ours.iter().chain(&others) {
        let what = match change.measure {
            "cpu_ns" => "processor time",
            _ => "peak memory",
        };
        lines.push(format!(
            "since the baseline: {}, {}: {} times the {what} (spread {})",
            change.workload,
            change.allocator,
            factor(change.ratio),
            percent(change.spread)
        ));
    }
    if !others.is_empty() {
        lines.push(
            "where an allocator changed that hasn't been changed, the machine has".to_owned(),
        );
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::{change, changes};
    use crate::row::tests::{cell, row};
    use crate::stats::Stat;

    #[test]
    fn what_is_in_both_is_compared() {
        let rows = |ours: f64, mebibytes, other: &str| {
            let results = vec![("ours", cell(&[ours], mebibytes)), (other, cell(&[1.0], 1))];
            [row(results).0]
        };
        let then = rows(100.0, 10, "system");
        for (now, expected) in [
            (rows(100.0, 10, "system"), vec![]),
            (rows(150.0, 10, "rpmalloc"), vec![("cpu_ns", true)]),
            (
                rows(50.0, 20, "system"),
                vec![("cpu_ns", false), ("peak_rss_bytes", true)],
            ),
        ] {
            let found: Vec<(&str, bool)> = changes(&then, &now)
                .iter()
                .map(|it| (it.measure, it.is_regression()))
                .collect();
            assert_eq!(found, expected);
        }
        // More iterations may need more memory; each takes the same time.
        let mut longer = rows(150.0, 20, "system");
        longer[0].iterations *= 2;
        let found = changes(&then, &longer);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].measure, "cpu_ns");
    }

    #[test]
    fn a_change_is_more_than_noise_and_a_tenth() {
        let stat = |median: f64, mad: f64| Stat {
            median,
            mad,
            min: median - mad,
            max: median + mad,
        };
        for (old, new, changed) in [
            // Less than a tenth, even if there is no noise.
            (stat(100.0, 0.1), stat(109.0, 0.1), false),
            (stat(100.0, 0.1), stat(91.0, 0.1), false),
            // More, with little noise.
            (stat(100.0, 1.0), stat(112.0, 1.0), true),
            (stat(100.0, 1.0), stat(80.0, 1.0), true),
            // More, but one of the runs has more noise than that.
            (stat(100.0, 20.0), stat(115.0, 1.0), false),
            (stat(100.0, 1.0), stat(115.0, 23.0), false),
            (stat(100.0, 20.0), stat(150.0, 1.0), true),
            // A measurement of 0 can't be compared.
            (stat(0.0, 0.0), stat(5.0, 0.0), false),
        ] {
            assert_eq!(change(&old, &new).is_some(), changed, "{old:?} {new:?}");
        }
    }
}
