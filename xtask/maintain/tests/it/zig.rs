//! zig as the only cross compiler, for platforms without a native compiler on this machine.

use std::fs;
use std::path::PathBuf;

use object::{Architecture, BinaryFormat, Object as _};

use crate::support::needs::{Need, met};
use crate::support::{Run, day, path_with, target_dir};

/// Builds `target` with only this machine's own compiler and zig in PATH; returns the linked
/// program.
fn build(target: &str, dir: &str, more: &[&str]) -> PathBuf {
    let bin = tempfile::tempdir().expect("a directory");
    let tools = path_with(bin.path(), &["zig", "c++"]);
    let mut args = vec!["build", "--target", target, "--json"];
    args.extend(more);
    let ended = Run::xtask(&args)
        .env("PATH", tools)
        .env("CARGO_TARGET_DIR", target_dir(dir))
        .end()
        .expect_code(0);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let programs = &report["results"][0]["programs"];
    let hello = programs
        .as_array()
        .and_then(|programs| {
            let mut paths = programs.iter().filter_map(|path| path.as_str());
            paths.find(|path| path.contains("hello"))
        })
        .unwrap_or_else(|| panic!("no hello in {programs}"));
    PathBuf::from(hello)
}

/// zig, and the standard libraries of these targets.
fn has_zig(targets: &[&'static str]) -> bool {
    let stds = targets.iter().map(|target| Need::Std(target));
    let needs: Vec<Need> = [Need::Zig].into_iter().chain(stds).collect();
    met(&needs)
}

#[test]
fn programs_for_other_platforms_are_linked() {
    use {Architecture as A, BinaryFormat as B};
    let programs = [
        ("x86_64-unknown-freebsd", B::Elf, A::X86_64),
        ("aarch64-apple-darwin", B::MachO, A::Aarch64),
        ("x86_64-apple-darwin", B::MachO, A::X86_64),
        ("aarch64-unknown-linux-musl", B::Elf, A::Aarch64),
    ];
    if !has_zig(&programs.map(|(target, ..)| target)) {
        return;
    }
    // Each needs a standard library from source, and CI's jobs link all: one a day.
    let (target, format, architecture) = programs[usize::try_from(day()).unwrap() % programs.len()];
    let program = fs::read(build(target, "zig", &[])).expect("a program");
    let program = object::File::parse(&*program).expect("an executable");
    assert_eq!(program.format(), format, "{target}");
    assert_eq!(program.architecture(), architecture, "{target}");
}

#[test]
fn a_musl_program_is_static_and_runs() {
    if !cfg!(target_arch = "x86_64") || !has_zig(&["x86_64-unknown-linux-musl"]) {
        return;
    }
    let program = build("x86_64-unknown-linux-musl", "zig", &[]);
    let bytes = fs::read(&program).expect("a program");
    let interpreter: &[u8] = b"/lib/ld-";
    assert!(
        !bytes
            .windows(interpreter.len())
            .any(|part| part == interpreter)
    );
    let ended = Run::new(&program).end().expect_code(0);
    assert!(
        ended.stdout.contains("hello from snmalloc"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_program_for_an_old_glibc_asks_for_no_newer_one() {
    if !cfg!(target_arch = "x86_64") || !has_zig(&[]) {
        return;
    }
    let program = build("x86_64-unknown-linux-gnu.2.17", "zig", &[]);
    let bytes = fs::read(&program).expect("a program");
    let text = String::from_utf8_lossy(&bytes);
    let versions: Vec<u32> = text
        .split("GLIBC_2.")
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            rest[..end].parse().ok()
        })
        .collect();
    assert!(!versions.is_empty(), "not a word of glibc");
    assert!(versions.iter().all(|minor| *minor <= 17), "{versions:?}");
    let ended = Run::new(&program).end().expect_code(0);
    assert!(
        ended.stdout.contains("hello from snmalloc"),
        "{}",
        ended.stdout
    );
}
