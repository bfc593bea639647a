//! Compares the catalog and the parsed target names with rustc's own data, so that a new
//! rustc shows missing targets.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;

use snmalloc_toolchains::{Target, catalog};

fn rustc(args: &[&str]) -> String {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        // Target specifications are printed under a switch only.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(args)
        .output()
        .expect("rustc runs");
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// The release that the catalog describes; CI has it.
const RELEASE: &str = "1.95";

/// Returns true if this is that release: others know other targets. False, after saying why.
#[must_use]
fn is_the_catalogs_rustc(test: &str) -> bool {
    let version = rustc(&["-vV"]);
    let release = version
        .lines()
        .find_map(|line| line.strip_prefix("release: "));
    let release = release.expect("rustc names its release");
    if release.starts_with(&format!("{RELEASE}.")) && !release.contains('-') {
        return true;
    }
    let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    assert!(
        !in_ci,
        "CI has Rust {release}, and the catalog is of {RELEASE}"
    );
    // Past the harness's capture: `cargo xtask test` counts these lines.
    let line = format!("skipped: {test}: another Rust than {RELEASE}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    false
}

/// Tier and "has a standard library" of each target, from rustc's JSON, which
/// is printed with one field a line.
fn tiers() -> BTreeMap<String, (u8, bool)> {
    let text = rustc(&["-Zunstable-options", "--print", "all-target-specs-json"]);
    let mut tiers = BTreeMap::new();
    let (mut name, mut tier, mut std) = (String::new(), 0, false);
    for line in text.lines() {
        let field = |key: &str| {
            let rest = line.trim().strip_prefix(key)?;
            Some(rest.trim_end_matches(',').to_owned())
        };
        let indent = line.len() - line.trim_start().len();
        if indent == 2 && line.ends_with('{') {
            name = line
                .trim()
                .trim_end_matches(": {")
                .trim_matches('"')
                .to_owned();
            (tier, std) = (0, false);
        }
        if let Some(value) = field("\"std\": ") {
            std = value == "true";
        }
        if let Some(value) = field("\"tier\": ") {
            tier = value.parse().unwrap_or(0);
        }
        if indent == 2 && line.trim_start().starts_with('}') {
            tiers.insert(name.clone(), (tier, std));
        }
    }
    tiers
}

#[test]
fn every_target_with_a_prebuilt_std_is_in_the_catalog() {
    if !is_the_catalogs_rustc("every_target_with_a_prebuilt_std_is_in_the_catalog") {
        return;
    }
    let tiers = tiers();
    assert!(tiers.len() > 200, "rustc's list was not understood");
    for (triple, (tier, std)) in &tiers {
        if *std && matches!(tier, 1 | 2) {
            let entry = catalog::entry(triple);
            assert_eq!(entry.map(|entry| entry.tier), Some(*tier), "{triple}");
        }
    }
    for entry in catalog::ENTRIES {
        assert_eq!(
            tiers.get(entry.triple).map(|(tier, _)| *tier),
            Some(entry.tier),
            "{}",
            entry.triple
        );
    }
}

#[test]
fn triples_parse_as_in_rustc() {
    if !is_the_catalogs_rustc("triples_parse_as_in_rustc") {
        return;
    }
    // Only the name of a refused target is used.
    for entry in catalog::ENTRIES
        .iter()
        .filter(|entry| entry.refused.is_none())
    {
        let text = rustc(&["--print", "cfg", "--target", entry.triple]);
        let field = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(&format!("{key}=\"")))
                .map(|value| value.trim_end_matches('"').to_owned())
                .unwrap_or_default()
        };
        let target = Target::from_triple(entry.triple).expect("a known name");
        let by_rustc = Target {
            triple: entry.triple.to_owned(),
            arch: field("target_arch"),
            os: field("target_os"),
            env: field("target_env"),
            abi: field("target_abi"),
            pointer_width: field("target_pointer_width").parse().expect("a width"),
            little_endian: field("target_endian") == "little",
            crt_static: text.lines().any(|l| l == "target_feature=\"crt-static\""),
        };
        assert_eq!(target, by_rustc, "{}", entry.triple);
    }
}

#[test]
fn clang_names_match_rustc() {
    if !is_the_catalogs_rustc("clang_names_match_rustc") {
        return;
    }
    for entry in catalog::ENTRIES
        .iter()
        .filter(|entry| entry.refused.is_none())
    {
        let text = rustc(&[
            "-Zunstable-options",
            "--print",
            "target-spec-json",
            "--target",
            entry.triple,
        ]);
        let by_rustc = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("\"llvm-target\": \""))
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default();
        let target = Target::from_triple(entry.triple).expect("a known name");
        assert_eq!(target.llvm_triple(), by_rustc, "{}", entry.triple);
    }
}
