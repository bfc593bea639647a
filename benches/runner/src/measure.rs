//! Runs everything, in an order that is fair to each allocator.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use snmalloc_bench_protocol::{Sample, Workload};

use crate::context::Context;
use crate::failure::Failure;
use crate::run::run;
use crate::words::time_left;

/// The measurements to make.
pub struct Plan {
    /// The allocators' names and programs.
    pub programs: Vec<(String, PathBuf)>,
    pub workloads: Vec<&'static Workload>,
    pub rounds: usize,
    /// The factor for the iterations of a quick run.
    pub scale: u64,
    /// The number of threads for workloads that use several.
    pub threads: usize,
    pub limit: Duration,
}

/// The runs of one workload with one allocator.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    pub samples: Vec<Sample>,
    /// The reason why there are no (more) samples.
    pub failure: Option<String>,
}

impl Plan {
    /// Runs the rounds one after the other, each with every workload and every allocator. Other
    /// load on the machine then affects all of them alike. Results are by workload, then by
    /// program.
    pub fn measure(&self, context: &Context) -> Result<Vec<Vec<Runs>>, Failure> {
        let mut table = vec![vec![Runs::default(); self.programs.len()]; self.workloads.len()];
        let what = format!(
            "measure {} workloads, {} allocators, {} rounds",
            self.workloads.len(),
            self.programs.len(),
            self.rounds
        );
        let step = context.progress.step(what);
        let start = Instant::now();
        let all = self.rounds * self.workloads.len() * self.programs.len();
        let mut done = 0;
        for round in 0..self.rounds {
            for (row, workload) in self.workloads.iter().enumerate() {
                for place in order(self.programs.len(), round + row) {
                    let (name, program) = &self.programs[place];
                    let left = time_left(start.elapsed(), done, all);
                    step.at(&format!(
                        "round {} of {}: {}, {name}{left}",
                        round + 1,
                        self.rounds,
                        workload.name
                    ));
                    done += 1;
                    let runs = &mut table[row][place];
                    if runs.failure.is_some() {
                        continue;
                    }
                    let iterations = workload.iterations * self.scale;
                    match self.sample(program, workload, iterations)? {
                        Ok(sample) => runs.samples.push(sample),
                        Err(why) => {
                            context
                                .progress
                                .wrong(&format!("{}, {name}: {why}", workload.name));
                            runs.failure = Some(why);
                        }
                    }
                }
            }
            let left = time_left(start.elapsed(), done, all);
            step.part_done(&format!("round {} of {}{left}", round + 1, self.rounds));
        }
        step.end("done");
        for (row, workload) in table.iter_mut().zip(&self.workloads) {
            same_checksums(row, workload.name, context);
        }
        Ok(table)
    }

    fn sample(
        &self,
        program: &std::path::Path,
        workload: &Workload,
        iterations: u64,
    ) -> Result<Result<Sample, String>, Failure> {
        let ended = run(
            program,
            &arguments(workload, iterations, self.threads),
            self.limit,
        )?;
        Ok(ended.and_then(|said| {
            serde_json::from_str(&said.stdout)
                .map_err(|error| format!("what it printed is no sample: {error}"))
        }))
    }
}

/// The arguments of a program.
pub fn arguments(workload: &Workload, iterations: u64, threads: usize) -> Vec<String> {
    let threads = if workload.threaded { threads } else { 1 };
    [
        workload.name,
        "--iterations",
        &iterations.to_string(),
        "--threads",
        &threads.to_string(),
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The order of `count` programs in a turn. Over `count` turns, or twice as many if it is
/// odd, each program has every position equally often and follows each other program equally
/// often: a process affects its successor, for example through the state of the OS's memory.
/// This is a Williams design.
fn order(count: usize, turn: usize) -> Vec<usize> {
    let zigzag = (0..count).map(|place| match place % 2 {
        0 => count - place / 2,
        _ => place.div_ceil(2),
    });
    let mut order: Vec<usize> = zigzag.map(|place| (place + turn) % count).collect();
    if count % 2 == 1 && turn % 2 == 1 {
        order.reverse();
    }
    order
}

/// Checks that all allocators compute the same; otherwise, one of them is broken.
fn same_checksums(row: &mut [Runs], workload: &str, context: &Context) {
    let sums = || {
        row.iter()
            .flat_map(|runs| &runs.samples)
            .map(|s| s.checksum)
    };
    let Some(expected) = most_frequent(sums()) else {
        return;
    };
    for runs in row {
        let wrong = runs.samples.iter().find(|it| it.checksum != expected);
        if let Some(sample) = wrong {
            let why = format!(
                "its checksum is {}, the others' {expected}: memory is corrupted",
                sample.checksum
            );
            context.progress.wrong(&format!("{workload}: {why}"));
            runs.failure.get_or_insert(why);
        }
    }
}

fn most_frequent(sums: impl Iterator<Item = u64>) -> Option<u64> {
    let mut counts = std::collections::BTreeMap::<u64, usize>::new();
    for sum in sums {
        *counts.entry(sum).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(sum, _)| sum)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{most_frequent, order};

    #[test]
    fn everyone_has_every_place_and_every_neighbour_as_often() {
        for (count, turns) in [(1, 1), (2, 2), (3, 6), (7, 14), (8, 8)] {
            let mut places = BTreeMap::<(usize, usize), usize>::new();
            let mut neighbours = BTreeMap::<(usize, usize), usize>::new();
            for turn in 0..turns {
                let order = order(count, turn);
                for (place, who) in order.iter().enumerate() {
                    *places.entry((place, *who)).or_default() += 1;
                }
                for pair in order.windows(2) {
                    *neighbours.entry((pair[0], pair[1])).or_default() += 1;
                }
            }
            let times = turns / count;
            assert_eq!(places.len(), count * count);
            assert_eq!(neighbours.len(), count * (count - 1));
            let counts = places.values().chain(neighbours.values());
            assert!(counts.into_iter().all(|n| *n == times), "{count}");
        }
    }

    #[test]
    fn the_odd_checksum_is_the_wrong_one() {
        assert_eq!(most_frequent([7, 9, 7].into_iter()), Some(7));
        assert_eq!(most_frequent([].into_iter()), None);
    }
}
