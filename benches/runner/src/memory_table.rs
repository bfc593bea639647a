//! The section on memory, for the terminal and the page: a table for each measure.

use std::fmt::Write as _;

use snmalloc_bench_protocol::MemorySample;

use crate::memory_row::{MemoryCell, MemoryRow};
use crate::plot::escaped;
use crate::report::Report;
use crate::table::aligned;
use crate::words::factor;

/// Selects a figure of a run; not every program has every figure.
type Pick = dyn Fn(&MemorySample) -> Option<f64>;

/// One figure of each run.
struct Measure {
    title: String,
    pick: Box<Pick>,
    digits: usize,
}

fn measure(
    title: impl Into<String>,
    digits: usize,
    pick: impl Fn(&MemorySample) -> Option<f64> + 'static,
) -> Measure {
    Measure {
        title: title.into(),
        pick: Box::new(pick),
        digits,
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The measures of this report, with one for each moment that its runs have in common.
fn measures(report: &Report) -> Vec<Measure> {
    let mut all = vec![measure("peak resident memory, MiB", 0, |it| {
        Some(mib(it.peak_rss_bytes))
    })];
    for seconds in idle_seconds(report) {
        all.push(measure(
            format!("resident {seconds} s after the work, MiB"),
            0,
            move |it| Some(mib(it.point(&format!("idle-{seconds}"))?.rss_bytes)),
        ));
    }
    for (title, point) in [
        ("resident after one more allocation, MiB", "stirred"),
        (
            "resident after release_unused in another thread, MiB",
            "released",
        ),
        ("resident after shrink_to_fit, MiB", "shrunk"),
        (
            "resident with no more than one buffer at a time, MiB",
            "one-at-a-time",
        ),
        ("resident once the owner has ended, MiB", "owner-ended"),
    ] {
        all.push(measure(title, 0, move |it| {
            Some(mib(it.point(point)?.rss_bytes))
        }));
    }
    all.push(measure("mappings, most", 0, |it| {
        Some(it.mappings_peak as f64)
    }));
    all.push(measure("mappings after the work", 0, |it| {
        Some(it.point("work")?.mappings as f64)
    }));
    all.push(measure("page faults, thousands", 1, |it| {
        Some(it.minor_faults as f64 / 1e3)
    }));
    all.push(measure("CPU time, seconds", 2, |it| {
        Some(it.user_seconds + it.system_seconds)
    }));
    for (title, figure) in [
        ("blocks of 1000 KiB", "blocks"),
        ("requests", "requests"),
        ("slowest call of release_unused, ms", "slowest_call_ms"),
        ("last call of release_unused, ms", "last_call_ms"),
    ] {
        all.push(measure(title, 0, move |it| {
            let found = it.figures.iter().find(|(name, _)| name == figure);
            found.map(|(_, value)| *value)
        }));
    }
    all
}

fn idle_seconds(report: &Report) -> Vec<u64> {
    let cells = report.memory.iter().flat_map(|row| row.results.values());
    let points = cells
        .filter_map(MemoryCell::sample)
        .flat_map(|it| &it.points);
    let seconds = points.filter_map(|point| point.name.strip_prefix("idle-")?.parse().ok());
    let unique: std::collections::BTreeSet<u64> = seconds.collect();
    unique.into_iter().collect()
}

/// The measure's table with its heads; no line if no run has the figure.
fn lines(report: &Report, measure: &Measure) -> Vec<Vec<String>> {
    let names: Vec<&str> = report
        .allocators
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    let figure = |value: f64| format!("{value:.*}", measure.digits);
    let mut lines = Vec::new();
    for row in &report.memory {
        let samples = row.results.values().filter_map(MemoryCell::sample);
        if samples.filter_map(|it| (measure.pick)(it)).next().is_none() {
            continue;
        }
        let mut line = vec![row.name.clone(), live(row)];
        line.extend(names.iter().map(|name| match row.results.get(*name) {
            None => "-".to_owned(),
            Some(MemoryCell::Failed { .. }) => "failed".to_owned(),
            Some(MemoryCell::Measured(it)) => {
                (measure.pick)(it).map_or_else(|| "-".to_owned(), figure)
            }
        }));
        let to_best = row.to_best(|it| (measure.pick)(it));
        line.push(to_best.map_or_else(|| "-".to_owned(), factor));
        lines.push(line);
    }
    if !lines.is_empty() {
        let mut heads = vec![measure.title.clone(), "live".to_owned()];
        heads.extend(names.iter().map(|&name| name.to_owned()));
        heads.push("vs least".to_owned());
        lines.insert(0, heads);
    }
    lines
}

fn live(row: &MemoryRow) -> String {
    let live = row.live_bytes();
    live.map_or_else(|| "-".to_owned(), |bytes| format!("{:.0}", mib(bytes)))
}

const LEGEND: &str = "live: MiB that the program had allocated at most; vs least: ours divided \
                      by the least of the others. One run each.";

/// All tables, as text.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    for measure in measures(report) {
        let lines = lines(report, &measure);
        if !lines.is_empty() {
            text.push_str(&aligned(&lines));
            text.push('\n');
        }
    }
    if !text.is_empty() {
        text.push_str(LEGEND);
        text.push_str("\n\n");
    }
    text
}

/// All tables, as HTML.
pub fn html(report: &Report) -> String {
    if report.memory.is_empty() {
        return String::new();
    }
    let mut html = format!("<h2>Memory of programs</h2>\n<p class=\"faint\">{LEGEND}</p>\n");
    for measure in measures(report) {
        let lines = lines(report, &measure);
        if lines.is_empty() {
            continue;
        }
        html.push_str("<div class=\"wide\"><table>\n");
        for (number, line) in lines.iter().enumerate() {
            let tag = if number == 0 { "th" } else { "td" };
            html.push_str("<tr>");
            for cell in line {
                // Writing to a string never fails, here and below.
                let _ = write!(html, "<{tag}>{}</{tag}>", escaped(cell));
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</table></div>\n");
    }
    html.push_str("<div class=\"wide\"><table class=\"texts\">\n");
    html.push_str("<tr><th>program</th><th>what it does</th><th>amount</th></tr>\n");
    for row in &report.memory {
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{} {}</td></tr>",
            escaped(&row.name),
            escaped(&row.about),
            row.amount,
            escaped(&row.unit)
        );
    }
    html.push_str("</table></div>\n");
    html
}
