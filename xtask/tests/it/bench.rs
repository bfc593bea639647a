//! `cargo xtask bench`: what is refused, what is printed, and a small real run.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Ended, Run, interrupt, refused, target_dir};

#[test]
fn wrong_choices_get_one_clear_error() {
    for (words, expected) in [
        (
            "bench --against tcmalloc",
            "mimalloc, mimalloc-v2, jemalloc, rpmalloc, system, upstream",
        ),
        (
            "bench --against jemaloc",
            "similar value exists: 'jemalloc'",
        ),
        ("bench --only chrn", "similar value exists: 'churn'"),
        ("bench --rounds 0", "'0' for '--rounds <N>'"),
        ("bench --fail-on-regression", "--baseline <FILE>"),
        (
            "bench --baseline no/such.json",
            "no/such.json: No such file",
        ),
    ] {
        refused(words, expected);
    }
}

#[test]
fn a_baseline_that_is_none_is_told() {
    let dir = tempfile::tempdir().expect("a directory");
    for (text, expected) in [
        ("{", "is no JSON document"),
        ("{\"results\": []}", "has no `schema`"),
        (
            "{\"schema\": \"snmalloc-bench/0\"}",
            "its schema is `snmalloc-bench/0`, not `snmalloc-bench/1`",
        ),
        (
            "{\"schema\": \"snmalloc-bench/1\"}",
            "doesn't read as snmalloc-bench/1: missing field",
        ),
    ] {
        let file = dir.path().join("then.json");
        fs::write(&file, text).expect("a file");
        let file = file.display().to_string();
        Run::xtask(&["bench", "--baseline", &file])
            .end()
            .expect_code(2)
            .expect_error(&[expected, &file]);
    }
}

#[test]
fn everything_there_is_to_choose_is_listed() {
    let list = Run::xtask(&["bench", "--list"]).end().expect_code(0).stdout;
    for name in [
        "ours",
        "ours-lto",
        "mimalloc-v2",
        "upstream",
        "small-48",
        "text-search",
    ] {
        let line = |line: &str| line.split_whitespace().next() == Some(name);
        assert!(list.lines().any(line), "{name} is not in:\n{list}");
    }
}

/// Where the programs of these tests are built, once for all.
fn dir() -> PathBuf {
    target_dir("bench")
}

/// One round.
fn bench(words: &[&str]) -> Run {
    rounds("1", words)
}

fn rounds(rounds: &str, words: &[&str]) -> Run {
    let always = ["bench", "--quick", "--rounds", rounds, "--json"];
    Run::xtask(&[&always, words].concat()).env("CARGO_TARGET_DIR", dir())
}

fn document(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).expect("a JSON document")
}

/// What is left of files that were being written.
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

/// One after the other, for they share what they build: a run, the same compared with
/// itself and with a faster past, one that is interrupted, and one where an allocator
/// doesn't build.
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
    // 100,000 blocks are more than this, and the table of a program is less.
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
    let words = [choice, &["--baseline", &then_name, "--fail-on-regression"]].concat();
    let ended = bench(&words)
        .end()
        .expect_code(1)
        .expect_error(&["since the baseline: churn, ours", "worse than the baseline"]);
    let changes = document(&ended)["changes"].clone();
    let regressions = changes.as_array().expect("a list").iter().filter(|it| {
        it["allocator"] == "ours" && it["measure"] == "cpu_ns" && it["ratio"].as_f64() > Some(10.0)
    });
    assert_eq!(regressions.count(), 2, "{changes}");
    // Told, but no failure unless asked for; what is told is what was asked for.
    let words = ["bench", "--quick", "--rounds", "1"];
    let ended = Run::xtask(&[&words, choice, &["--baseline", &then_name]].concat())
        .env("CARGO_TARGET_DIR", dir())
        .end()
        .expect_code(0);
    for told in ["geometric mean", "since the baseline: churn, ours"] {
        assert!(ended.stdout.contains(told), "{}", ended.stdout);
    }
}

fn interrupted(choice: &[&str]) {
    let mut child = rounds("1000", choice)
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let said = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut lines = said.lines().map_while(Result::ok);
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
fn the_workloads_do_what_they_say() {
    needs!(Need::Network("benches/Cargo.toml"));
    Run::cargo(&[
        "test",
        "--release",
        "--locked",
        "--manifest-path",
        "benches/Cargo.toml",
    ])
    .env("CARGO_TARGET_DIR", dir().join("xtask/bench/build/shared"))
    .end()
    .expect_code(0);
}
