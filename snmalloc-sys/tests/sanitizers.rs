// SPDX-License-Identifier: MIT
//! Runs every entry point under sanitizers while threads start and exit.
//!
//! A run takes ThreadSanitizer with the default compiler. `SNMALLOC_SANITIZERS=all` takes every
//! sanitizer, with clang too, as CI does, and `SNMALLOC_SANITIZERS=address,undefined` those.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![cfg(target_pointer_width = "64")]
#![cfg(not(any(feature = "check", feature = "lto")))]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The C++ source that the archive was built from.
const SOURCE: &str = env!("SNMALLOC_SYS_SOURCE");

/// Names for `-fsanitize`.
const SANITIZERS: [&str; 3] = ["thread", "address", "undefined"];

const FLAGS: &[&str] = &[
    "-std=c++17",
    "-O1",
    "-g",
    "-DNDEBUG",
    "-fno-exceptions",
    "-fno-rtti",
    "-mcx16",
    "-DSNMALLOC_USE_CXX11_THREAD_ATEXIT_DIRECT",
    "-DSNMALLOC_USE_WAIT_ON_ADDRESS=1",
    "-DSNMALLOC_PTHREAD_FORK_PROTECTION",
    "-DSNMALLOC_PTHREAD_ATFORK_WORKS",
];

/// One compiler with one sanitizer.
struct Sanitized {
    compiler: String,
    sanitizer: &'static str,
}

impl Sanitized {
    fn path(&self, name: &str) -> PathBuf {
        let compiler = self.compiler.replace(|c: char| !c.is_alphanumeric(), "_");
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{compiler}", self.sanitizer))
    }

    /// Compiles and links a program.
    fn compile(&self, sources: &[&Path], program: &Path) -> std::io::Result<Output> {
        Command::new(&self.compiler)
            .args(FLAGS)
            .arg(format!("-fsanitize={}", self.sanitizer))
            .arg(format!("-fno-sanitize-recover={}", self.sanitizer))
            .arg("-I")
            .arg(Path::new(SOURCE).join("src"))
            .args(sources)
            .args(["-lpthread", "-o"])
            .arg(program)
            .output()
    }

    /// Returns false if the compiler comes without the sanitizer's library, as some do.
    fn is_usable(&self) -> bool {
        let source = self.path("probe").with_extension("cc");
        std::fs::write(&source, "int main() { return 0; }\n").expect("a probe");
        self.compile(&[&source], &self.path("probe"))
            .is_ok_and(|output| output.status.success())
    }

    fn check(&self) {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sources = [here.join("shim/shim.cc"), here.join("tests/stress.cc")];
        let program = self.path("stress");
        let built = self
            .compile(&[&sources[0], &sources[1]], &program)
            .expect("the compiler runs");
        let errors = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{errors}");
        let (mut success, mut output) = run(Command::new(&program));
        // Address-space randomisation of newer kernels places libraries inside the sanitizer's
        // shadow: google/sanitizers#1716.
        if output.contains("unexpected memory mapping") {
            let mut fixed = Command::new("setarch");
            fixed.args(["x86_64", "-R"]).arg(&program);
            (success, output) = run(fixed);
        }
        let name = format!("{} with {}", self.sanitizer, self.compiler);
        assert!(success, "{name}: {output}");
        assert!(output.contains("stress: done"), "{name}: {output}");
        let reports = ["WARNING: ", "ERROR: ", "runtime error: "];
        let reported = reports.iter().any(|report| output.contains(report));
        assert!(!reported, "{name}: {output}");
    }
}

fn run(mut command: Command) -> (bool, String) {
    let output = command.output().expect("the program runs");
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

#[test]
fn sanitizers_report_nothing() {
    let chosen = std::env::var("SNMALLOC_SANITIZERS").unwrap_or_else(|_| "thread".to_owned());
    let mut compilers = vec![std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned())];
    if chosen == "all" {
        compilers.push("clang++".to_owned());
    }
    let mut count = 0;
    for compiler in compilers {
        for sanitizer in SANITIZERS {
            if chosen != "all" && !chosen.split(',').any(|name| name == sanitizer) {
                continue;
            }
            count += 1;
            let compiler = compiler.clone();
            let sanitized = Sanitized {
                compiler,
                sanitizer,
            };
            if sanitized.is_usable() {
                sanitized.check();
                continue;
            }
            let name = format!("{sanitizer} with {}", sanitized.compiler);
            // Debian's package of clang's sanitizers installs a 32-bit C library, which programs
            // for i686 find before their own: CI has GCC's.
            let is_clang = sanitized.compiler.contains("clang");
            assert!(
                is_clang || std::env::var_os("CI").is_none(),
                "CI has {name}"
            );
            // Bypass the harness's capture: `cargo xtask test` counts these lines.
            let _ = writeln!(
                std::io::stderr(),
                "skipped: sanitizers_report_nothing: no {name}"
            );
        }
    }
    assert_ne!(count, 0, "SNMALLOC_SANITIZERS names no sanitizer");
}
