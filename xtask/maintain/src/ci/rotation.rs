//! Selects a part of a job's targets for a short run, other ones every day.

use snmalloc_toolchains::catalog;

use super::Job;

/// Jobs that test some targets in another engine; a part of job `cross` always has those targets,
/// because `.ci/run` compares the numbers of their tests.
const COMPARED: [&str; 2] = ["containers", "by-cross"];

/// The targets of today, and the rest.
#[derive(Debug, PartialEq, Eq)]
pub struct Rotation {
    pub taken: Vec<&'static str>,
    pub left: Vec<&'static str>,
}

impl Rotation {
    /// Splits the targets of `job` by the number of the day.
    pub fn of_day(job: &Job, day: usize) -> Self {
        let always = |target: &&'static str| {
            if job.name != "cross" {
                return false;
            }
            let jobs = catalog::entry(target).map_or(&[][..], |entry| entry.jobs);
            jobs.iter().any(|job| COMPARED.contains(job))
        };
        let (always, others) = job.targets().into_iter().partition(always);
        Self::split(always, &others, job.part, day)
    }

    /// Takes at most `part` targets: always the first ones, and the others in turn.
    fn split(always: Vec<&'static str>, others: &[&'static str], part: usize, day: usize) -> Self {
        let each_day = part.saturating_sub(always.len()).max(1);
        let days = others.len().div_ceil(each_day).max(1);
        let mut taken = always;
        let mut left = Vec::new();
        // Neighbours in the catalog are alike: they get different days.
        for (index, target) in others.iter().enumerate() {
            let list = if index % days == day % days {
                &mut taken
            } else {
                &mut left
            };
            list.push(*target);
        }
        taken.sort_unstable();
        Self { taken, left }
    }
}

#[cfg(test)]
mod tests {
    use super::Rotation;
    use crate::ci::job;

    #[test]
    fn every_target_gets_its_turn_within_days() {
        let others: Vec<&str> = ('a'..='z')
            .map(|c| &*String::from(c).leak() as &str)
            .collect();
        let mut seen = Vec::new();
        for day in 0..5 {
            let part = Rotation::split(vec!["1", "2"], &others, 8, day);
            assert_eq!(part.taken[..2], ["1", "2"]);
            assert!(part.taken.len() <= 8, "{}", part.taken.len());
            assert_eq!(part.taken.len() + part.left.len(), 28);
            seen.extend_from_slice(&part.taken[2..]);
        }
        seen.sort_unstable();
        assert_eq!(seen, others);
        // A short list is taken as a whole.
        assert_eq!(Rotation::split(vec![], &["a"], 8, 9).taken, ["a"]);
        assert!(Rotation::split(vec![], &[], 8, 9).taken.is_empty());
    }

    #[test]
    fn a_part_of_job_cross_is_short_and_has_the_compared_targets() {
        let cross = job("cross").unwrap();
        for day in 0..4 {
            let part = Rotation::of_day(cross, day);
            assert!(part.taken.len() <= cross.part && !part.left.is_empty());
            for name in ["containers", "by-cross"] {
                for target in job(name).unwrap().targets() {
                    assert!(part.taken.contains(&target), "{target} on day {day}");
                }
            }
        }
    }
}
