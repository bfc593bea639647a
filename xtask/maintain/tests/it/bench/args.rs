//! Arguments: refused ones, `--help` and `--list`.

use std::fs;

use super::xtask;
use crate::needs;
use crate::support::needs::Need;

#[test]
fn invalid_choices_are_one_error() {
    // The runner is in its own workspace.
    needs!(Need::Network("benches/Cargo.toml"));
    for (args, expected) in [
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
        ("bench --memory --only churn", "names no memory program"),
        ("bench --memory --programs", "cannot be used with"),
        (
            "bench --programs --only churn",
            "`churn` is not one of the programs of --programs",
        ),
        ("bench --only hyper", "`hyper` needs --programs"),
        (
            "bench --baseline no/such.json",
            "no/such.json: No such file",
        ),
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        xtask(&args).end().expect_code(2).expect_error(&[expected]);
    }
}

#[test]
fn help_is_the_runners() {
    // The runner is in its own workspace.
    needs!(Need::Network("benches/Cargo.toml"));
    for args in [&["bench", "--help"][..], &["bench", "-h"]] {
        let help = xtask(args).end().expect_code(0).stdout;
        for text in [
            "Usage: cargo xtask bench",
            "--against",
            "--fail-on-regression",
        ] {
            assert!(help.contains(text), "`{text}` is not in:\n{help}");
        }
    }
}

#[test]
fn invalid_baseline_is_refused() {
    // The runner is in its own workspace.
    needs!(Need::Network("benches/Cargo.toml"));
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
        xtask(&["bench", "--baseline", &file])
            .end()
            .expect_code(2)
            .expect_error(&[expected, &file]);
    }
}

#[test]
fn all_choices_are_listed() {
    // The runner is in its own workspace.
    needs!(Need::Network("benches/Cargo.toml"));
    let list = xtask(&["bench", "--list"]).end().expect_code(0).stdout;
    for name in [
        "ours",
        "ours-lto",
        "mimalloc-v2",
        "upstream",
        "small-48",
        "text-search",
        "serde-json",
        "owner-waits-small",
    ] {
        let line = |line: &str| line.split_whitespace().next() == Some(name);
        assert!(list.lines().any(line), "{name} is not in:\n{list}");
    }
}
