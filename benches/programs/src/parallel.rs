//! rayon: read words, sort, count and group them in several threads.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};

use rayon::prelude::*;
use snmalloc_bench_workloads::Session;

use crate::words::{Words, hash, sum};

const LINES: usize = 12_000;

/// A map whose order is the same in every run.
type Counts = HashMap<String, u64, BuildHasherDefault<DefaultHasher>>;

/// Each iteration reads the text once.
pub fn run(session: &mut Session) -> u64 {
    let mut words = Words::new(6);
    let lines: Vec<String> = (0..LINES).map(|_| words.sentence(8)).collect();
    let text = lines.join("\n");
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(session.threads)
        .build()
        .expect("threads can be started");
    let iterations = session.iterations;
    session.measure(|| pool.install(|| sum((0..iterations).map(|_| index(&text)))))
}

fn index(text: &str) -> u64 {
    let mut words: Vec<String> = text
        .par_lines()
        .flat_map_iter(|line| line.split(' ').map(str::to_uppercase))
        .collect();
    words.par_sort();
    let counts: Counts = words
        .par_iter()
        .fold(Counts::default, |mut counts, word| {
            *counts.entry(word.clone()).or_default() += 1;
            counts
        })
        .reduce(Counts::default, |mut all, counts| {
            for (word, count) in counts {
                *all.entry(word).or_default() += count;
            }
            all
        });
    let groups: BTreeMap<usize, Vec<&String>> = counts
        .par_iter()
        .fold(BTreeMap::new, |mut groups, (word, _)| {
            let group: &mut Vec<&String> = groups.entry(word.len()).or_default();
            group.push(word);
            groups
        })
        .reduce(BTreeMap::new, |mut all, groups| {
            for (length, mut group) in groups {
                all.entry(length).or_default().append(&mut group);
            }
            all
        });
    let longest = groups.values().next_back().map_or(0, Vec::len) as u64;
    let middle = hash(words[words.len() / 2].as_bytes());
    let squares = counts.values().map(|count| count * count);
    sum(squares).wrapping_add(middle).wrapping_add(longest)
}
