// SPDX-License-Identifier: MIT
//! Runs the exclusion of `cache_use.h` as compilers translate it: it rests on a wait that an
//! optimiser could remove, which a model can't see.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![cfg(target_pointer_width = "64")]

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// The C++ source that the archive was built from.
const SOURCE: &str = env!("SNMALLOC_SYS_SOURCE");

const OPTIMISATIONS: [&[&str]; 3] = [&["-O1"], &["-O2"], &["-O3", "-funroll-loops"]];

#[test]
fn users_and_purgers_of_caches_exclude_each_other() {
    let default = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    for compiler in [default.as_str(), "clang++"] {
        if Command::new(compiler).arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI has {compiler}");
            // Bypass the harness's capture: `cargo xtask test` counts these lines.
            let name = "users_and_purgers_of_caches_exclude_each_other";
            let _ = writeln!(std::io::stderr(), "skipped: {name}: no {compiler}");
            continue;
        }
        for flags in OPTIMISATIONS {
            check(compiler, flags);
        }
    }
}

fn check(compiler: &str, flags: &[&str]) {
    let name = format!("{compiler} {}", flags.join(" "));
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "cache_use-{}",
        name.replace(|c: char| !c.is_alphanumeric(), "_")
    ));
    let built = Command::new(compiler)
        .args(flags)
        .args([
            "-std=c++17",
            "-DNDEBUG",
            "-mcx16",
            "-DSNMALLOC_USE_WAIT_ON_ADDRESS=1",
            "-I",
        ])
        .arg(Path::new(SOURCE).join("src"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cache_use.cc"))
        .args(["-lpthread", "-o"])
        .arg(&program)
        .output()
        .expect("the compiler runs");
    let errors = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{name}: {errors}");
    let run = Command::new(&program).output().expect("the program runs");
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{name}: {}, {output}", run.status);
}
