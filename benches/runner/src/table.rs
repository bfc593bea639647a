//! The report as text for the terminal.

use std::fmt::Write as _;

use crate::instructions::Count;
use crate::memory_table;
use crate::report::{Report, Summary};
use crate::row::{Cell, Row};
use crate::stats::{Stat, ratio};
use crate::variants::OURS;
use crate::words::{bytes, factor, percent, time};

/// The first column of the lines below the times.
const PEAK_MEMORY: &str = "  peak memory";

/// The whole report, as text.
pub fn text(report: &Report) -> String {
    let mut text = memory_table::text(report);
    if !report.workloads.is_empty() {
        text.push_str(&workloads(report));
    }
    // Writing to a string never fails, here and below.
    for missing in &report.missing {
        let _ = writeln!(text, "missing: {missing}");
    }
    text
}

fn workloads(report: &Report) -> String {
    let mut text = aligned(&times(report));
    text.push_str(
        "\nours: processor time (user and system) of one iteration, median of the rounds, and \
         the spread\n(median distance from the median). Other allocators: times as much as ours; \
         above 1, ours is faster.\nvs best, vs upstream: ours divided by the best peer's and by \
         upstream's; mem: ours divided by the\nmedian of the peers; below 1, ours is better.\n",
    );
    if report.settings.programs {
        text.push_str(
            "peak memory: the most resident memory of the whole process, as multiples of ours.\n",
        );
    }
    if report.instructions.method.is_some() {
        text.push('\n');
        text.push_str(&aligned(&counts(report)));
        text.push_str(
            "in brackets: those of the measuring loop itself, and of what is inlined into it\n",
        );
    }
    if let Some(reason) = &report.instructions.reason {
        // Writing to a string never fails.
        let _ = writeln!(text, "\ninstructions are not counted: {reason}");
    }
    let _ = writeln!(text, "\n{}{}", standing(report), noise(report));
    text
}

fn others(report: &Report) -> Vec<&str> {
    let names = report.allocators.iter().map(|it| it.name.as_str());
    names.filter(|name| *name != OURS.name).collect()
}

/// A row for each workload, and one for the means.
fn times(report: &Report) -> Vec<Vec<String>> {
    let others = others(report);
    let mut lines = vec![heads("workload", &["ours", ""], &others)];
    lines[0].extend(["vs best", "(which)", "vs upstream", "mem"].map(str::to_owned));
    for row in &report.workloads {
        let ours = row.results.get(OURS.name);
        let cost = ours.and_then(Cell::cost);
        let mut line = vec![
            row.name.clone(),
            cost.map_or_else(|| "failed".to_owned(), |it| time(it.cpu_ns.median)),
            cost.map_or_else(String::new, |it| spread(&it.cpu_ns, it.rounds)),
        ];
        for name in &others {
            line.push(match row.results.get(*name) {
                Some(Cell::Failed { .. }) => "failed".to_owned(),
                cell => {
                    let both = cell.and_then(Cell::cpu).zip(ours.and_then(Cell::cpu));
                    maybe(both.and_then(|(other, ours)| ratio(other, ours)))
                }
            });
        }
        line.push(maybe(row.cpu_to_best_peer));
        line.push(row.best_peer.clone().unwrap_or_default());
        line.push(maybe(row.cpu_to_upstream));
        line.push(maybe(row.memory_to_median_peer));
        lines.push(line);
        if report.settings.programs {
            lines.push(memory(row, &others));
        }
    }
    lines.push(means(report, "geometric mean", |it| it.cpu_to_ours));
    if report.settings.programs {
        lines.push(means(report, PEAK_MEMORY, |it| it.peak_rss_to_ours));
    }
    lines
}

/// The peak memory of a program, below its time.
fn memory(row: &Row, others: &[&str]) -> Vec<String> {
    let peak = |name: &str| Some(&row.results.get(name)?.cost()?.peak_rss_bytes);
    let ours = peak(OURS.name);
    let mut line = vec![
        PEAK_MEMORY.to_owned(),
        ours.map_or_else(String::new, |it| bytes(it.median)),
        String::new(),
    ];
    line.extend(others.iter().map(|name| {
        let both = peak(name).zip(ours);
        maybe(both.and_then(|(other, ours)| ratio(other.median, ours.median)))
    }));
    line
}

