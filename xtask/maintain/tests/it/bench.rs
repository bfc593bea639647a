//! `cargo xtask bench`: arguments, and small real runs.

mod args;
mod memory;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Ended, Run, interrupt, target_dir};

/// The target directory for the programs of these tests, which are built once for all.
fn dir() -> PathBuf {
    target_dir("bench")
}

/// `cargo xtask`, with the runner built in the same target directory.
fn xtask(args: &[&str]) -> Run {
    Run::xtask(args).env("CARGO_TARGET_DIR", dir())
}

/// One round.
fn bench(args: &[&str]) -> Run {
    rounds("1", args)
}

fn rounds(rounds: &str, args: &[&str]) -> Run {
    let always = ["bench", "--quick", "--rounds", rounds, "--json"];
    xtask(&[&always, args].concat())
}

fn document(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).expect("a JSON document")
}

/// Files that were left half written.
fn unfinished() -> Vec<PathBuf> {
    let bench = dir().join("xtask/bench");
    let files = [bench.join("bin"), bench]
        .into_iter()
        .filter_map(|dir| fs::read_dir(dir).ok());
    let paths = files.flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let unfinished = |path: &PathBuf| {
        path.extension()
            .is_some_and(|it| it == "tmp" || it == "profile")
    };
    paths.filter(unfinished).collect()
}

/// Runs in sequence, because they share their build: a run, the same compared with itself
/// and with a faster past, an interrupted run, and one with an allocator that doesn't build.
#[test]
fn two_allocators_are_measured_and_compared() {
    needs!(Need::Network("benches/Cargo.toml"));
    let page = dir().join("page.html");
    let page_name = page.display().to_string();
    let choice = ["--against", "system", "--only", "churn,start-up"];
    let ended = bench(&[&choice[..], &["--html", &page_name]].concat())
        .end()
        .expect_code(0)
        .expect_error(&["geometric mean", "start-up", "one round in"]);
    let report = document(&ended);
    assert_eq!(report["schema"], "snmalloc-bench/1");
    assert_eq!(report["missing"].as_array().map(Vec::len), Some(0));
    let names: Vec<&str> = report["allocators"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    assert_eq!(names, ["ours", "system"]);
    let rows = report["workloads"].as_array().expect("a list");
    assert_eq!(rows.len(), 2);
    for row in rows {
        for name in &names {
            let cost = &row["results"][name];
            for figure in ["cpu_ns", "wall_ns", "peak_rss_bytes"] {
                let median = cost[figure]["median"].as_f64().expect(figure);
                assert!(median > 0.0, "{name}: {cost}");
            }
        }
        assert_eq!(row["best_peer"], "system");
        assert!(
            row["cpu_to_best_peer"]
                .as_f64()
                .is_some_and(|it| it > 0.01 && it < 100.0)
        );
        assert!(row["cpu_to_upstream"].is_null());
    }
    // 100,000 blocks take more than this; the table of a program takes less.
    let churn = &rows[0]["results"]["ours"]["peak_rss_bytes"]["median"];
    assert!(
        churn.as_f64().is_some_and(|it| it > 16e6 && it < 1e9),
        "{churn}"
    );
    let page = fs::read_to_string(page).expect("a page");
    assert!(page.contains("<svg") && page.contains("churn") && !page.contains("<script"));
    assert_eq!(
        page.matches("src=").count() + page.matches("href=").count(),
        0
    );

    compared_with_the_past(&choice, &report);
    memory::is_measured();
    interrupted(&choice);
    one_does_not_build();
}

fn compared_with_the_past(choice: &[&str], report: &Value) {
    let then = dir().join("then.json");
    let then_name = then.display().to_string();
    let mut faster = report.clone();
    for row in faster["workloads"].as_array_mut().expect("a list") {
        for figure in ["median", "min", "max"] {
            let cost = &mut row["results"]["ours"]["cpu_ns"][figure];
            *cost = Value::from(cost.as_f64().expect("a number") / 100.0);
        }
    }
    fs::write(&then, faster.to_string()).expect("a file");
    let args = [choice, &["--baseline", &then_name, "--fail-on-regression"]].concat();
    let ended = bench(&args)
        .end()
        .expect_code(1)
        .expect_error(&["since the baseline: churn, ours", "worse than the baseline"]);
    let changes = document(&ended)["changes"].clone();
    let regressions = changes.as_array().expect("a list").iter().filter(|it| {
        it["allocator"] == "ours" && it["measure"] == "cpu_ns" && it["ratio"].as_f64() > Some(10.0)
    });
    assert_eq!(regressions.count(), 2, "{changes}");
    // Regressions are reported, but fail only on request; only the chosen rows are reported.
    let args = ["bench", "--quick", "--rounds", "1"];
    let ended = xtask(&[&args, choice, &["--baseline", &then_name]].concat())
        .end()
        .expect_code(0);
    for part in ["geometric mean", "since the baseline: churn, ours"] {
        assert!(ended.stdout.contains(part), "{}", ended.stdout);
    }
}

fn interrupted(choice: &[&str]) {
    let mut child = rounds("1000", choice)
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = stderr.lines().map_while(Result::ok);
    assert!(
        lines.any(|line| line.contains("round 1 of 1000")),
        "it measures"
    );
    interrupt(&child);
    let rest: Vec<String> = lines.collect();
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{rest:?}");
    assert_eq!(unfinished(), [] as [PathBuf; 0]);
}

fn one_does_not_build() {
    let ended = bench(&["--against", "system", "--only", "start-up"])
        .env("SNMALLOC_BUILDER", "bazel")
        .end()
        .expect_code(1)
        .expect_error(&["ours does not build", "bazel", "1 figures are missing"]);
    let report = document(&ended);
    let results = &report["workloads"][0]["results"];
    let failure = results["ours"]["failure"].as_str().expect("a reason");
    assert!(failure.contains("bazel"), "{failure}");
    assert!(results["system"]["cpu_ns"]["median"].is_number());
    assert!(Path::new(&dir()).join("xtask/bench/report.html").is_file());
}

#[test]
fn instructions_are_counted() {
    needs!(Need::Network("benches/Cargo.toml"), Need::Tool("valgrind"));
    let ended = bench(&["--against", "system", "--only", "small-48"])
        .end()
        .expect_code(0);
    let report = document(&ended);
    assert_eq!(
        report["instructions"]["method"],
        "valgrind --tool=callgrind"
    );
    for name in ["ours", "system"] {
        let count = &report["instructions"]["counts"]["small-48"][name];
        let all = count["per_iteration"].as_f64().expect("a number");
        let own = count["in_loop"].as_f64().expect("a number");
        assert!(
            own >= 4.0 && all > own + 20.0 && all < 1000.0,
            "{name}: {count}"
        );
    }
}

#[test]
fn the_benches_workspace_passes_its_tests() {
    needs!(Need::Network("benches/Cargo.toml"));
    // Each with the profile and the directory of its regular build.
    for (args, built_in) in [
        (
            "--release --workspace --exclude snmalloc-bench-runner",
            "xtask/bench/build/shared",
        ),
        ("--package snmalloc-bench-runner", "xtask/bench/runner"),
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        let always = ["test", "--locked", "--manifest-path", "benches/Cargo.toml"];
        Run::cargo(&[&always[..], &args].concat())
            .env("CARGO_TARGET_DIR", dir().join(built_in))
            .end()
            .expect_code(0);
    }
}
