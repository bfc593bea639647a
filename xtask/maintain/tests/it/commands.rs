//! xtask's own behaviour: usage, exit codes, stdout and stderr.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, XTASK, fake_sysroot, interrupt, path_with, refused, script, target_dir};

#[test]
fn invalid_arguments_are_one_error() {
    for (args, expected) in [
        (
            "build --target aarch64-unknown-linux-gn",
            "there is no target `aarch64-unknown-linux-gn`; did you mean `aarch64-unknown-linux-gnu`",
        ),
        (
            "build --target linux",
            "there is no target `linux`; `cargo xtask targets` lists all",
        ),
        (
            "build --target arm64-linux-gnu",
            "did you mean `aarch64-unknown-linux-gnu`",
        ),
        (
            "build --features nosuch",
            "there is no feature `nosuch`; there are ",
        ),
        (
            "build --target wasm32-wasip1",
            "snmalloc can't be built for wasm32-wasip1: WebAssembly has no",
        ),
        (
            "test --features stats,chek",
            "there is no feature `chek`; did you mean `check`",
        ),
        ("build --frobnicate", "--frobnicate"),
        ("parity --builder cc", "parity compares both builders"),
    ] {
        refused(args, expected);
    }
}

#[test]
fn missing_compiler_gets_install_command() {
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &[]);
    Run::xtask(&["build", "--json"])
        .env("PATH", path)
        .end()
        .expect_code(3)
        .expect_error(&[
            "no C++ compiler for",
            "searched: PATH, for c++, g++, clang++",
            "help:",
        ]);
}

#[test]
fn missing_emulator_fails_tests_but_not_builds() {
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &["c++"]);
    for name in ["aarch64-linux-gnu-g++", "aarch64-linux-gnu-gcc"] {
        script(&path.join(name), "exit 0");
    }
    let target = "aarch64-unknown-linux-gnu";
    let rustc = fake_sysroot(dir.path(), &[target]);
    Run::xtask(&["test", "--target", target])
        .env("PATH", &path)
        .env("RUSTC", &rustc)
        .end()
        .expect_code(3)
        .expect_error(&["no emulator", "PATH, for qemu-aarch64", "help: "]);
    let dry = Run::xtask(&["build", "--target", target, "--dry-run"])
        .env("PATH", path)
        .env("RUSTC", rustc)
        .end()
        .expect_code(0);
    assert!(dry.stdout.contains("LINKER="), "{}", dry.stdout);
}

#[test]
fn dry_run_prints_shell_commands() {
    let ended = Run::xtask(&[
        "test",
        "--target",
        "x86_64-unknown-linux-gnu",
        "--dry-run",
        "--builder",
        "cc",
        "--features",
        "check",
        "--",
        "--test-threads",
        "1",
    ])
    .end()
    .expect_code(0);
    assert_eq!(ended.stdout.lines().count(), 1);
    for part in [
        "SNMALLOC_BUILDER_x86_64_unknown_linux_gnu=cc ",
        "--features snmalloc-rs/check",
        "-- --test-threads 1",
    ] {
        assert!(ended.stdout.contains(part), "{}", ended.stdout);
    }
}

#[test]
fn json_is_one_document_and_the_table_goes_to_stderr() {
    let ended = Run::xtask(&["build", "--json", "--builder", "cc"])
        .env("CARGO_TARGET_DIR", target_dir("commands"))
        .end()
        .expect_code(0)
        .expect_error(&["target", "result"]);
    let report: Value = serde_json::from_str(&ended.stdout).expect("one JSON document");
    let row = &report["results"][0];
    assert_eq!(row["status"], "passed");
    assert_eq!(row["builder"], "cc");
    assert_eq!(row["engine"], "host");
    let archive = row["artifact"].as_str().expect("an archive");
    assert!(fs::metadata(archive).is_ok_and(|file| file.len() > 10_000));
}

#[test]
fn a_failing_build_shows_compiler_output_and_exits_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let cxx = dir.path().join("failing-c++");
    script(
        &cxx,
        "case \"$*\" in *shim.cc*) echo 'out of registers' >&2; exit 4;; esac\nexec c++ \"$@\"",
    );
    let ended = Run::xtask(&["build", "--builder", "cc", "--json"])
        .env("CXX", &cxx)
        .env("CARGO_TARGET_DIR", target_dir("failing"))
        .end()
        .expect_code(1)
        .expect_error(&["out of registers", "to repeat it: ", "shim.cc"]);
    let report: Value = serde_json::from_str(&ended.stdout).expect("one JSON document");
    assert_eq!(report["results"][0]["status"], "failed");
}

/// Returns true if a process has ended. A zombie counts: a container's PID 1 may not reap it.
fn has_ended(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = status.rsplit(')').next().unwrap_or_default().trim_start();
    let pid = nix::unistd::Pid::from_raw(pid);
    state.starts_with('Z') || nix::sys::signal::kill(pid, None).is_err()
}

