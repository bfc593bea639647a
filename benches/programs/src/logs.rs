//! regex: compile the patterns of a log reader, and read a log with them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use regex::{Captures, Regex, RegexSet};
use snmalloc_bench_workloads::Session;

use crate::words::{Words, hash, sum};

const LINES: usize = 1500;

/// A request's line, a failure's line, and addresses to be hidden.
const REQUEST: &str = r#"^(?<ip>\d{1,3}(?:\.\d{1,3}){3}) - (?<user>\w+) \[(?<time>[^\]]+)\] "(?<method>GET|POST|PUT) (?<path>[^" ]+)" (?<status>\d{3}) (?<bytes>\d+)$"#;
const FAILURE: &str = r"(?i)\b(?<level>error|warning)\b(?:\[(?<code>[a-z]\d+)\])?: (?<text>.+)$";
const ADDRESS: &str = r"[\w.+-]+@(?<host>[\w-]+\.[\w.]+)";

/// Rules that classify lines, as of a linter or a firewall.
const RULES: [&str; 10] = [
    r"/(?:admin|login|setup)\b",
    r"\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+",
    r"(?i)select\s.+\sfrom",
    r"\b4\d\d\b",
    r"\b5\d\d\b",
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}",
    r"(?:[a-z]+/){3,}[a-z]+",
    r"([a-z]{2,5}) [a-z]{2,5} [a-z]{2,5}",
    r"[?&](?:id|page|user)=\w+",
    r"(?i)time(?:d )?out|refused|reset",
];

/// Each iteration compiles the patterns and reads the log once.
pub fn run(session: &mut Session) -> u64 {
    let log = log();
    let iterations = session.iterations;
    session.measure(|| sum((0..iterations).map(|_| read(&log))))
}

fn read(log: &str) -> u64 {
    let [request, failure, address] =
        [REQUEST, FAILURE, ADDRESS].map(|pattern| Regex::new(pattern).expect("a valid pattern"));
    let rules = RegexSet::new(RULES).expect("valid patterns");
    let mut report = String::new();
    let mut bytes_by_path = BTreeMap::<String, u64>::new();
    let mut times = vec![0_u64; RULES.len()];
    for line in log.lines() {
        for rule in rules.matches(line) {
            times[rule] += 1;
        }
        if let Some(found) = request.captures(line) {
            let bytes: u64 = found["bytes"].parse().expect("a number");
            *bytes_by_path.entry(found["path"].to_owned()).or_default() += bytes;
        } else if let Some(found) = failure.captures(line) {
            let text = address.replace_all(&found["text"], |it: &Captures<'_>| {
                format!("<someone at {}>", &it["host"])
            });
            let code = found.name("code").map_or("-", |it| it.as_str());
            // Writing to a string never fails.
            let _ = writeln!(report, "{} {code} {text}", found["level"].to_lowercase());
        }
    }
    let bytes = sum(bytes_by_path.values().copied());
    hash(report.as_bytes())
        .wrapping_add(bytes)
        .wrapping_add(sum(times.into_iter()))
}

fn log() -> String {
    let mut words = Words::new(3);
    let mut text = String::new();
    for i in 0..LINES {
        if words.number(4) > 0 {
            let _ = writeln!(
                text,
                "10.{}.{}.{} - {} [2026-01-{:02}T{:02}:00:00] \"{} /{}/{}?id={}\" {} {}",
                words.number(256),
                words.number(256),
                words.number(256),
                words.word(),
                1 + i % 28,
                i % 24,
                words.one_of(&["GET", "POST", "PUT"]),
                words.one_of(&["admin", "shop", "static/img/small", "api/v2"]),
                words.number(40),
                words.number(1000),
                words.one_of(&["200", "204", "302", "404", "500"]),
                words.number(1 << 16),
            );
        } else {
            let _ = writeln!(
                text,
                "{}[e{}]: {} {}@{}.example {}",
                words.one_of(&["Error", "WARNING", "note"]),
                words.number(900),
                words.sentence(5),
                words.word(),
                words.word(),
                words.sentence(6),
            );
        }
    }
    text
}
