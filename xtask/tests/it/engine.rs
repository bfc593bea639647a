//! Containers: what is said where they can't be had, the command lines, and real ones
//! where an engine runs.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Run, has_engine, path_with, refused, script, skip, target_dir};

const AARCH64: &str = "aarch64-unknown-linux-gnu";

/// An engine that answers and makes nothing.
const ENGINE: &str = r#"case "$1 $2" in
"info "*) echo '{"Architecture":"ARCH","SecurityOptions":[]}' ;;
"context "*) echo unix:///var/run/docker.sock ;;
"run "*) exit ${CODE:-0} ;;
esac"#;

fn fake_engine(dir: &Path) -> std::ffi::OsString {
    let bin = path_with(dir, &["cargo", "sleep"]);
    let arch = std::env::consts::ARCH;
    script(&bin.join("docker"), &ENGINE.replace("ARCH", arch));
    bin.into_os_string()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("one JSON document")
}

#[test]
fn wrong_words_about_engines_get_one_clear_error() {
    for (words, expected) in [
        (
            "build --engine lxc",
            "host, container, cross, docker, podman",
        ),
        ("build --memory 2g", "--memory is for containers"),
        ("build --clean", "--clean is for containers"),
        ("build --engine container --memory much", "such as 2g"),
        ("build --engine container --cpus 0", "such as 2 or 1.5"),
        ("parity --engine cross", "--engine container"),
        ("cross-config --target wasm32-wasip1", "WebAssembly"),
    ] {
        refused(words, expected);
    }
}

#[test]
fn a_machine_without_engine_or_cross_is_told_what_to_install() {
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &["cargo"]);
    for (engine, expected) in [
        ("container", "PATH, for docker, podman"),
        ("podman", "PATH, for podman"),
        ("cross", "cargo install cross --version 0.2.5 --locked"),
    ] {
        Run::xtask(&["test", "--engine", engine, "--target", AARCH64])
            .env("PATH", &path)
            .end()
            .expect_code(3)
            .expect_error(&[expected, "to fix:"]);
    }
}

#[test]
fn a_dry_run_prints_what_would_run_and_runs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = fake_engine(dir.path());
    let dry = Run::xtask(&[
        "test",
        "--engine",
        "container",
        "--image",
        "i:1",
        "--dry-run",
    ])
    .env("PATH", &path)
    .env("CARGO_TARGET_DIR", dir.path().join("target"))
    .env("CARGO_REGISTRY_TOKEN", "secret")
    .env("SNMALLOC_BUILDER", "cc")
    .end_with(&["--memory", "1g", "--offline"])
    .expect_code(0);
    let line = dry.stdout.lines().last().expect("a line");
    for words in [
        " docker run --rm --init ",
        "--pull=never",
        "--network=none",
        " --memory 1g ",
        " --env SNMALLOC_BUILDER ",
        " i:1 ",
        " --offline --inside ",
    ] {
        assert!(line.contains(words), "{words}: {line}");
    }
    assert!(
        dry.stdout.contains("fetch --locked --offline"),
        "{}",
        dry.stdout
    );
    assert!(!dry.stdout.contains("TOKEN"), "{}", dry.stdout);
}

#[test]
fn what_an_engine_s_exit_code_means_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = fake_engine(dir.path());
    for (code, expected) in [
        ("125", "docker could not make or start the container"),
        ("127", "was not found in it"),
        ("137", "ran out of memory"),
    ] {
        let ended = Run::xtask(&["build", "--engine", "docker", "--image", "i:1", "--json"])
            .env("PATH", &path)
            .env("CARGO_TARGET_DIR", dir.path().join("target"))
            .env("CODE", code)
            .end()
            .expect_code(1);
        let report = json(&ended.stdout);
        let row = &report["results"][0];
        assert_eq!(
            (&row["status"], &row["engine"]),
            (&"failed".into(), &"container".into())
        );
        let reason = row["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(expected), "{reason}");
    }
}

#[test]
fn an_engine_elsewhere_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let bin = path_with(dir.path(), &["cargo"]);
    let there = ENGINE
        .replace("ARCH", std::env::consts::ARCH)
        .replace("unix:///var/run/docker.sock", "ssh://me@there");
    script(&bin.join("docker"), &there);
    Run::xtask(&["build", "--engine", "container"])
        .env("PATH", bin)
        .end()
        .expect_code(3)
        .expect_error(&[
            "works on another machine (ssh://me@there)",
            "unset DOCKER_HOST",
        ]);
}

#[test]
fn the_lines_of_a_cross_toml() {
    let words = ["cross-config", "--image", "i:1", "--target", AARCH64];
    let text = Run::xtask(&words).end().expect_code(0).stdout;
    for words in [
        "[target.aarch64-unknown-linux-gnu]\nimage = \"i:1\"\n",
        "[target.aarch64-unknown-linux-gnu.env]\npassthrough = [\n",
        "_LINKER=/usr/bin/aarch64-linux-gnu-gcc\"",
        "_RUNNER=/usr/bin/qemu-aarch64 -L /usr/aarch64-linux-gnu\"",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

/// Whether this machine has an engine, and what its images are made from.
fn engine(test: &str) -> bool {
    if !has_engine(test) {
        return false;
    }
    let works = |words: &[&str]| Run::new("docker").works(words);
    if !works(&["image", "inspect", "snmalloc-rs/base:bookworm"]) {
        return skip(test, "there is no base image (`cargo xtask image base`)");
    }
    true
}

fn containers() -> String {
    let words = ["ps", "--all", "--filter", "label=snmalloc-rs.xtask"];
    Run::new("docker")
        .end_with(&[&words[..], &["--format", "{{.Names}}"]].concat())
        .expect_code(0)
        .stdout
}

#[test]
fn a_container_builds_what_the_machine_builds() {
    if !engine("a container") {
        return;
    }
    let dir = target_dir("container");
    let run = |words: &[&str]| {
        let ended = Run::xtask(&["build", "--target", AARCH64, "--json"])
            .env("CARGO_TARGET_DIR", &dir)
            .end_with(words)
            .expect_code(0);
        json(&ended.stdout)["results"][0].clone()
    };
    let row = run(&["--engine", "container"]);
    assert_eq!(row["engine"], "container");
    assert_eq!(row["builder"], "cmake");
    let artifact = row["artifact"].as_str().expect("an archive");
    assert!(Path::new(artifact).is_file(), "{artifact}");
    // What is written belongs to who called.
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let owner = fs::metadata(artifact).unwrap().uid();
        assert_eq!(owner, fs::metadata(&dir).unwrap().uid());
    }
    let cleaned = run(&["--engine", "container", "--clean"]);
    assert_eq!(cleaned["artifact"], Value::Null);
    assert!(!dir.join("xtask/container").join(AARCH64).exists());
}

#[test]
fn an_interrupted_container_is_gone() {
    if !engine("an interrupted container") {
        return;
    }
    let mut run = Run::xtask(&["build", "--engine", "container", "--target", AARCH64]);
    run = run.env("CARGO_TARGET_DIR", target_dir("interrupted-container"));
    let mut child = run
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("xtask starts");
    let name = format!("{AARCH64}-{}", child.id());
    let begun = Instant::now();
    while !containers().contains(&name) {
        assert!(begun.elapsed() < Duration::from_secs(300), "no container");
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        std::thread::sleep(Duration::from_millis(100));
    }
    let pid = child.id().to_string();
    Run::new("kill").end_with(&["-INT", &pid]).expect_code(0);
    let asked = Instant::now();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(10));
    assert!(!containers().contains(&name));
}
