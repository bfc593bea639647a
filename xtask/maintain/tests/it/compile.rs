//! Compiles only the C++, for targets that this machine can't link or run.

use std::fs;

use serde_json::Value;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Ended, Run, path_with, refused, root, script, target_dir};

fn compile(more: &[&str]) -> Ended {
    Run::xtask(&[&["compile", "--pairs", "none", "--json"], more].concat())
        .env("CARGO_TARGET_DIR", target_dir("compile"))
        .end()
}

fn rows(ended: &Ended) -> Vec<Value> {
    let document: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    document["results"].as_array().expect("rows").clone()
}

/// OpenBSD has no `RLIMIT_AS`; in iOS's SDK `mach/mach_vm.h` can't be included; Android
/// has no `getentropy` before 9.
#[test]
fn platforms_that_cannot_be_linked_here_compile() {
    needs!(Need::Zig);
    let targets = [
        ("x86_64-unknown-openbsd", false),
        ("aarch64-apple-ios", true),
        ("aarch64-linux-android", true),
        ("aarch64-unknown-linux-ohos", true),
    ];
    let names = targets.iter().flat_map(|(name, _)| ["--target", name]);
    let ended = compile(&names.collect::<Vec<_>>()).expect_code(0);
    for (row, (target, stand_in)) in rows(&ended).iter().zip(targets) {
        assert_eq!(row["target"], target);
        assert_eq!(row["stand_in"], stand_in, "{row}");
        let by = row["by"].as_str().expect("a compiler");
        assert_eq!(by.contains("stand in for"), stand_in, "{row}");
    }
}

/// GCC used to warn about the shim's declarations for Windows.
#[test]
fn a_warning_of_the_shim_is_a_failure() {
    needs!(Need::Compiler("x86_64-w64-mingw32-g++-posix"));
    compile(&["--target", "x86_64-pc-windows-gnu"]).expect_code(0);
    let warns = "-Wshadow -Wold-style-cast -Wuseless-cast -Wzero-as-null-pointer-constant";
    Run::xtask(&[
        "compile",
        "--pairs",
        "none",
        "--target",
        "x86_64-pc-windows-gnu",
    ])
    .env("CARGO_TARGET_DIR", target_dir("compile"))
    .env("CXXFLAGS", warns)
    .end()
    .expect_code(1)
    .expect_error(&["a warning of a file of ours"]);
}

/// snmalloc's own atomics can't be read through a const reference.
#[test]
fn features_that_meet_in_one_file_compile_together() {
    compile(&["--features", "vendored-stl,stats"]).expect_code(0);
    compile(&["--features", "vendored-stl,gwp-asan"])
        .expect_code(1)
        .expect_error(&["feature gwp-asan needs LLVM's GWP-ASan"]);
    refused(
        "compile --features nonsense",
        "there is no feature `nonsense`",
    );
}

/// zig can't compile programs for sparc64, and doesn't have the glibc of the others.
#[test]
fn zig_is_not_suggested_for_unsupported_targets() {
    needs!(Need::Zig);
    for target in [
        "powerpc-unknown-linux-gnu",
        "powerpc64-unknown-linux-gnu",
        "sparc64-unknown-linux-gnu",
        "sparc64-unknown-netbsd",
    ] {
        let ended = Run::xtask(&["compile", "--target", target])
            .env("SNMALLOC_TOOLCHAIN", "zig")
            .env("CARGO_TARGET_DIR", target_dir("compile-refused"))
            .end()
            .expect_code(1);
        let expected = format!("zig has no C library for {target}");
        assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    }
}

