//! A text search: collects the lines that contain one of a few words, and indexes the words
//! of these lines.

use std::collections::BTreeMap;

use memchr::memmem;

use crate::Session;

/// The number of lines in the text.
const LINES: usize = 20_000;

/// A found line, as it is displayed.
struct Hit {
    number: usize,
    line: String,
}

/// Each iteration is a separate search.
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

/// Lines of short words from few letters, so that words repeat.
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
