//! The messages for a target whose Rust standard library is missing.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Run, fake_sysroot, path_with, script};

/// A machine on which only the standard library is missing.
fn with_the_rest(dir: &Path) -> PathBuf {
    let path = path_with(dir, &["c++"]);
    for name in [
        "aarch64-linux-gnu-g++",
        "aarch64-linux-gnu-gcc",
        "qemu-aarch64",
    ] {
        script(&path.join(name), "exit 0");
    }
    path
}

#[test]
fn missing_std_lists_every_fix() {
    let dir = tempfile::tempdir().unwrap();
    let rustc = fake_sysroot(dir.path(), &[]);
    let path = with_the_rest(dir.path());
    let target = "aarch64-unknown-linux-gnu";
    let expect_error_with = |expected: &[&str]| {
        let ended = Run::xtask(&["test", "--target", target, "--offline", "--json"])
            .env("RUSTC", &rustc)
            .env("PATH", &path)
            .end()
            .expect_code(3)
            .expect_error(&[&format!("no Rust standard library for {target}")])
            .expect_error(expected);
        let report: Value = serde_json::from_str(&ended.stdout).expect("one JSON document");
        assert_eq!(report["results"][0]["status"], "skipped");
    };
    expect_error_with(&[
        "PATH, for rustup (not there)",
        "help: link the `library` folder",
        "help: install rustup, then: rustup target add aarch64-unknown-linux-gnu",
    ]);
    script(&path.join("rustup"), "exit 1");
    expect_error_with(&[
        "rustup (not asked: --offline)",
        "help: rustup target add aarch64-unknown-linux-gnu",
        "rust-src",
    ]);
}

#[test]
fn failing_rustup_falls_back_to_build_std() {
    let dir = tempfile::tempdir().unwrap();
    let rustc = fake_sysroot(dir.path(), &[]);
    let path = with_the_rest(dir.path());
    script(&path.join("rustup"), "echo 'no network' >&2; exit 1");
    Run::xtask(&["build", "--target", "aarch64-unknown-linux-gnu"])
        .env("RUSTC", rustc)
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .end()
        .expect_code(3)
        .expect_error(&["no network", "no Rust standard library"]);
}
