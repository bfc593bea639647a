//! Runs one program made of published crates with one allocator, and prints its cost as one
//! line of JSON: `snmalloc-bench-programs PROGRAM --iterations N --threads N`.
//!
//! `cargo xtask bench --programs` runs it; one program is built for each allocator.

#[path = "../../program/src/allocator.rs"]
mod allocator;
mod columns;
mod database;
mod http;
mod json;
mod logs;
mod markdown;
mod parallel;
mod rust_source;
mod scratch;
mod search;
mod sql;
mod templates;
mod words;

use std::process::ExitCode;

use snmalloc_bench_workloads::{Run, command};

fn main() -> ExitCode {
    command(RUNS, allocator::version)
}

const RUNS: &[(&str, Run)] = &[
    ("syn", rust_source::run),
    ("ripgrep", search::run),
    ("regex", logs::run),
    ("serde-json", json::run),
    ("hyper", http::run),
    ("rayon", parallel::run),
    ("redb", database::run),
    ("arrow", columns::run),
    ("pulldown-cmark", markdown::run),
    ("minijinja", templates::run),
    ("sqlparser", sql::run),
];

#[cfg(test)]
mod tests {
    use super::RUNS;
    use snmalloc_bench_protocol::CRATE_PROGRAMS;
    use snmalloc_bench_workloads::Session;

    #[test]
    fn table_lists_every_program() {
        let named: Vec<&str> = CRATE_PROGRAMS.iter().map(|it| it.name).collect();
        let there: Vec<&str> = RUNS.iter().map(|(name, _)| *name).collect();
        assert_eq!(named, there);
    }

    #[test]
    fn checksum_is_the_same_for_each_number_of_threads() {
        for (name, run) in RUNS {
            let sums = [(2, 2), (2, 1), (3, 2)].map(|(iterations, threads)| {
                let mut session = Session::new(iterations, threads);
                let sum = run(&mut session);
                let cost = session.cost().expect("it measures");
                assert!(cost.wall_seconds > 0.0, "{name}");
                sum
            });
            assert_eq!(sums[0], sums[1], "{name}");
            assert_ne!(sums[1], sums[2], "{name}: nothing is computed");
        }
    }
}
