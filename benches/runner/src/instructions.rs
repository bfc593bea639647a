//! Counts the instructions of one iteration: the difference between two runs, which excludes
//! start and exit. Callgrind also reports the instructions of the loop itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use snmalloc_bench_protocol::Workload;

use crate::build::Built;
use crate::context::Context;
use crate::failure::Failure;
use crate::measure::arguments;
use crate::parallel::parallel_map;
use crate::run::run;

/// The part that the names of all measuring functions contain.
const LOOPS: &str = "snmalloc_bench_workloads";

/// The difference in iterations between the two runs.
const ITERATIONS: u64 = 100_000;

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Instructions {
    /// The program that counted.
    pub method: Option<String>,
    /// The reason, if instructions could not be counted.
    pub reason: Option<String>,
    /// Counts by workload, then by allocator.
    pub counts: BTreeMap<String, BTreeMap<String, Count>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Count {
    Counted {
        /// All instructions, including the measuring loop.
        per_iteration: f64,
        /// The loop's own instructions, including an allocator that is inlined into it.
        in_loop: Option<f64>,
    },
    Failed {
        failure: String,
    },
}

/// A program that counts the instructions of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Simulates the CPU, so that counts are reproducible; snmalloc's programs must be built for
    /// it.
    Callgrind,
    /// Reads the CPU's counters.
    Perf,
}

impl Counter {
    /// The counter that works on this machine, or the list of those that were tried.
    pub fn find() -> Result<Self, String> {
        let answers = |program: &str, args: &[&str]| {
            let output = Command::new(program).args(args).output().ok()?;
            Some(String::from_utf8_lossy(&output.stderr).into_owned())
        };
        let valgrind = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "true"];
        let valgrind = answers("valgrind", &valgrind);
        if valgrind
            .as_deref()
            .and_then(|said| Self::Callgrind.read(said))
            .is_some()
        {
            return Ok(Self::Callgrind);
        }
        let perf = answers("perf", &["stat", "-x,", "-e", "instructions:u", "true"]);
        if perf
            .as_deref()
            .and_then(|said| Self::Perf.read(said))
            .is_some()
        {
            return Ok(Self::Perf);
        }
        let how = |said: &Option<String>| match said {
            None => "isn't installed",
            Some(_) => "counts nothing here",
        };
        Err(format!(
            "valgrind {}, `perf stat -e instructions:u` {}",
            how(&valgrind),
            how(&perf)
        ))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Callgrind => "valgrind --tool=callgrind",
            Self::Perf => "perf stat -e instructions:u",
        }
    }

    /// Returns true for counters that need specially built programs.
    pub fn needs_own_programs(self) -> bool {
        self == Self::Callgrind
    }

    fn words(self, profile: &Path) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Callgrind => &[
                "valgrind",
                "--tool=callgrind",
                "--compress-strings=no",
                "--compress-pos=no",
            ],
            Self::Perf => &["perf", "stat", "-x,", "-e", "instructions:u"],
        };
        let mut words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        if self == Self::Callgrind {
            words.push(format!("--callgrind-out-file={}", profile.display()));
        }
        words.push("--".to_owned());
        words
    }

    /// Reads the number from the counter's output.
    fn read(self, said: &str) -> Option<u64> {
        match self {
            Self::Callgrind => {
                let number = said.lines().find_map(|line| line.split_once("Collected :"));
                number?.1.trim().parse().ok()
            }
            Self::Perf => {
                let line = said.lines().find(|line| line.contains("instructions"));
                line?.split(',').next()?.parse().ok()
            }
        }
    }

    fn count(
        self,
        program: &Path,
        workload: &Workload,
        profile: &Path,
        limit: Duration,
    ) -> Result<Count, Failure> {
        let mut all = [0.0, 0.0];
        let mut own = [None, None];
        for (i, iterations) in [ITERATIONS, 2 * ITERATIONS].into_iter().enumerate() {
            let mut words = self.words(profile);
            words.push(program.display().to_string());
            words.extend(arguments(workload, iterations, 1));
            let ended = run(Path::new(&words[0]), &words[1..], limit);
            let text = fs::read_to_string(profile).ok();
            // Each run writes a profile, even if it is interrupted.
            let _ = fs::remove_file(profile);
            let number = ended?.and_then(|said| {
                let number = self.read(&said.stderr);
                number.ok_or_else(|| format!("{} told no number", self.name()))
            });
            match number {
                Ok(number) => all[i] = number as f64,
                Err(failure) => return Ok(Count::Failed { failure }),
            }
            own[i] = text.map(|text| self_cost(&text, LOOPS) as f64);
        }
        let each = |once: f64, twice: f64| (twice - once) / ITERATIONS as f64;
        Ok(Count::Counted {
            per_iteration: each(all[0], all[1]),
            in_loop: own[0].zip(own[1]).map(|(once, twice)| each(once, twice)),
        })
    }
}

