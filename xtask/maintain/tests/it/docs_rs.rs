//! Builds the documentation as docs.rs does.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::support::{Run, SYS, machine, target_dir};

#[test]
fn docs_rs_needs_no_compiler() {
    let dir = tempfile::tempdir().unwrap();
    let bin = dir.path().join("bin");
    fs::create_dir_all(&bin).unwrap();
    for name in ["rustc", "rustdoc", "ld", "as", "cc"] {
        symlink(machine::program(name), bin.join(name)).unwrap();
    }
    // Build scripts must still link; `cc` is not a C++ compiler.
    for package in ["snmalloc-sys", "snmalloc-rs"] {
        let ended = Run::cargo(&[
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .end()
        .expect_code(0);
        let output: Value = serde_json::from_str(&ended.stdout).unwrap();
        let packages = output["packages"].as_array().unwrap();
        let own = packages.iter().find(|it| it["name"] == package).unwrap();
        let listed = own["metadata"]["docs"]["rs"]["features"]
            .as_array()
            .unwrap();
        let features: Vec<&str> = listed.iter().map(|it| it.as_str().unwrap()).collect();
        Run::cargo(&[
            "doc",
            "--package",
            if package == "snmalloc-sys" {
                SYS
            } else {
                package
            },
            "--no-deps",
            "--locked",
            "--features",
        ])
        .env("PATH", &bin)
        .env("DOCS_RS", "1")
        // docs.rs uses nightly Rust.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTDOCFLAGS", "--cfg docsrs -D warnings")
        .env("CARGO_TARGET_DIR", target_dir("docs-rs"))
        .end_with(&[&features.join(",")])
        .expect_code(0);
    }
}