/// A job fails if its target is above or below the rung in the catalog.
#[test]
fn report_is_compared_with_the_catalog_both_ways() {
    let dir = tempfile::tempdir().expect("a directory");
    let report = dir.path().join("report.json");
    let settle = |target: &str, status: &str, rung: &str| {
        let row = format!(
            r#"{{"results": [{{"target": "{target}", "builder": "cc", "engine": "host",
                "std": null, "runner": null, "status": "{status}", "reason": null,
                "seconds": 1.0, "tests": null, "artifact": null, "programs": []}}]}}"#
        );
        std::fs::write(&report, row).expect("a file");
        let file = report.display().to_string();
        Run::xtask(&["rungs", "--rung", rung, &file]).end()
    };
    let native = "x86_64-unknown-linux-gnu";
    settle(native, "passed", "tested").expect_code(0);
    settle(native, "failed", "tested")
        .expect_code(1)
        .expect_error(&["not tested, but its row is tested"]);
    settle("x86_64-unknown-haiku", "passed", "linked")
        .expect_code(1)
        .expect_error(&["linked, but its row is planned"]);
    settle("x86_64-unknown-haiku", "skipped", "linked").expect_code(0);
}

/// The headers of the Windows SDK that this test writes. All but `arm64_neon.h` include the
/// one file with the declarations.
const WINDOWS: [(&str, &str); 4] = [
    (
        "cstdio cstring errno.h intsafe.h io.h malloc.h math.h memory.h process.h setjmp.h \
         stdio.h string.h",
        "#include <windows_sdk.h>\n",
    ),
    (
        "stdlib.h cstdlib",
        "#define STAND_IN_STDLIB\n#include <windows_sdk.h>\n",
    ),
    (
        "windows.h bcrypt.h",
        "#define STAND_IN_WINDOWS\n#include <windows_sdk.h>\n",
    ),
    ("arm64_neon.h", "#include <arm_neon.h>\n"),
];

/// By Microsoft's rules, a quoted or included `windows.h` is the one next to the including file.
#[test]
fn shim_headers_have_no_name_of_a_system_header() {
    let shim = fs::read_dir(root().join("snmalloc-sys/shim")).expect("a directory");
    let ours: Vec<String> = shim
        .map(|entry| entry.expect("an entry").file_name().display().to_string())
        .collect();
    assert!(ours.iter().any(|name| name.ends_with(".h")), "{ours:?}");
    for name in WINDOWS.iter().flat_map(|(names, _)| names.split(' ')) {
        assert!(!ours.iter().any(|own| own == name), "shim/{name}");
    }
}

/// On ARM64, a macro of winnt.h is used before upstream includes it, and with snmalloc's own
/// STL no header declares `abort`.
#[test]
fn clang_cl_compiles_for_arm64() {
    needs!(Need::Zig);
    let dir = tempfile::tempdir().expect("a directory");
    let crt = dir.path().join("sdk/crt/include");
    fs::create_dir_all(&crt).expect("a directory");
    let write = |name: &str, text: &str| fs::write(crt.join(name), text).expect("a file");
    for (names, text) in WINDOWS {
        names.split(' ').for_each(|name| write(name, text));
    }
    write("windows_sdk.h", include_str!("compile/windows_sdk.h"));
    let random = "namespace std { struct random_device { unsigned operator()(); }; }\n";
    write("random", random);
    for part in ["ucrt", "um", "shared"] {
        fs::create_dir_all(dir.path().join("sdk/sdk/include").join(part)).expect("a directory");
    }
    let bin = path_with(dir.path(), &["zig", "c++"]);
    let zig = fs::canonicalize(bin.join("zig")).expect("zig");
    let own = zig.with_file_name("lib").join("include");
    let body = format!(
        "exec '{}' clang --driver-mode=cl -Xclang -internal-isystem -Xclang '{}' \"$@\"",
        zig.display(),
        own.display()
    );
    script(&bin.join("clang-cl"), &body);
    let args = ["aarch64", "x86_64"].map(|cpu| format!("{cpu}-pc-windows-msvc"));
    Run::xtask(&["compile", "--pairs", "none", "--features", "vendored-stl"])
        .env("CARGO_TARGET_DIR", target_dir("compile-windows"))
        .env("XWIN_DIR", dir.path().join("sdk"))
        .env("PATH", bin)
        .end_with(&["--target", &args[0], "--target", &args[1]])
        .expect_code(0);
}
