//! Several targets in one run: how they are selected, and how they affect each other.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, fake_sysroot, machine, path_with, script, target_dir};

const AARCH64: &str = "aarch64-unknown-linux-gnu";
const RISCV64: &str = "riscv64gc-unknown-linux-gnu";

#[test]
fn invalid_target_selection_is_one_error() {
    for (args, expected) in [
        (
            "build --group beos",
            "linux, musl, android, windows, apple, bsd",
        ),
        ("test --jobs 0", "'0' for '--jobs <N>'"),
        (
            "build --group musl --deny-skip x86_64-unknown-linux-mus",
            "did you mean `x86_64-unknown-linux-musl`",
        ),
        (
            "build --group musl --deny-skip x86_64-linux-android",
            "which isn't asked for",
        ),
        (
            "build --target x86_64-unknown-linux-musl.2.17",
            "only Linux (GNU) targets have a glibc",
        ),
        (
            "build --target x86_64-unknown-linux-gnu.2.x",
            "`2.x` is no version of glibc",
        ),
        (
            "build --target x86_64-unknown-linux-gnu.2.17 --toolchain system",
            "leave out `--toolchain system`",
        ),
        ("build --toolchain gcc", "auto, system, zig"),
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        Run::xtask(&args)
            .end()
            .expect_code(2)
            .expect_error(&[expected]);
    }
}

/// A fake machine with compilers for itself and two other targets, and with the standard
/// library of the first of these.
fn described_machine(dir: &Path) -> (PathBuf, PathBuf) {
    let path = path_with(dir, &["c++"]);
    for name in [
        "aarch64-linux-gnu-g++",
        "aarch64-linux-gnu-gcc",
        "riscv64-linux-gnu-g++",
    ] {
        script(&path.join(name), "exit 0");
    }
    (path, fake_sysroot(dir, &[AARCH64]))
}

#[test]
fn all_builds_ready_targets_and_reports_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let (path, rustc) = described_machine(dir.path());
    let run = |args: &[&str]| {
        Run::xtask(&["build", "--builder", "cc", "--dry-run", "--all"])
            .env("PATH", &path)
            .env("RUSTC", &rustc)
            .env("CARGO_TARGET_DIR", dir.path().join("target"))
            .end_with(args)
    };
    let dry = run(&[]).expect_code(0);
    let lines: Vec<&str> = dry.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", dry.stdout);
    assert!(!lines[0].contains("--target"), "the machine's own is first");
    assert!(lines[1].contains(&format!(" --target {AARCH64} ")));
    run(&["--deny-skip", AARCH64]).expect_code(0);
    run(&["--deny-skip", &format!("{AARCH64},{RISCV64}")])
        .expect_code(1)
        .expect_error(&[
            &format!("{RISCV64}: no Rust standard library"),
            "--deny-skip",
        ]);
    // A target that is named explicitly is reported as missing.
    run(&["--target", RISCV64]).expect_code(3);
}

#[test]
fn glibc_version_is_passed_to_zig_only() {
    let host = machine::host();
    if !host.ends_with("-linux-gnu") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &["c++"]);
    script(&path.join("zig"), "exit 0");
    let dry = |args: &[&str]| {
        Run::xtask(&["build", "--builder", "cc", "--dry-run"])
            .env("PATH", &path)
            // No other run may find the scripts that call this zig.
            .env("CARGO_TARGET_DIR", dir.path().join("target"))
            .end_with(args)
            .expect_code(0)
            .stdout
    };
    let variable = format!("SNMALLOC_TOOLCHAIN_{}", host.replace('-', "_"));
    let line = dry(&["--target", &format!("{host}.2.17")]);
    for part in [
        format!("{variable}=zig:2.17 "),
        format!(" --target {host} "),
        "/host-cc-zig2.17 ".to_owned(),
    ] {
        assert!(line.contains(&part), "{part}: {line}");
    }
    let line = dry(&["--toolchain", "zig"]);
    assert!(line.contains(&format!("{variable}=zig ")), "{line}");
    assert!(!line.contains("--target"), "{line}");
}

#[test]
fn failure_of_one_target_does_not_stop_the_others() {
    needs!(Need::Compiler("aarch64-linux-gnu-gcc"), Need::Std(AARCH64));
    let dir = tempfile::tempdir().unwrap();
    let cxx = dir.path().join("failing-c++");
    script(&cxx, "echo 'no registers left' >&2; exit 1");
    let host = machine::host();
    let ended = Run::xtask(&["build", "--builder", "cc", "--json"])
        .env(&format!("CXX_{}", AARCH64.replace('-', "_")), &cxx)
        .env("CARGO_TARGET_DIR", target_dir("several"))
        .end_with(&["--target", AARCH64, "--target", &host])
        .expect_code(1)
        .expect_error(&["no registers left"]);
    let report: Value = serde_json::from_str(&ended.stdout).expect("one JSON document");
    let statuses: Vec<(&str, &str)> = report["results"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| Some((row["target"].as_str()?, row["status"].as_str()?)))
        .collect();
    assert_eq!(statuses, [(AARCH64, "failed"), (host.as_str(), "passed")]);
}
