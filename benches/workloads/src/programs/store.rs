//! An in-memory key-value store: an ordered map with the values, and next to it a hash map
//! that counts the accesses to each key.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;

use crate::Session;

type Bytes = Vec<u8>;

/// The number of different keys.
const KEYS: u64 = 60_000;

#[derive(Default)]
struct Store {
    values: BTreeMap<Bytes, Bytes>,
    /// Hashes with fixed keys, for the same order in every run.
    asked: HashMap<Bytes, u64, BuildHasherDefault<DefaultHasher>>,
}

impl Store {
    fn put(&mut self, key: Bytes, value: Bytes) -> u64 {
        self.values
            .insert(key, value)
            .map_or(0, |old| old.len() as u64)
    }

    fn get(&mut self, key: &[u8]) -> u64 {
        let Some(value) = self.values.get(key) else {
            return 0;
        };
        *self.asked.entry(key.to_vec()).or_default() += 1;
        value.clone().len() as u64
    }

    fn delete(&mut self, key: &[u8]) -> u64 {
        self.asked.remove(key).unwrap_or(0) + u64::from(self.values.remove(key).is_some())
    }

    /// The next 20 pairs, as an answer to a client.
    fn scan(&self, from: &[u8]) -> u64 {
        let found: Vec<(Bytes, Bytes)> = self
            .values
            .range(from.to_vec()..)
            .take(20)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        found.iter().map(|(_, value)| value.len() as u64).sum()
    }
}

/// Most operations are gets, as in most stores.
pub fn run(session: &mut Session) -> u64 {
    let mut random = fastrand::Rng::with_seed(11);
    let mut store = Store::default();
    for _ in 0..KEYS / 2 {
        store.put(key(&mut random), value(&mut random));
    }
    let iterations = session.iterations;
    session.measure(|| {
        let mut sum = 0;
        for _ in 0..iterations {
            let key = key(&mut random);
            sum += 1 + match random.u8(..100) {
                0..55 => store.get(&key),
                55..85 => store.put(key, value(&mut random)),
                85..98 => store.delete(&key),
                _ => store.scan(&key),
            };
        }
        sum
    })
}

fn key(random: &mut fastrand::Rng) -> Bytes {
    let number = random.u64(..KEYS);
    format!(
        "user:{:x}:profile:{number}",
        number.wrapping_mul(0x9e37_79b9)
    )
    .into_bytes()
}

fn value(random: &mut fastrand::Rng) -> Bytes {
    let length = match random.u8(..10) {
        0..7 => random.usize(8..=120),
        7..9 => random.usize(121..=1000),
        _ => random.usize(1001..=6000),
    };
    vec![length as u8; length]
}
