//! Each feature changes the compiled code, or is refused. Half of them are tested with one
//! builder, half with the other, and the next day the other way round.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use snmalloc_toolchains::FEATURES;

use crate::needs;
use crate::support::needs::{Need, met};
use crate::support::{Run, SYS, build_dir, day, machine};

/// Features that this machine must refuse, each with the expected text.
const REFUSED: [(&str, &str); 1] = [("gwp-asan", "SNMALLOC_GWP_ASAN_INCLUDE_PATH")];

/// Feature `valgrind` is refused without this file.
const MEMCHECK: &str = "/usr/include/valgrind/memcheck.h";

/// Features that need clang; with GCC they are refused.
const CLANG_ONLY: [&str; 2] = ["lto", "fuzzing"];

/// Builds with the default features and `features`; returns the archive's bytes, or cargo's
/// output.
fn archive(builder: &str, cxx: &str, features: &str) -> Result<Vec<u8>, String> {
    let ended = Run::cargo(&[
        "build",
        "--package",
        SYS,
        "--locked",
        "--message-format=json-render-diagnostics",
        "--no-default-features",
        "--features",
        features,
    ])
    .env(
        "CARGO_TARGET_DIR",
        build_dir(&format!("features-{builder}")),
    )
    .env("SNMALLOC_BUILDER", builder)
    .env("CXX", cxx)
    .end();
    if ended.code != Some(0) {
        return Err(ended.stderr);
    }
    let out_dir = ended
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "build-script-executed")
        .filter(|message| message["linked_libs"][0] == "static=snmalloc-shim")
        .find_map(|message| message["out_dir"].as_str().map(PathBuf::from))
        .expect("a build script ran");
    let bytes = std::fs::read(out_dir.join("libsnmalloc-shim.a")).expect("an archive");
    if ended.stderr.contains("does nothing for") {
        return Err(ended.stderr);
    }
    Ok(bytes)
}

fn every_feature_counts(builder: &str) {
    let both = machine::has("cmake");
    let mut plain = BTreeMap::new();
    let clang = met(&[Need::Compiler("clang++")]);
    for cxx in ["g++"].into_iter().chain(clang.then_some("clang++")) {
        plain.insert(cxx, archive(builder, cxx, "").expect("the plain build"));
    }
    // A different output directory must not change the archive, or this test proves nothing.
    assert!(
        archive(builder, "g++", "build_cc").expect("the same build") == plain["g++"],
        "two builds of the same differ"
    );
    let half = day() + u64::from(builder == "cc");
    for (feature, index) in FEATURES.iter().zip(half..) {
        // If only one builder is tested, it gets all features.
        if both && index % 2 == 0 {
            continue;
        }
        if matches!(feature.name, "build_cmake" | "build_cc") {
            // Other tests cover the choice of the builder.
            continue;
        }
        if feature.rust_only {
            // These features don't belong to this crate; they are tested below.
            continue;
        }
        let clang_only = CLANG_ONLY.contains(&feature.name);
        if clang_only && !clang {
            continue;
        }
        let cxx = if clang_only { "clang++" } else { "g++" };
        let made = archive(builder, cxx, feature.name);
        let refused = REFUSED.iter().find(|(name, _)| *name == feature.name);
        match (made, refused) {
            (Ok(bytes), None) => assert!(
                bytes != plain[cxx],
                "{} changes nothing under {builder}",
                feature.name
            ),
            (Err(output), Some((_, args))) => assert!(output.contains(args), "{output}"),
            (Err(output), None) if feature.name == "valgrind" => assert!(
                output.contains("valgrind/memcheck.h") && !Path::new(MEMCHECK).is_file(),
                "{output}"
            ),
            (Err(output), None) => assert!(
                // A feature for other targets is accepted, with a warning.
                output.contains(&format!("feature {} does nothing for", feature.name)),
                "{output}"
            ),
            (Ok(_), Some(_)) => panic!("{} is accepted and ignored", feature.name),
        }
        if clang_only {
            let output = archive(builder, "g++", feature.name).expect_err("GCC can't");
            assert!(
                output.contains(&format!("feature {} needs clang", feature.name)),
                "{output}"
            );
        }
    }
}

#[test]
fn under_cc() {
    needs!(Need::Compiler("g++"));
    every_feature_counts("cc");
}

#[test]
fn under_cmake() {
    needs!(Need::Compiler("g++"), Need::Cmake);
    every_feature_counts("cmake");
}

/// Runs the tests of `snmalloc-rs` with `features`.
fn tested(features: &str, nightly: bool, more: &[&str]) {
    let args = ["test", "--package", "snmalloc-rs", "--locked", "--features"];
    let mut run = Run::cargo(&[&args, &[features][..], more].concat());
    if nightly {
        run = run.env("RUSTC_BOOTSTRAP", "1");
    }
    let dir = if nightly {
        "features-nightly"
    } else {
        "features-api"
    };
    let ended = run.env("CARGO_TARGET_DIR", build_dir(dir)).end();
    // Print the failed tests and the reasons, not the passed ones.
    let why = ended.stdout.find("failures:").unwrap_or(0);
    let (stdout, stderr) = (&ended.stdout[why..], &ended.stderr);
    assert_eq!(ended.code, Some(0), "{features}\n{stdout}{stderr}");
}

/// The README's examples are among these tests.
#[test]
fn api_works_with_its_features() {
    for features in [
        "allocator-api2,libc-api,stats",
        "allocator-api2,override,check",
    ] {
        tested(features, false, &[]);
    }
    // Emulate nightly Rust: RUSTC_BOOTSTRAP makes any Rust accept unstable features.
    if Path::new(MEMCHECK).is_file() {
        tested("valgrind", false, &["--test", "memcheck"]);
    }
    tested("nightly,check", true, &["--test", "allocator"]);
    tested("nightly,allocator-api2", true, &["--test", "allocator"]);
}
