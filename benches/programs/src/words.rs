//! Deterministic text, the input of every program, and the checksum of what it becomes.

use std::hash::{DefaultHasher, Hasher as _};

use fastrand::Rng;
use snmalloc_bench_workloads::Session;

/// A source of words and sentences; the same for the same seed.
pub struct Words(Rng);

impl Words {
    pub fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// A number below `limit`.
    pub fn number(&mut self, limit: usize) -> usize {
        self.0.usize(..limit)
    }

    /// One of these.
    pub fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.number(all.len())]
    }

    /// A word of 2 to 9 letters. Short words repeat, as in real text.
    pub fn word(&mut self) -> String {
        let length = 2 + self.number(4) + self.number(5);
        let letter = |i: usize, rng: &mut Rng| match i % 2 {
            0 => b"bcdfghklmnprstvw"[rng.usize(..16)],
            _ => b"aeiou"[rng.usize(..5)],
        };
        let letters = (0..length).map(|i| char::from(letter(i, &mut self.0)));
        letters.collect()
    }

    /// This many words with spaces between them.
    pub fn sentence(&mut self, words: usize) -> String {
        let words: Vec<String> = (0..words).map(|_| self.word()).collect();
        words.join(" ")
    }
}

/// A checksum of a text.
pub fn hash(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text);
    hasher.finish()
}

/// Measures `work` on one of the texts in each iteration.
pub fn measure_each(session: &mut Session, texts: &[String], work: fn(&str) -> u64) -> u64 {
    let turns = 0..session.iterations as usize;
    session.measure(|| sum(turns.map(|turn| work(&texts[turn % texts.len()]))))
}

/// The wrapping sum: results of threads may come in any order.
pub fn sum(hashes: impl Iterator<Item = u64>) -> u64 {
    hashes.fold(0, u64::wrapping_add)
}