/// A build whose compiler sleeps, and the compiler's process ID.
fn sleeping_build() -> (Child, i32) {
    let dir = tempfile::tempdir().unwrap();
    let note = dir.path().join("pid");
    let cxx = dir.path().join("sleeping-c++");
    script(
        &cxx,
        &format!(
            "case \"$*\" in *shim.cc*) echo $$ >'{}'; sleep 600;; esac\nexec c++ \"$@\"",
            note.display()
        ),
    );
    let mut run = Run::xtask(&["build", "--builder", "cc"])
        .env("CXX", &cxx)
        .env("CARGO_TARGET_DIR", target_dir("interrupted"));
    let command = run.command().stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    let pid = loop {
        std::thread::sleep(Duration::from_millis(20));
        if let Ok(pid) = fs::read_to_string(&note).unwrap_or_default().trim().parse() {
            break pid;
        }
        if start.elapsed() > Duration::from_secs(180) {
            child.kill().unwrap();
            panic!("the compiler never started");
        }
    };
    (child, pid)
}

/// Waits for the end of the compiler.
fn ends_soon(pid: i32) -> bool {
    (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        has_ended(pid)
    })
}

// One test: both builds use the same directory.
#[test]
fn an_interrupt_or_a_kill_ends_children_and_prints_finished_rows() {
    let (child, sleeper) = sleeping_build();
    interrupt(&child);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let row = stderr.lines().find(|line| line.contains("  host  "));
    assert!(row.is_some_and(|row| row.ends_with(" failed")), "{stderr}");
    assert!(stderr.contains("(cc): interrupted\n"), "{stderr}");
    assert!(ends_soon(sleeper), "the compiler outlived the interrupt");

    let (mut child, sleeper) = sleeping_build();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(ends_soon(sleeper), "the compiler outlived xtask");
}

#[test]
fn parity_sees_a_missing_ndebug() {
    let dir = target_dir("parity");
    let out_dir = |cxxflags: &str| {
        let ended = Run::xtask(&["build", "--builder", "cc", "--json"])
            .env(
                "CARGO_TARGET_DIR",
                dir.join(if cxxflags.is_empty() {
                    "plain"
                } else {
                    "other"
                }),
            )
            .env("CXXFLAGS", cxxflags)
            .end()
            .expect_code(0);
        let report: Value = serde_json::from_str(&ended.stdout).expect("JSON");
        let archive = report["results"][0]["artifact"]
            .as_str()
            .expect("an archive");
        archive.trim_end_matches("/libsnmalloc-shim.a").to_owned()
    };
    let (plain, other) = (out_dir(""), out_dir("-UNDEBUG"));
    Run::xtask(&["parity", "--outputs", &plain, &other])
        .end()
        .expect_code(1)
        .expect_error(&[
            "macro only in the first: #define NDEBUG",
            "function differs: snmalloc_rs_alloc",
        ]);
    Run::xtask(&["parity", "--outputs", &plain, &plain])
        .end()
        .expect_code(0)
        .expect_error(&["0 differences"]);
}

#[test]
fn missing_requested_builder_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &["c++"]);
    for command in ["build", "test"] {
        Run::xtask(&[command, "--builder", "cmake"])
            .env("PATH", &path)
            .end()
            .expect_code(3)
            .expect_error(&["CMake isn't installed", "help: "]);
    }
}

#[test]
fn tidy_finds_nothing_in_the_tree() {
    Run::xtask(&["tidy", "--tree"]).end().expect_code(0);
}

#[test]
fn env_output_is_stable_after_evaluation() {
    let target = "aarch64-unknown-linux-gnu";
    needs!(
        Need::Compiler("aarch64-linux-gnu-g++"),
        Need::Compiler("aarch64-linux-gnu-gcc"),
        Need::Runner("qemu-aarch64"),
    );
    for form in ["sh", "json", "cargo-config"] {
        let once = format!("'{XTASK}' env --target {target} --shell {form}");
        let twice = format!("eval \"$('{XTASK}' env --target {target})\"; {once}");
        let [once, twice] =
            [once, twice].map(|line| Run::new("sh").end_with(&["-ec", &line]).expect_code(0));
        assert!(
            once.stdout.contains("aarch64-linux-gnu-gcc"),
            "{}",
            once.stdout
        );
        assert_eq!(once.stdout, twice.stdout);
    }
}

#[test]
fn broken_pipe_is_not_a_panic() {
    let line = format!("'{XTASK}' targets | true");
    for _ in 0..3 {
        let ended = Run::new("bash").end_with(&["-c", &line]).expect_code(0);
        assert_eq!(ended.stderr, "");
    }
}