/// The self cost of all functions with `part` in their names, from a callgrind profile
/// without name compression.
fn self_cost(profile: &str, part: &str) -> u64 {
    let mut inside = false;
    let mut of_a_call = false;
    let mut sum = 0;
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            inside = name.contains(part);
        } else if line.starts_with("calls=") {
            of_a_call = true;
        } else if line.starts_with(|c: char| c.is_ascii_digit()) {
            // The line after a call is the cost of the callee.
            if inside && !of_a_call {
                let cost = line.split(' ').nth(1).and_then(|cost| cost.parse().ok());
                sum += cost.unwrap_or(0_u64);
            }
            of_a_call = false;
        }
    }
    sum
}

/// Counts each workload that is marked for it, with each allocator.
pub fn count(
    counter: Counter,
    programs: &[(String, Built)],
    workloads: &[&'static Workload],
    limit: Duration,
    context: &Context,
) -> Result<Instructions, Failure> {
    let counted = workloads.iter().filter(|workload| workload.counted);
    let jobs: Vec<(&Workload, &(String, Built))> = counted
        .flat_map(|workload| programs.iter().map(move |program| (*workload, program)))
        .collect();
    let step = context
        .progress
        .step(format!("count instructions with {}", counter.name()));
    let profiles = context.target_dir().join("bench");
    // Run in parallel: counts don't depend on other processes.
    let most = crate::machine::processors();
    let results = parallel_map(most, &jobs, |(workload, (name, built))| {
        step.at(&format!("{}, {name}", workload.name));
        match built {
            Ok(program) => {
                let profile = profiles.join(format!("{name}-{}.profile", workload.name));
                counter.count(&program.path, workload, &profile, limit)
            }
            Err(why) => Ok(Count::Failed {
                failure: why.clone(),
            }),
        }
    });
    step.end("done");
    let mut counts: BTreeMap<String, BTreeMap<String, Count>> = BTreeMap::new();
    for ((workload, (name, _)), result) in jobs.iter().zip(results) {
        let row = counts.entry(workload.name.to_owned()).or_default();
        row.insert(name.clone(), result?);
    }
    Ok(Instructions {
        method: Some(counter.name().to_owned()),
        reason: None,
        counts,
    })
}

#[cfg(test)]
mod tests {
    use super::{Counter, self_cost};

    #[test]
    fn counters_are_read() {
        for (counter, said, number) in [
            (
                Counter::Callgrind,
                "==7== Events    : Ir\n==7== Collected : 6098155\n==7==\n",
                Some(6_098_155),
            ),
            (Counter::Callgrind, "valgrind: mmap failed\n", None),
            (
                Counter::Perf,
                "153812,,instructions:u,512345,100.00,,\n",
                Some(153_812),
            ),
            (
                Counter::Perf,
                "<not supported>,,instructions:u,0,100.00,,\n",
                None,
            ),
        ] {
            assert_eq!(counter.read(said), number, "{said}");
        }
    }

    #[test]
    fn what_a_function_calls_is_not_its_own() {
        let profile = "events: Ir\n\nfl=a.rs\nfn=x::small::pair\n0 10\ncfn=alloc\ncalls=2 0\n\
                       0 900\n0 5\n\nfn=alloc\n0 900\n\nfn=x::small::pair'2\n0 1\n\ntotals: 916\n";
        assert_eq!(self_cost(profile, "x::small"), 16);
        assert_eq!(self_cost(profile, "alloc"), 900);
        assert_eq!(self_cost(profile, "nothing"), 0);
    }
}
