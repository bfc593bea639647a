//! Container images: error messages, with fake engines, and the output of a real one.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::needs;
use crate::support::needs::{self, Need};
use crate::support::{Ended, Run, path_with, script};

const AARCH64: &str = "aarch64-unknown-linux-gnu";

/// A fake docker, which answers according to the branches of a shell's `case "$*" in … esac`.
fn docker(dir: &Path, cases: &str) -> PathBuf {
    let path = path_with(dir, &["uname"]);
    script(
        &path.join("docker"),
        &format!(
            "case \"$*\" in\n{cases}\n\
             *Server.Arch*) echo amd64;;\n\
             version*) echo fine;;\n\
             'image inspect'*base:bookworm) echo sha256:1 linux amd64;;\n\
             'image inspect'*) echo 'Error: No such image: x' >&2; exit 1;;\n\
             *) echo \"unexpected: $*\" >&2; exit 1;;\nesac"
        ),
    );
    path
}

fn build(dir: &Path, cases: &str, args: &[&str]) -> Ended {
    let path = docker(dir, cases);
    Run::xtask(&["image", "build", "--target", AARCH64])
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", dir.join("target"))
        .end_with(args)
}

#[test]
fn target_without_image_is_refused() {
    for (target, code, expected) in [
        ("aarch64-unknown-linux-gn", 2, "did you mean"),
        ("x86_64-pc-windows-msvc", 3, "there is no image for"),
    ] {
        Run::xtask(&["image", "build", "--target", target])
            .end()
            .expect_code(code)
            .expect_error(&[expected]);
    }
}

#[test]
fn missing_engine_gets_install_command() {
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &[]);
    for command in ["build", "list", "base"] {
        Run::xtask(&["image", command])
            .env("PATH", &path)
            .end()
            .expect_code(3)
            .expect_error(&["no container engine", "PATH, for docker, podman", "help:"]);
    }
}

#[test]
fn engine_errors_have_fixes() {
    let dir = tempfile::tempdir().unwrap();
    for (cases, code, expected) in [
        (
            "version*) echo 'Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?' >&2; exit 1;;",
            3,
            "docker is not running at unix:///x.sock",
        ),
        (
            "version*) echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1;;",
            3,
            "this user may not use docker's socket",
        ),
        (
            "'image inspect'*) echo 'Error: No such image: x' >&2; exit 1;;",
            3,
            "help: cargo xtask image base",
        ),
        (
            "'image inspect'*base:bookworm) echo sha256:1 linux s390x;;",
            3,
            "is for s390x, and docker runs on amd64",
        ),
        (
            "build*) echo 'write /usr/x: no space left on device' >&2; exit 1;;",
            3,
            "the disk that docker keeps images on is full",
        ),
        (
            "build*) echo 'the base image has no apt-get: it must be a Debian' >&2; exit 1;;",
            3,
            "name a Debian image with --base",
        ),
        (
            "build*) echo 'E: Unable to locate package x' >&2; exit 1;;",
            1,
            "E: Unable to locate package x",
        ),
        // A builder may keep its results only in its cache.
        (
            "build*) echo done;;",
            3,
            "its builder keeps images to itself",
        ),
    ] {
        build(dir.path(), cases, &[])
            .expect_code(code)
            .expect_error(&[expected]);
    }
    build(dir.path(), "", &["--base", "nowhere/base"])
        .expect_code(3)
        .expect_error(&["images, for nowhere/base", "help: docker pull nowhere/base"]);
}

/// With a fake docker: no test machine reaches an image registry.
#[test]
fn base_is_pulled_by_digest() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("asked");
    let base = |cases: &str, args: &[&str]| {
        let path = docker(dir.path(), cases);
        Run::xtask(&["image", "base", "--pull"])
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", dir.path().join("target"))
            .end_with(args)
    };
    let pulls = format!(
        "'pull debian:bookworm-slim@sha256:'*|'tag debian:'*) echo \"$*\" >>'{}';;",
        log.display()
    );
    let there = base(&pulls, &[]).expect_code(0);
    assert!(there.stderr.contains("there already"), "{}", there.stderr);
    assert!(!log.exists());
    let none = format!("{pulls}\n'image inspect'*) echo 'No such image' >&2; exit 1;;");
    base(&none, &[]).expect_code(0);
    let lines = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    let name = lines[0].strip_prefix("pull ").expect("a pull first");
    assert_eq!(lines[1], format!("tag {name} snmalloc-rs/base:bookworm"));
    base(&pulls, &["--renew"]).expect_code(0);
    let fails = "pull*) echo 'Get \"https://x.example/v2/\": no such host' >&2; exit 1;;";
    base(fails, &["--renew"])
        .expect_code(3)
        .expect_error(&["no registry gave it", "help: cargo xtask image base"]);
}

