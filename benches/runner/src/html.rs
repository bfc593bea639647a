//! The report as one self-contained page: no scripts, no other files.

use std::fmt::Write as _;

use crate::plot::{Line, Point, escaped, mark, ratios};
use crate::report::{Allocator, Report};
use crate::row::{Cell, Cost};
use crate::stats::{Stat, ratio};
use crate::variants::OURS;
use crate::words::{bytes, factor, time};
use crate::{memory_table, page_tables, table};

const STYLE: &str = include_str!("page.css");

/// The page.
pub fn page(report: &Report) -> String {
    let others: Vec<&Allocator> = report
        .allocators
        .iter()
        .filter(|it| it.name != OURS.name)
        .collect();
    let mut body = head(report);
    if !report.workloads.is_empty() {
        body.push_str(&cards(report, &others));
    }
    if !report.missing.is_empty() {
        body.push_str("<h2>Missing</h2>\n<ul>");
        for missing in &report.missing {
            // Writing to a string never fails, here and below.
            let _ = writeln!(body, "<li>{}</li>", escaped(missing));
        }
        body.push_str("</ul>\n");
    }
    body.push_str(&memory_table::html(report));
    if !report.workloads.is_empty() {
        body.push_str(&workloads(report, &others));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>snmalloc-rs against other allocators</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n{body}</body>\n</html>\n"
    )
}

/// Plots and tables of the workloads.
fn workloads(report: &Report, others: &[&Allocator]) -> String {
    let mut body = String::from(
        "<h2>Processor time, as a multiple of ours</h2>\n<p class=\"faint\">User and system time of \
         one iteration; median of the rounds, with a line from the fastest round to the slowest. To \
         the right of 1×, ours is faster. Farther than the borders stands at the border.</p>\n",
    );
    body.push_str(&legend(others));
    body.push_str(&plot(report, others, |cost| &cost.cpu_ns, time));
    body.push_str(
        "<h2>Peak memory, as a multiple of ours</h2>\n<p class=\"faint\">Most resident memory of the \
         whole process. To the right of 1×, ours needs less.</p>\n",
    );
    body.push_str(&legend(others));
    body.push_str(&plot(report, others, |cost| &cost.peak_rss_bytes, bytes));
    body.push_str(&page_tables::tables(report));
    body
}

fn head(report: &Report) -> String {
    let machine = &report.machine;
    let known = [
        machine.cpu.clone(),
        Some(format!("{} processors", machine.processors)),
        machine.memory_bytes.map(|memory| bytes(memory as f64)),
        machine.system.clone(),
        machine.kernel.as_ref().map(|it| format!("kernel {it}")),
        Some(machine.rustc.clone()),
        machine.cxx.clone(),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    let commit = machine.commit.as_deref().unwrap_or("?");
    format!(
        "<h1>snmalloc-rs against other allocators</h1>\n<p class=\"faint\">{}, commit {}, {}{}<br>{}</p>\n",
        escaped(&machine.date),
        escaped(commit),
        escaped(&machine.target),
        if report.settings.quick {
            ", a quick run"
        } else {
            ""
        },
        escaped(&known.join(" · "))
    )
}

fn cards(report: &Report, others: &[&Allocator]) -> String {
    let mut cards = String::from("<div class=\"cards\">\n");
    let (tied, all) = report.within(1.1);
    let (near, _) = report.within(1.5);
    let mut card = |value: String, what: &str| {
        let _ = writeln!(
            cards,
            "<div class=\"card\"><b>{value}</b>{}</div>",
            escaped(what)
        );
    };
    card(format!("{tied} of {all}"), "at most 1.1× the best peer");
    card(format!("{near} of {all}"), "at most 1.5× the best peer");
    for other in others {
        let mean = report
            .summary
            .get(&other.name)
            .and_then(|it| it.cpu_to_ours);
        let mean = mean.map_or("–".to_owned(), |mean| format!("{}×", factor(mean)));
        card(mean, &format!("{}, mean", other.name));
    }
    let _ = writeln!(
        cards,
        "</div>\n<p class=\"faint\">Means are geometric, of processor time over all workloads, as \
         multiples of ours: above 1×, ours is faster. {}.</p>",
        escaped(&table::noise(report).replacen("noise", "Noise", 1))
    );
    cards
}

fn legend(others: &[&Allocator]) -> String {
    let mut legend = format!(
        "<div class=\"legend\"><span><i class=\"bar\"></i>{}</span>",
        OURS.name
    );
    for (series, other) in others.iter().enumerate() {
        let _ = write!(
            legend,
            "<span><svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><g class=\"s{series}\">{}</g></svg>{}</span>",
            mark(series, 7.0, 7.0),
            escaped(&other.name)
        );
    }
    legend.push_str("</div>\n");
    legend
}

fn plot(
    report: &Report,
    others: &[&Allocator],
    pick: fn(&Cost) -> &Stat,
    words: fn(f64) -> String,
) -> String {
    let measured = |stat: &Stat| {
        let spread = table::spread(stat, report.settings.rounds);
        format!("{} {spread}", words(stat.median))
            .trim_end()
            .to_owned()
    };
    let lines: Vec<Line> = report
        .workloads
        .iter()
        .filter_map(|row| {
            let ours = pick(row.results.get(OURS.name)?.cost()?);
            let points = others.iter().enumerate().filter_map(|(series, other)| {
                let stat = pick(row.results.get(&other.name).and_then(Cell::cost)?);
                let to_ours = |value: f64| ratio(value, ours.median);
                Some(Point {
                    series,
                    ratio: to_ours(stat.median)?,
                    range: (to_ours(stat.min)?, to_ours(stat.max)?),
                    title: format!(
                        "{}, {}: {}, ours {}: {}×",
                        row.name,
                        other.name,
                        measured(stat),
                        measured(ours),
                        factor(to_ours(stat.median)?)
                    ),
                })
            });
            Some(Line {
                name: row.name.clone(),
                points: points.collect(),
            })
        })
        .collect();
    let svg = ratios("multiples of ours", &lines, others.len());
    format!("<div class=\"wide plot\">{svg}</div>\n")
}
