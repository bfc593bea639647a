//! A search through a text: lines that hold one of a few words are collected, and the
//! words of these are indexed.

use std::collections::BTreeMap;

use memchr::memmem;

use crate::Session;

/// How many lines the text has.
const LINES: usize = 20_000;

/// A line that was found, as it is shown.
struct Hit {
    number: usize,
    line: String,
}

/// Each iteration is a search of its own.
pub fn run(session: &mut Session) -> u64 {
    let text = text();
    let iterations = session.iterations;
    session.measure(|| (0..iterations).map(|_| search(&text)).sum())
}

fn search(text: &str) -> u64 {
    let mut hits = Vec::new();
    for needle in ["ab", "cde", "ee", "fgh"] {
        let finder = memmem::Finder::new(needle);
        hits.extend(text.lines().enumerate().filter_map(|(number, line)| {
            finder.find(line.as_bytes()).map(|at| Hit {
                number,
                line: format!("{number}:{at}: {line}"),
            })
        }));
    }
    hits.sort_by(|a, b| a.number.cmp(&b.number).then_with(|| a.line.cmp(&b.line)));
    let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for hit in &hits {
        for word in hit.line.split(' ').skip(1) {
            index
                .entry(word.to_uppercase())
                .or_default()
                .push(hit.number);
        }
    }
    let places: usize = index.values().map(Vec::len).sum();
    (hits.len() + places + index.len()) as u64
}

/// Lines of short words from few letters, so that words come again.
fn text() -> String {
    let mut random = fastrand::Rng::with_seed(12);
    let mut text = String::new();
    for _ in 0..LINES {
        for _ in 0..random.usize(4..16) {
            for _ in 0..random.usize(2..5) {
                text.push(char::from(b'a' + random.u8(..16)));
            }
            text.push(' ');
        }
        text.push('\n');
    }
    text
}
