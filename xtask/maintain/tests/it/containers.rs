//! Tests with real containers, if an engine is running.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, interrupt, machine, script, target_dir};

const AARCH64: &str = "aarch64-unknown-linux-gnu";

fn containers() -> String {
    let args = ["ps", "--all", "--filter", "label=snmalloc-rs.xtask"];
    Run::new("docker")
        .end_with(&[&args[..], &["--format", "{{.Names}}"]].concat())
        .expect_code(0)
        .stdout
}

#[test]
fn container_builds_the_same_archive_as_the_host() {
    needs!(Need::Engine, Need::BaseImage, Need::Std(AARCH64));
    let dir = target_dir("container");
    let run = |args: &[&str]| {
        let ended = Run::xtask(&["build", "--target", AARCH64, "--json"])
            .env("CARGO_TARGET_DIR", &dir)
            .end_with(args)
            .expect_code(0);
        let report: Value = serde_json::from_str(&ended.stdout).expect("one JSON document");
        report["results"][0].clone()
    };
    let row = run(&["--engine", "container"]);
    assert_eq!(row["engine"], "container");
    assert_eq!(row["builder"], "cmake");
    let artifact = row["artifact"].as_str().expect("an archive");
    assert!(Path::new(artifact).is_file(), "{artifact}");
    // The files belong to the user who called.
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
fn interrupted_container_is_removed() {
    needs!(Need::Engine, Need::BaseImage, Need::Std(AARCH64));
    let dir = target_dir("interrupted-container");
    let args = ["build", "--engine", "container", "--target", AARCH64];
    let mut run = Run::xtask(&[&args[..], &["--clean"]].concat());
    run = run.env("CARGO_TARGET_DIR", &dir);
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
    interrupt(&child);
    let calls = Instant::now();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(calls.elapsed() < Duration::from_secs(10));
    assert!(!containers().contains(&name));
    assert!(!dir.join("xtask/container").join(AARCH64).exists());
}

#[test]
fn container_out_of_memory_is_reported() {
    needs!(Need::BaseImage, Need::MemoryLimits, Need::Std(AARCH64));
    let args = ["build", "--engine", "container", "--target", AARCH64];
    Run::xtask(&args)
        .env("CARGO_TARGET_DIR", target_dir("without-memory"))
        .end_with(&["--memory", "40m", "--clean"])
        .expect_code(1)
        .expect_error(&["ran out of memory: --memory sets what it may use"]);
}

#[test]
fn cross_builds_in_the_same_image() {
    needs!(
        Need::BaseImage,
        Need::Std(AARCH64),
        Need::Tool("cross"),
        Need::Tool("rustup"),
    );
    let dir = target_dir("by-cross");
    // cross makes rustup install the toolchain that is in use, which would update it.
    let first = tempfile::tempdir().expect("a directory");
    let calls = first.path().join("asked");
    let rustup = machine::program("rustup");
    script(
        &first.path().join("rustup"),
        &format!(
            "case \"$*\" in 'toolchain '[ai]*|update*) echo \"$@\" >>'{}'; exit 1;; esac\n\
             exec '{}' \"$@\"",
            calls.display(),
            rustup.display()
        ),
    );
    let path = machine::path_after(first.path());
    let ended = Run::xtask(&["build", "--engine", "cross", "--target", AARCH64])
        .env("CARGO_TARGET_DIR", &dir)
        .env("PATH", path)
        .end_with(&["--json"])
        .expect_code(0);
    let report: Value = serde_json::from_str(&ended.stdout).expect("one JSON document");
    let row = &report["results"][0];
    assert_eq!(
        (&row["engine"], &row["status"]),
        (&"cross".into(), &"passed".into())
    );
    let artifact = row["artifact"].as_str().expect("an archive");
    assert!(Path::new(artifact).is_file(), "{artifact}");
    assert_eq!(fs::read_to_string(&calls).unwrap_or_default(), "");
}
