//! The page's tables: all figures behind the plots.

use std::fmt::Write as _;

use crate::plot::escaped;
use crate::report::Report;
use crate::row::{Cell, Cost};
use crate::stats::Stat;
use crate::table;
use crate::words::{bytes, factor, time};

/// All tables.
pub fn tables(report: &Report) -> String {
    let mut html = String::from(
        "<h2>Ours compared</h2>\n<p class=\"faint\">Ours divided by the best peer, by upstream, and in \
         peak memory by the median of the peers; green is at most 1.1, red more than 1.5.</p>\n",
    );
    html.push_str(&compared(report));
    if report.instructions.method.is_some() {
        html.push_str(&instructions(report));
    }
    for (title, pick, words) in [
        (
            "Processor time of one iteration",
            cpu as Pick,
            time as Words,
        ),
        ("Time that passed, one iteration", wall, time),
        ("Peak memory", memory, bytes),
    ] {
        let _ = writeln!(
            html,
            "<details><summary>{title}</summary><div class=\"wide\">{}</div></details>",
            figures(report, pick, words)
        );
    }
    html.push_str(&method(report));
    html
}

type Pick = fn(&Cost) -> &Stat;
type Words = fn(f64) -> String;

fn cpu(cost: &Cost) -> &Stat {
    &cost.cpu_ns
}

fn wall(cost: &Cost) -> &Stat {
    &cost.wall_ns
}

fn memory(cost: &Cost) -> &Stat {
    &cost.peak_rss_bytes
}

fn compared(report: &Report) -> String {
    let mut html = String::from(
        "<div class=\"wide\"><table>\n<tr><th>workload</th><th>to the best peer</th><th>which is</th>\
         <th>to upstream</th><th>peak memory</th></tr>\n",
    );
    for row in &report.workloads {
        let _ = writeln!(
            html,
            "<tr><td title=\"{}\">{}</td>{}<td>{}</td>{}{}</tr>",
            escaped(&row.about),
            escaped(&row.name),
            judged(row.cpu_to_best_peer),
            escaped(row.best_peer.as_deref().unwrap_or("–")),
            judged(row.cpu_to_upstream),
            judged(row.memory_to_median_peer)
        );
    }
    html.push_str("</table></div>\n");
    html
}

fn judged(ratio: Option<f64>) -> String {
    let Some(ratio) = ratio else {
        return "<td>–</td>".to_owned();
    };
    let class = match ratio {
        r if r <= 1.1 => " class=\"good\"",
        r if r > 1.5 => " class=\"bad\"",
        _ => "",
    };
    format!("<td{class}>{}</td>", factor(ratio))
}

fn instructions(report: &Report) -> String {
    let mut html = format!(
        "<h2>Instructions of one iteration</h2>\n<p class=\"faint\">Counted by {}; in brackets those of \
         the measuring loop itself, and of what is inlined into it.</p>\n<div class=\"wide\"><table>\n{}",
        escaped(report.instructions.method.as_deref().unwrap_or_default()),
        heads(report)
    );
    for (workload, counts) in report.counts() {
        let _ = write!(html, "<tr><td>{}</td>", escaped(workload));
        for allocator in &report.allocators {
            let count = counts.get(&allocator.name);
            let words = count.map_or("–".to_owned(), table::instructions);
            let _ = write!(html, "<td>{words}</td>");
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</table></div>\n");
    html
}

fn heads(report: &Report) -> String {
    let names = report
        .allocators
        .iter()
        .map(|it| format!("<th>{}</th>", escaped(&it.name)));
    format!("<tr><th>workload</th>{}</tr>\n", names.collect::<String>())
}

fn figures(report: &Report, pick: Pick, words: Words) -> String {
    let mut html = format!("<table>\n{}", heads(report));
    for row in &report.workloads {
        let _ = write!(html, "<tr><td>{}</td>", escaped(&row.name));
        for allocator in &report.allocators {
            let cell = row.results.get(&allocator.name).and_then(Cell::cost);
            let words = cell.map(|cost| {
                let stat = pick(cost);
                let spread = table::spread(stat, cost.rounds);
                format!("{} <small>{spread}</small>", words(stat.median))
            });
            let words = words.unwrap_or_else(|| "failed".to_owned());
            let _ = write!(html, "<td>{words}</td>");
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</table>");
    html
}

/// The method of the measurement, and the versions.
fn method(report: &Report) -> String {
    let settings = &report.settings;
    let mut html = format!(
        "<h2>How it was measured</h2>\n<p>Each workload ran {} under each allocator, every time \
         in a process of its own; in each round every allocator had its turn, in an order in which \
         each comes after each other one about as often. Workloads with several threads used {}. Spreads (±) are the median \
         distance from the median. Two equal programs differ by some hundredths, and on a busy machine \
         by more: take less than a tenth for a tie.</p>\n",
        match settings.rounds {
            1 => "once".to_owned(),
            rounds => format!("{rounds} times"),
        },
        settings.threads
    );
    if let Some(reason) = &report.instructions.reason {
        let _ = writeln!(
            html,
            "<p>Instructions are not counted: {}.</p>",
            escaped(reason)
        );
    }
    html.push_str("<div class=\"wide\"><table class=\"texts\">\n<tr><th>allocator</th><th>what it is</th><th>versions</th></tr>\n");
    for it in &report.allocators {
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&it.name),
            escaped(&it.about),
            escaped(&it.version)
        );
    }
    html.push_str("</table></div>\n<div class=\"wide\"><table class=\"texts\">\n<tr><th>workload</th><th>what it does</th><th>one iteration</th><th>iterations</th></tr>\n");
    for row in &report.workloads {
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&row.name),
            escaped(&row.about),
            escaped(&row.unit),
            row.iterations
        );
    }
    html.push_str("</table></div>\n");
    html
}
