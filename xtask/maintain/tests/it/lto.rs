//! `--lto`: checks in the machine code that the allocator's fast paths are inlined into
//! Rust's functions.

use std::path::PathBuf;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, path_with, refused, target_dir};

/// Builds the examples; returns the one with the function to inspect.
fn pair(args: &[&str]) -> PathBuf {
    let mut command = vec!["build", "--json"];
    command.extend(args);
    let ended = Run::xtask(&command)
        .env("CARGO_TARGET_DIR", target_dir("lto"))
        .end()
        .expect_code(0);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let programs = report["results"][0]["programs"].as_array();
    let paths = programs.into_iter().flatten().filter_map(|p| p.as_str());
    let found = paths.into_iter().find(|path| path.ends_with("/pair"));
    found.expect("the example").into()
}

/// The names of the functions that the example's function calls or jumps to.
fn called(args: &[&str], objdump: &str) -> Vec<String> {
    let mut run = Run::new(objdump);
    run.command()
        .args(["-d", "--no-show-raw-insn"])
        .arg(pair(args));
    let text = run.end().expect_code(0).stdout;
    let function = "<allocate_and_free_48>:";
    let body = text.split_once(function).expect("the function").1;
    let body = body.split("\n\n").next().unwrap_or_default();
    body.lines().filter_map(jump).collect()
}

/// The destination of a line of objdump's output, if it is a call or a jump.
fn jump(line: &str) -> Option<String> {
    let (_, instruction) = line.split_once(":\t")?;
    let mnemonic = instruction.split_whitespace().next()?;
    let goes = ["call", "jmp", "bl", "b"].contains(&mnemonic);
    let name = instruction.split_once('<').filter(|_| goes)?.1;
    Some(name.split(['>', '+']).next()?.to_owned())
}

fn assert_inlined(called: &[String]) {
    for entry in ["sn_rust", "__rust", "rustc"] {
        assert!(
            !called.iter().any(|name| name.contains(entry)),
            "{called:?}"
        );
    }
    for slow in ["allocate_slow", "deallocate_slow"] {
        assert!(called.iter().any(|name| name.contains(slow)), "{called:?}");
    }
}

#[test]
fn the_fast_paths_are_inlined_into_rust() {
    needs!(
        Need::Compiler("clang++"),
        Need::Compiler("clang"),
        Need::Compiler("ld.lld"),
        Need::Compiler("llvm-ar"),
        Need::Cmake,
        Need::Tool("objdump"),
    );
    // Without LTO, Rust calls the allocator, and only the allocator calls its slow paths.
    let plain = called(&["--release"], "objdump");
    assert!(!plain.is_empty(), "no calls at all");
    assert!(
        !plain.iter().any(|name| name.contains("allocate_slow")),
        "{plain:?}"
    );
    for builder in ["cc", "cmake"] {
        assert_inlined(&called(&["--lto", "--builder", builder], "objdump"));
    }
}

#[test]
fn fast_paths_are_inlined_when_crossing() {
    needs!(
        Need::Compiler("clang++"),
        Need::Compiler("clang"),
        Need::Compiler("ld.lld"),
        Need::Compiler("llvm-ar"),
        Need::Compiler("aarch64-linux-gnu-g++"),
        Need::Compiler("aarch64-linux-gnu-gcc"),
        Need::Compiler("aarch64-linux-gnu-objdump"),
        Need::Std("aarch64-unknown-linux-gnu"),
    );
    let args = ["--lto", "--target", "aarch64-unknown-linux-gnu"];
    assert_inlined(&called(&args, "aarch64-linux-gnu-objdump"));
}

#[test]
fn missing_lto_tools_are_reported() {
    refused(
        "build --lto --target x86_64-pc-windows-gnu",
        "--lto is for Linux targets",
    );
    refused(
        "build --lto --engine container",
        "--lto works on this machine only",
    );
    let bin = tempfile::tempdir().expect("a directory");
    let tools = path_with(bin.path(), &[]);
    // The machine's own compiler may be a clang.
    crate::support::script(&tools.join("c++"), "echo 'g++ (fake) 12.2.0'");
    Run::xtask(&["build", "--lto"])
        .env("PATH", &tools)
        .end()
        .expect_code(3)
        .expect_error(&["--lto needs a clang", "searched: PATH", "help: "]);
    // Fake a clang that is newer than rustc: no real one is.
    crate::support::script(
        &bin.path().join("clang++"),
        "echo 'clang version 99.1.0 (fake)'",
    );
    Run::xtask(&["build", "--lto"])
        .env("PATH", &tools)
        .end()
        .expect_code(3)
        .expect_error(&["whose LLVM is no newer than rustc's"]);
}
