//! Checks the properties on the seeds, on mutations of them, and on inputs of a great size.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{ALL, Property};

/// The mutations of each seed.
const MUTATIONS: usize = 200;

fn fuzz() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz")).to_owned()
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let dir = fuzz().join("seeds").join(name);
    let files = fs::read_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Numbers that are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit.max(1)
    }
}

/// Changes, removes or repeats a few bytes.
fn mutate(seed: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    const ODD: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'\\', b'\n'];
    let mut data = seed.to_vec();
    for _ in 0..1 + numbers.below(4) {
        let at = numbers.below(data.len());
        match numbers.below(4) {
            0 if !data.is_empty() => data[at] = ODD[numbers.below(ODD.len())],
            1 if !data.is_empty() => data[at] ^= 1 << numbers.below(8),
            2 => data.truncate(at),
            _ => {
                let end = data.len().min(at + numbers.below(16));
                let part = data[at.min(end)..end].to_vec();
                let to = numbers.below(data.len());
                data.splice(to..to, part);
            }
        }
    }
    data
}

#[test]
fn properties_hold_for_the_seeds_and_mutations_of_them() {
    for (name, property) in ALL {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has no seed");
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        property(b"");
        for seed in &seeds {
            property(seed);
            for _ in 0..MUTATIONS / seeds.len().max(1) + 1 {
                property(&mutate(seed, &mut numbers));
            }
        }
    }
}

#[test]
fn each_property_is_a_fuzz_target() {
    let names: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    for dir in ["fuzz_targets", "seeds"] {
        let entries = fs::read_dir(fuzz().join(dir)).unwrap();
        let found: BTreeSet<String> = entries
            .map(|entry| entry.unwrap().path())
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, names, "{dir}");
    }
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in names {
        let file = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&format!("path = \"{file}\"")), "{name}");
        let target = fs::read_to_string(fuzz().join(file)).unwrap();
        assert!(
            target.contains(&format!("properties::{name}(data)")),
            "{name}"
        );
    }
}

#[test]
fn time_grows_no_faster_than_the_input() {
    let large: [(&str, Vec<u8>); 6] = [
        ("letters", b"a".repeat(100_000)),
        ("parts of a name", b"aarch64-linux-".repeat(7_000)),
        ("quotes", b"'\"\\ ".repeat(25_000)),
        ("references", b"set(A ${A}${A})\n".repeat(6_000)),
        ("brackets", b"]=".repeat(50_000)),
        ("numbers", vec![0xff; 100_000]),
    ];
    // A tenth of a second is usual; a shared machine may need ten times as long.
    let slow = |property: Property, data: &[u8]| {
        let start = Instant::now();
        property(data);
        start.elapsed() > Duration::from_secs(10)
    };
    for (name, property) in ALL {
        for (what, data) in &large {
            assert!(!slow(property, data), "{name}: {what}");
        }
    }
}
