//! Containers: the messages if there is no engine, and the commands.

mod cross;

use std::path::Path;

use serde_json::Value;

use crate::support::{Run, fake_sysroot, path_with, refused, script};

const AARCH64: &str = "aarch64-unknown-linux-gnu";

/// A fake engine that answers, but makes nothing.
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
fn invalid_engine_arguments_are_one_error() {
    for (args, expected) in [
        (
            "build --engine lxc",
            "host, container, cross, docker, podman",
        ),
        ("build --memory 2g", "--memory is for containers"),
        ("build --clean", "--clean is for containers"),
        ("build --engine container --memory much", "such as 2g"),
        ("build --engine container --cpus 0", "such as 2 or 1.5"),
        ("parity --engine cross", "--engine container"),
        ("parity --engine cross --dry-run", "--engine container"),
        ("cross-config --target wasm32-wasip1", "WebAssembly"),
    ] {
        refused(args, expected);
    }
}

#[test]
fn missing_engine_or_cross_gets_install_command() {
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
            .expect_error(&[expected, "help:"]);
    }
}

#[test]
fn dry_run_prints_commands_and_runs_nothing() {
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
    .env("HOST_CXXFLAGS", "-DA='x y'")
    .env("CC_SHELL_ESCAPED_FLAGS", "1")
    .end_with(&["--memory", "1g", "--offline"])
    .expect_code(0);
    let line = dry.stdout.lines().last().expect("a line");
    for part in [
        " docker run --rm --init ",
        "--pull=never",
        "--network=none",
        " --memory 1g ",
        " --env SNMALLOC_BUILDER ",
        " --env HOST_CXXFLAGS ",
        " --env CC_SHELL_ESCAPED_FLAGS ",
        " i:1 ",
        " --offline --inside ",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(
        dry.stdout.contains("fetch --locked --offline"),
        "{}",
        dry.stdout
    );
    assert!(!dry.stdout.contains("TOKEN"), "{}", dry.stdout);
}

#[test]
fn engine_exit_codes_are_explained() {
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
fn image_with_older_glibc_builds_its_own_xtask() {
    let dir = tempfile::tempdir().unwrap();
    let path = fake_engine(dir.path());
    let older = "case \"$*\" in\n*'cargo run '*' --bin xtask -- build '*) exit 125 ;;\n\
                 'run '*) echo \"x: version 'GLIBC_2.99' not found\" >&2; exit 1 ;;\nesac";
    let body = format!("{older}\n{ENGINE}");
    let body = body.replace("ARCH", std::env::consts::ARCH);
    script(&Path::new(&path).join("docker"), &body);
    Run::xtask(&["build", "--engine", "docker", "--image", "i:1"])
        .env("PATH", &path)
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .end()
        .expect_code(1)
        .expect_error(&[
            "C library is older than this machine's; xtask is built for it, in the container",
            // The error is that of the second attempt, not of the first.
            "docker could not make or start the container (exit code 125); log",
        ]);
}

#[test]
fn remote_engine_is_refused() {
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
            "runs on another machine (ssh://me@there)",
            "unset DOCKER_HOST",
        ]);
}

#[test]
fn unusable_settings_are_refused_before_anything_runs() {
    let dir = tempfile::tempdir().unwrap();
    let path_with = |cases: &str| {
        let bin = path_with(dir.path(), &["cargo"]);
        let arch = std::env::consts::ARCH;
        let body = format!("case \"$*\" in {cases} esac\n{ENGINE}");
        script(&bin.join("docker"), &body.replace("ARCH", arch));
        script(&bin.join("cross"), "echo cross 0.2.4");
        bin
    };
    let absent = "'image inspect'*base:bookworm) echo sha256:1 linux amd64; exit;;\n\
                  'image inspect'*) echo 'Error: No such image: x' >&2; exit 1;;";
    let foreign = "'image inspect'*) echo s390x; exit;;\n*Server.Arch*) echo amd64; exit;;";
    for (cases, args, expected) in [
        (
            absent,
            "container --offline",
            "--offline prevents building it",
        ),
        (absent, "container --image i:1", "docker has no image i:1"),
        (
            foreign,
            "container --image i:1",
            "the image i:1 is for s390x, and docker runs on amd64",
        ),
        ("", "cross", "cross is too old"),
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        Run::xtask(&["build", "--target", AARCH64, "--std", "prebuilt"])
            .env("PATH", path_with(cases))
            .env("RUSTC", fake_sysroot(dir.path(), &[AARCH64]))
            .env("CARGO_TARGET_DIR", dir.path().join("target"))
            .end_with(&[&["--engine"], &args[..]].concat())
            .expect_code(3)
            .expect_error(&[expected, "help:"]);
    }
}

#[test]
fn offline_refuses_downloads() {
    let dir = tempfile::tempdir().unwrap();
    // An empty cargo home, without packages.
    let ended = Run::xtask(&["build", "--engine", "container", "--image", "i:1"])
        .env("PATH", fake_engine(dir.path()))
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .env("CARGO_HOME", dir.path().join("home"))
        .end_with(&["--offline"])
        .expect_code(1);
    ended.expect_error(&[
        "cargo can't get the packages that are built",
        "without --offline",
    ]);
}

#[test]
fn skipped_engine_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = fake_engine(dir.path());
    let bin = Path::new(&path);
    std::fs::rename(bin.join("docker"), bin.join("podman")).unwrap();
    let stopped = "Cannot connect to the Docker daemon at unix:///x.sock. Is it running?";
    script(
        &bin.join("docker"),
        &format!("echo '{stopped}' >&2; exit 1"),
    );
    Run::xtask(&["build", "--engine", "container", "--image", "i:1"])
        .env("PATH", &path)
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .end_with(&["--dry-run"])
        .expect_code(0)
        .expect_error(&["docker is not running at unix:///x.sock: podman is taken"]);
}
