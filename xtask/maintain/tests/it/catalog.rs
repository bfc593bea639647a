//! xtask's output about targets, and about this machine's tools for them.

use serde_json::Value;

use crate::support::{Run, SYS, build_dir, path_with, script};

#[test]
fn every_target_is_listed_with_missing_tools() {
    let ended = Run::xtask(&["targets", "--json"]).end().expect_code(0);
    let list: Value = serde_json::from_str(&ended.stdout).expect("one JSON document");
    let targets = list["targets"].as_array().expect("a list");
    assert!(targets.len() > 79);
    let on = |rungs: &[&str]| {
        let of_row = |target: &&Value| target["rung"].as_str().is_some_and(|r| rungs.contains(&r));
        targets.iter().filter(of_row).count()
    };
    assert_eq!(
        on(&["refused", "planned", "compiled", "linked", "tested"]),
        targets.len()
    );
    assert!(on(&["compiled", "linked", "tested"]) >= 80);
    for target in targets {
        let consistent = if target["supported"] == true {
            target["ready"] == true || target["missing"].is_string()
        } else {
            target["reason"].is_string()
        };
        assert!(consistent, "{target}");
        assert_eq!(target["supported"] == true, target["group"].is_string());
    }
    let image = |name: &str| {
        let target = targets.iter().find(|target| target["target"] == name);
        target.expect("a target")["image"].clone()
    };
    assert_eq!(
        image("riscv64gc-unknown-linux-gnu"),
        "gnu-riscv64-linux-gnu"
    );
    assert!(image("aarch64-apple-ios").is_null());
    let ended = Run::xtask(&["targets", "--group", "musl", "--group", "bsd"])
        .end()
        .expect_code(0);
    for line in ended.stdout.lines() {
        assert!(line.contains(" musl ") || line.contains(" bsd "), "{line}");
    }
}

#[test]
fn doctor_names_missing_tools_and_install_commands() {
    Run::xtask(&["doctor"]).end().expect_code(0);
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &[]);
    let ended = Run::xtask(&["doctor", "--json"])
        .env("PATH", path)
        .end()
        .expect_code(3);
    let diagnosis: Value = serde_json::from_str(&ended.stdout).expect("one JSON document");
    let compiler = &diagnosis["targets"][0]["checks"][0];
    assert_eq!(compiler["ok"], false);
    let found = compiler["found"].as_str().expect("words");
    assert!(found.contains("help: "), "{found}");
}

#[test]
fn doctor_reports_everything_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &[]);
    script(&path.join("apt-get"), "exit 1");
    let ended = Run::xtask(&["doctor", "--target", "s390x-unknown-linux-gnu"])
        .env("PATH", path)
        .end()
        .expect_code(3);
    for expected in [
        "!! C++ compiler",
        "!! runner ",
        "\nto install what is missing: apt-get install g++-s390x-linux-gnu qemu-user\n",
    ] {
        assert!(ended.stdout.contains(expected), "{}", ended.stdout);
    }
}

#[test]
fn doctor_of_many_targets_lists_most_effective_fixes() {
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &[]);
    let ended = Run::xtask(&["doctor", "--group", "musl"])
        .env("PATH", path)
        .end()
        .expect_code(3);
    let mut targets = ended.stdout.lines().take_while(|line| !line.is_empty());
    assert!(targets.all(|line| line.contains(" not ready ")));
    let zig = " ziglang: fixes ";
    assert!(ended.stdout.contains(zig), "{}", ended.stdout);
}

/// With plain cargo too, and before the search for a compiler: none would help.
#[test]
fn unsupported_target_is_refused_with_the_reason() {
    for (target, compiler, why) in [
        (
            "wasm32-unknown-unknown",
            None,
            "WebAssembly has no virtual memory",
        ),
        (
            "wasm32-unknown-unknown",
            Some("g++"),
            "WebAssembly has no virtual memory",
        ),
        (
            "x86_64-unknown-redox",
            None,
            "snmalloc has no platform layer for Redox",
        ),
    ] {
        let mut run = Run::cargo(&["build", "--package", SYS, "--locked"])
            .env("CARGO_TARGET_DIR", build_dir("build-script"));
        if let Some(compiler) = compiler {
            run = run.env("CXX", compiler);
        }
        run.end_with(&["--target", target])
            .expect_code(101)
            .expect_error(&[&format!("snmalloc can't be built for {target}: {why}")]);
    }
}