fn means(report: &Report, name: &str, pick: fn(&Summary) -> Option<f64>) -> Vec<String> {
    let mut line = vec![name.to_owned(), String::new(), String::new()];
    for other in others(report) {
        line.push(maybe(report.summary.get(other).and_then(pick)));
    }
    line
}

fn counts(report: &Report) -> Vec<Vec<String>> {
    let names: Vec<&str> = report
        .allocators
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    let mut lines = vec![heads("instructions", &[], &names)];
    for (workload, counts) in report.counts() {
        let mut line = vec![workload.to_owned()];
        line.extend(names.iter().map(|name| match counts.get(*name) {
            Some(count) => instructions(count),
            None => "-".to_owned(),
        }));
        lines.push(line);
    }
    lines
}

/// All instructions, and in parentheses the loop's own.
pub fn instructions(count: &Count) -> String {
    match count {
        Count::Counted {
            per_iteration,
            in_loop: Some(own),
        } => format!("{per_iteration:.1} ({own:.0})"),
        Count::Counted { per_iteration, .. } => format!("{per_iteration:.1}"),
        Count::Failed { .. } => "failed".to_owned(),
    }
}

/// Compares ours with the best peers; empty if there is no peer.
fn standing(report: &Report) -> String {
    let (tied, all) = report.within(1.1);
    let (near, _) = report.within(1.5);
    if all == 0 {
        return String::new();
    }
    format!(
        "ours is at most 1.1 times the best peer on {tied} of {all} workloads, at most 1.5 times on \
         {near}\n"
    )
}

/// The noise and the load of this run.
pub fn noise(report: &Report) -> String {
    let load = |load: Option<f64>| load.map_or("?".to_owned(), |load| format!("{load:.2}"));
    let (spread, rounds) = match report.settings.rounds {
        1 => ("unknown".to_owned(), "one round".to_owned()),
        rounds => {
            let (middle, most) = report.noise();
            let spread = format!(
                "{} in the middle, {} at most",
                percent(middle),
                percent(most)
            );
            (spread, format!("{rounds} rounds"))
        }
    };
    format!(
        "noise: spread {spread}; load average {} before, {} after; {rounds} in {:.0} s, after {:.0} s \
         of building",
        load(report.machine.load_before),
        load(report.machine.load_after),
        report.settings.measure_seconds,
        report.settings.build_seconds,
    )
}

/// The spread of this many rounds; empty for a single round.
pub fn spread(stat: &Stat, rounds: usize) -> String {
    if rounds < 2 {
        return String::new();
    }
    format!("±{}", percent(stat.spread()))
}

fn heads(first: &str, more: &[&str], names: &[&str]) -> Vec<String> {
    let heads = std::iter::once(&first).chain(more).chain(names);
    heads.map(|&head| head.to_owned()).collect()
}

fn maybe(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), factor)
}

/// Aligns the first column to the left, numbers to the right.
pub fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| match column {
                0 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{aligned, memory};
    use crate::row::tests::{cell, row};

    #[test]
    fn columns_are_aligned_by_characters() {
        let lines = [["a", "12 µs", "x"], ["long", "1 s", "yy"]]
            .map(|line| line.map(str::to_owned).to_vec());
        assert_eq!(aligned(&lines), "a     12 µs   x\nlong    1 s  yy\n");
    }

    #[test]
    fn peak_memory_is_a_multiple_of_ours() {
        let (row, _) = row(vec![
            ("ours", cell(&[1.0], 10)),
            ("system", cell(&[1.0], 25)),
        ]);
        let line = memory(&row, &["system", "jemalloc"]);
        assert_eq!(line, ["  peak memory", "10.0 MiB", "", "2.50", "-"]);
    }
}
