//! Pairs of features to compile in addition to the default features.

use std::time::{SystemTime, UNIX_EPOCH};

use snmalloc_toolchains::FEATURES;

/// Features that change no C++ by themselves, or that need a special setup of the machine.
const LEFT_OUT: [&str; 5] = [
    "build_cmake",
    "build_cc",
    "gwp-asan",
    "valgrind",
    "android-shared-std",
];

/// The pairs for each target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs {
    None,
    /// One pair for each target, in rotation, starting at this index.
    Rotating(usize),
    /// Every pair for every target.
    All,
}

impl Pairs {
    /// Returns true if every pair is compiled.
    pub fn is_all(self) -> bool {
        self == Self::All
    }

    /// The number of pairs for each target.
    pub fn len_for_each(self) -> usize {
        match self {
            Self::None => 0,
            Self::Rotating(_) => 1,
            Self::All => every().len(),
        }
    }

    /// The pairs in the order in which they are tried for the target at `index`.
    pub fn at(self, index: usize) -> impl Iterator<Item = [&'static str; 2]> {
        let every = every();
        let first = match self {
            Self::Rotating(first) => (first + index) % every.len(),
            _ => 0,
        };
        (0..every.len()).map(move |step| every[(first + step) % every.len()])
    }
}

/// A start index that changes every day, so that all pairs get their turn.
pub fn of_the_day() -> usize {
    // Each day starts roughly where the day before ended.
    days().wrapping_mul(97)
}

/// The number of days since 1970.
pub fn days() -> usize {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let days = now.map_or(0, |now| now.as_secs() / 86_400);
    usize::try_from(days).unwrap_or(0)
}

fn every() -> Vec<[&'static str; 2]> {
    let names: Vec<&str> = FEATURES
        .iter()
        .filter(|feature| !feature.default && !feature.rust_only)
        .map(|feature| feature.name)
        .filter(|name| !LEFT_OUT.contains(name))
        .collect();
    let mut pairs = Vec::new();
    for (index, first) in names.iter().enumerate() {
        pairs.extend(names[index + 1..].iter().map(|second| [*first, *second]));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::{Pairs, every};

    #[test]
    fn every_pair_gets_its_turn() {
        let every = every();
        assert!(every.contains(&["stats", "vendored-stl"]));
        let firsts: std::collections::BTreeSet<_> = (0..every.len())
            .filter_map(|index| Pairs::Rotating(7).at(index).next())
            .collect();
        assert_eq!(firsts.len(), every.len());
        assert_eq!(Pairs::All.at(3).count(), every.len());
        assert_eq!(Pairs::None.len_for_each(), 0);
    }
}
