//! What is told of a target whose Rust standard library isn't there.

use serde_json::Value;

use crate::support::{Run, fake_sysroot, has, path_with, script};

/// Whether nothing but the standard library is missing.
fn has_the_rest() -> bool {
    let rest = ["aarch64-linux-gnu-g++", "qemu-aarch64"];
    has("a target without std", &rest)
}

#[test]
fn a_target_without_std_is_told_every_way_out() {
    if !has_the_rest() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let rustc = fake_sysroot(dir.path(), &[]);
    let programs = [
        "aarch64-linux-gnu-g++",
        "aarch64-linux-gnu-gcc",
        "qemu-aarch64",
    ];
    let path = path_with(dir.path(), &programs);
    let target = "aarch64-unknown-linux-gnu";
    let told = |expected: &[&str]| {
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
    told(&[
        "PATH, for rustup (not there)",
        "to fix: link the `library` folder",
        "or: install rustup, then: rustup target add aarch64-unknown-linux-gnu",
    ]);
    script(&path.join("rustup"), "exit 1");
    told(&[
        "rustup (not asked: --offline)",
        "to fix: rustup target add aarch64-unknown-linux-gnu",
        "rust-src",
    ]);
}

#[test]
fn a_rustup_that_fails_leads_to_the_next_way() {
    if !has_the_rest() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let rustc = fake_sysroot(dir.path(), &[]);
    let bin = dir.path().join("first");
    script(&bin.join("rustup"), "echo 'no network' >&2; exit 1");
    let path = std::env::join_paths(
        std::iter::once(bin).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    Run::xtask(&["build", "--target", "aarch64-unknown-linux-gnu"])
        .env("RUSTC", rustc)
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .end()
        .expect_code(3)
        .expect_error(&["no network", "no Rust standard library"]);
}
