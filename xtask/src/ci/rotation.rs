//! Selects a few targets from a long list for a short run, other ones every day.

use snmalloc_toolchains::{Rung, catalog};

/// The number of targets in a short run: each takes some three minutes.
const TAKEN: usize = 2;

/// The targets of today, and the rest.
#[derive(Debug, PartialEq, Eq)]
pub struct Rotation {
    pub taken: Vec<&'static str>,
    pub left: Vec<&'static str>,
}

impl Rotation {
    /// Splits the tested targets of job `emulated` by the number of the day.
    pub fn of_day(day: usize) -> Self {
        let rows = catalog::ENTRIES.iter();
        let tested = rows.filter(|e| e.rung == Rung::Tested && e.jobs.contains(&"emulated"));
        Self::parted(&tested.map(|entry| entry.triple).collect::<Vec<_>>(), day)
    }

    fn parted(all: &[&'static str], day: usize) -> Self {
        let turn = |index: usize| {
            let first = (day * TAKEN) % all.len();
            (index + all.len() - first) % all.len() < TAKEN
        };
        let indexed = || all.iter().copied().enumerate();
        let part = |taken: bool| {
            let of_part = indexed().filter(|(index, _)| turn(*index) == taken);
            of_part.map(|(_, target)| target).collect()
        };
        Self {
            taken: part(true),
            left: part(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rotation;

    #[test]
    fn every_target_gets_its_turn_within_days() {
        let all = ["a", "b", "c", "d", "e"];
        let first = Rotation::parted(&all, 0);
        assert_eq!((first.taken.len(), first.left.len()), (2, 3));
        let mut seen: Vec<&str> = (0..3)
            .flat_map(|day| Rotation::parted(&all, day).taken)
            .collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, all);
        // A short list is taken as a whole.
        assert_eq!(Rotation::parted(&["a"], 9).taken, ["a"]);
        assert!(Rotation::parted(&[], 9).taken.is_empty());
    }
}
