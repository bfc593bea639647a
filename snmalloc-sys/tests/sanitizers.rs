// SPDX-License-Identifier: MIT
//! Runs every entry point under ThreadSanitizer while threads start and exit.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![cfg(target_pointer_width = "64")]
#![cfg(not(any(feature = "check", feature = "lto")))]

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// The C++ source that the archive was built from.
const SOURCE: &str = env!("SNMALLOC_SYS_SOURCE");

fn compiler() -> String {
    std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned())
}

#[test]
fn thread_sanitizer_reports_nothing() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let program = dir.join("stress-thread");
    let flags = [
        "-std=c++17",
        "-O1",
        "-g",
        "-DNDEBUG",
        "-fsanitize=thread",
        "-fno-exceptions",
        "-fno-rtti",
        "-mcx16",
        "-DSNMALLOC_USE_CXX11_THREAD_ATEXIT_DIRECT",
        "-DSNMALLOC_USE_WAIT_ON_ADDRESS=1",
        "-DSNMALLOC_PTHREAD_FORK_PROTECTION",
        "-DSNMALLOC_PTHREAD_ATFORK_WORKS",
    ];
    // Most compilers include the sanitizer's library, but not all.
    let probe = dir.join("probe.cc");
    std::fs::write(&probe, "int main() { return 0; }\n").expect("a probe");
    let probed = Command::new(compiler())
        .args(flags)
        .arg(&probe)
        .arg("-o")
        .arg(dir.join("probe"))
        .output();
    if !probed.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "CI's compilers have it");
        // Bypass the harness's capture: `cargo xtask test` counts these lines.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: thread_sanitizer_reports_nothing: no C++ compiler with ThreadSanitizer"
        );
        return;
    }
    let built = Command::new(compiler())
        .args(flags)
        .arg("-I")
        .arg(Path::new(SOURCE).join("src"))
        .arg(here.join("shim/shim.cc"))
        .arg(here.join("tests/stress.cc"))
        .args(["-lpthread", "-o"])
        .arg(&program)
        .output()
        .expect("the compiler runs");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let (mut success, mut output) = run(Command::new(&program));
    // Address-space randomisation of newer kernels places libraries inside the sanitizer's shadow:
    // google/sanitizers#1716.
    if output.contains("unexpected memory mapping") {
        let mut fixed = Command::new("setarch");
        fixed.args(["x86_64", "-R"]).arg(&program);
        (success, output) = run(fixed);
    }
    assert!(success, "{output}");
    assert!(output.contains("stress: done"), "{output}");
    assert!(!output.contains("WARNING: ThreadSanitizer"), "{output}");
}

/// Returns whether the program succeeded, and its output.
fn run(mut program: Command) -> (bool, String) {
    let ran = program.output().expect("the program runs");
    let output = format!(
        "{}{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
        ran.status
    );
    (ran.status.success(), output)
}
