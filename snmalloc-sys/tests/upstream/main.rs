// SPDX-License-Identifier: MIT
//! Compiles upstream's own tests with the shim and runs them, in two ways: through upstream's
//! functions with the shim's configuration, and through the shim's entry points.
//!
//! A run tests the configuration `plain`. `SNMALLOC_UPSTREAM=all` tests all, as CI does, and
//! `SNMALLOC_UPSTREAM=check,debug` those with these names.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![cfg(target_pointer_width = "64")]
#![cfg(not(any(feature = "check", feature = "lto")))]

mod build;
mod tables;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use build::{Build, Way};
use tables::{NOT_RUN, RUN};

/// The C++ source that the archive was built from.
const SOURCE: &str = env!("SNMALLOC_SYS_SOURCE");

/// The directory of upstream's tests in it.
const TESTS: &str = "src/test/func";

/// Processes that run at once.
const PROCESSES: usize = 2;

/// Names and features. The tests call the entry points of `libc-api`; the counters of `stats` find
/// large blocks that leak.
const CONFIGURATIONS: [(&str, &[&str]); 3] = [
    ("plain", &["libc-api", "stats"]),
    ("check", &["libc-api", "stats", "check", "check-loads"]),
    ("debug", &["libc-api", "stats", "debug"]),
];

/// Runs a function for each item, in as many threads as processes may run; returns the errors.
fn in_parallel<T: Sync>(items: &[T], run: impl Fn(&T) -> Result<(), String> + Sync) -> Vec<String> {
    let (next, errors) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..PROCESSES {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = run(item) {
                        errors.lock().expect("no panic").push(error);
                    }
                }
            });
        }
    });
    errors.into_inner().expect("no panic")
}

/// Returns true if the source has upstream's tests: the packaged one has headers only.
fn has_tests(test: &str) -> bool {
    let found = Path::new(SOURCE).join(TESTS).is_dir();
    if !found {
        skipped(test, "the C++ source has no tests");
    }
    found
}

fn skipped(test: &str, reason: &str) {
    // Bypass the harness's capture: `cargo xtask test` counts these lines.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {reason}");
}

#[test]
fn every_upstream_test_is_in_one_table() {
    if !has_tests("every_upstream_test_is_in_one_table") {
        return;
    }
    let entries = fs::read_dir(Path::new(SOURCE).join(TESTS)).expect("a directory");
    let mut found: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .collect();
    found.sort_unstable();
    let run = RUN.iter().map(|test| test.name);
    let mut named: Vec<&str> = run.chain(NOT_RUN.map(|(name, _)| name)).collect();
    named.sort_unstable();
    assert_eq!(found, named);
}

/// The configurations of this run.
fn chosen() -> Vec<(&'static str, &'static [&'static str])> {
    let names = std::env::var("SNMALLOC_UPSTREAM").unwrap_or_else(|_| "plain".to_owned());
    let is_chosen = |name: &str| names == "all" || names.split(',').any(|other| other == name);
    let all = CONFIGURATIONS.into_iter();
    all.filter(|(name, _)| is_chosen(name)).collect()
}

#[test]
fn upstream_tests_pass() {
    if !has_tests("upstream_tests_pass") {
        return;
    }
    let configurations = chosen();
    assert!(
        !configurations.is_empty(),
        "SNMALLOC_UPSTREAM names no configuration"
    );
    for (configuration, features) in configurations {
        let build = match Build::new(configuration, features) {
            Ok(build) => build,
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "{error}");
                return skipped("upstream_tests_pass", "no C++ compiler");
            }
        };
        let libraries: [&(dyn Fn() -> Result<(), String> + Sync); 3] = [
            &|| build.compile_shim(),
            &|| build.compile_library(Way::Front),
            &|| build.compile_library(Way::Entry),
        ];
        let mut errors = in_parallel(&libraries, |compile| compile());
        if errors.is_empty() {
            errors = in_parallel(&build.programs(), |(name, way)| build.check(name, *way));
        }
        assert!(errors.is_empty(), "{}", errors.join("\n\n"));
    }
}