#[test]
fn existing_image_is_reused_until_the_base_changes() {
    let dir = tempfile::tempdir().unwrap();
    let there = "'image inspect'*aarch64*) echo sha256:2;;\nbuild*) exit 9;;";
    let ended = build(dir.path(), there, &[])
        .expect_code(0)
        .expect_error(&["there already"]);
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    let dry = |cases: &str| {
        let ended = build(
            dir.path(),
            cases,
            &["--dry-run", "--push", "registry.example/me/"],
        );
        ended.expect_code(0).stdout
    };
    let first = dry("");
    let lines: Vec<&str> = first.lines().collect();
    assert_eq!(lines.len(), 3, "{first}");
    for part in [" docker build ", "PACKAGES=g++-aarch64-linux-gnu"] {
        assert!(lines[0].contains(part), "{first}");
    }
    assert!(
        lines[2].contains("docker push registry.example/me/gnu-aarch64-linux-gnu:"),
        "{first}"
    );
    let other = dry("'image inspect'*base:bookworm) echo sha256:3 linux amd64;;");
    assert_ne!(first, other);
}

#[test]
fn ndk_is_copied_into_a_separate_image() {
    let dir = tempfile::tempdir().unwrap();
    let ndk = dir.path().join("ndk");
    let build = |ndk: &Path, more: &[&str]| {
        let path = docker(dir.path(), "");
        Run::xtask(&["image", "build", "--dry-run", "--ndk"])
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", dir.path().join("target"))
            .env(
                "DOCKER_BUILDKIT",
                if more.contains(&"-q") { "0" } else { "1" },
            )
            .end_with(&[&[ndk.to_str().unwrap(), "--target"], more].concat())
    };
    let android = "aarch64-linux-android";
    build(&ndk, &[android])
        .expect_code(3)
        .expect_error(&["is no Android NDK", "source.properties"]);
    std::fs::create_dir(&ndk).unwrap();
    std::fs::write(ndk.join("source.properties"), "Pkg.Revision = 27.0.1\n").unwrap();
    let line = build(&ndk, &[android]).expect_code(0).stdout;
    let ndk_there = ndk.canonicalize().unwrap();
    for part in [
        format!("--build-context 'ndk={}'", ndk_there.display()),
        "-ndk-27.0.1 ".to_owned(),
    ] {
        assert!(line.contains(&part), "{part}: {line}");
    }
    build(&ndk, &[android, "-q"])
        .expect_code(3)
        .expect_error(&["plain builder can't be given an NDK", "--engine podman"]);
    build(&ndk, &[AARCH64])
        .expect_code(2)
        .expect_error(&["--ndk is for Android's image"]);
    build(&ndk, &[android, "--push", "registry.example"])
        .expect_code(2)
        .expect_error(&["cannot be used with"]);
}

#[test]
fn stopped_engine_and_base_without_apt_are_explained() {
    needs!(Need::Engine);
    let docker = needs::engine().expect("an engine");
    if docker == "docker" {
        Run::xtask(&["image", "list", "--engine", "docker"])
            .env("DOCKER_HOST", "tcp://127.0.0.1:1")
            .end()
            .expect_code(3)
            .expect_error(&["docker is not running at tcp://127.0.0.1:1"]);
    }
    // Build an image with one file.
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "text").unwrap();
    let name = format!("snmalloc-rs-test/empty:{}", std::process::id());
    Run::new("tar")
        .dir(dir.path())
        .end_with(&["-cf", "file.tar", "file"])
        .expect_code(0);
    Run::new(docker)
        .dir(dir.path())
        .end_with(&["import", "file.tar", &name])
        .expect_code(0);
    let args = ["--base", &name, "--engine", docker];
    let build = Run::xtask(&["image", "build", "--target", AARCH64])
        .env("CARGO_TARGET_DIR", dir.path().join("target"))
        .end_with(&args);
    let list = Run::xtask(&["image", "list", "--json"]).end_with(&args);
    // A plain builder keeps the image of the step before the one that failed.
    let log = dir
        .path()
        .join("target/xtask/logs/image-gnu-aarch64-linux-gnu.log");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let last = log.lines().rev().find_map(|line| {
        let id = line.strip_prefix(" ---> ")?;
        (!id.contains(' ')).then_some(id)
    });
    if let Some(id) = last {
        // The step's container may take a moment to disappear; parents go with the last child.
        let removed = (0..20).any(|_| {
            let done = Run::new(docker).end_with(&["rmi", id]).code == Some(0);
            if !done {
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            done
        });
        assert!(removed, "{id} stays");
    }
    Run::new(docker)
        .end_with(&["rmi", "--force", &name])
        .expect_code(0);
    build
        .expect_code(3)
        .expect_error(&["the base image has no apt-get", "help: name a Debian image"]);
    let list: Value = serde_json::from_str(&list.expect_code(0).stdout).expect("JSON");
    let images = list["images"].as_array().expect("a list");
    assert!(images.len() > 15);
    for image in images {
        assert_eq!(image["built"], false, "{image}");
        assert!(!image["targets"].as_array().expect("a list").is_empty());
    }
}
