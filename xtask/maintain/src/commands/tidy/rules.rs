//! Rules for the tree's code and manifests.

use std::path::Path;

use anyhow::Result;
use snmalloc_toolchains::FEATURES;

use super::{files_below, read};

/// In code that runs during the build, `cfg` describes the build machine: using it for the
/// target is the classic mistake.
pub fn target_cfg_in_build_code(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for dir in ["snmalloc-sys/build", "toolchains/src"] {
        for file in files_below(&root.join(dir))? {
            for (number, line) in read(&file)?.lines().enumerate() {
                if asks_cfg_for_the_target(line) {
                    findings.push(format!(
                        "{}:{}: cfg of the building machine; the target is in `Target`",
                        file.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    Ok(findings)
}

fn asks_cfg_for_the_target(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    // The module that runs the host's tools.
    if code.contains("windows") && (code.contains("\"unix.rs\"") || code.contains("\"windows.rs\""))
    {
        return false;
    }
    let mut rest = code;
    while let Some((_, after)) = rest.split_once("cfg") {
        let inside = after.trim_start_matches(['!', '_', 'a', 't', 'r']);
        if inside.starts_with('(')
            && ["target_", "windows", "unix"]
                .iter()
                .any(|arg| inside.contains(arg))
            // This only decides whether tests run on this machine.
            && !inside.starts_with("(all(test, unix))")
        {
            return true;
        }
        rest = after;
    }
    false
}

/// Every file of the published packages names its licence in its first lines.
pub fn licence_headers(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for dir in [
        "toolchains/src",
        "snmalloc-sys/build",
        "snmalloc-sys/shim",
        "snmalloc-sys/src",
        "snmalloc-sys/tests",
        "snmalloc-rs/src",
        "snmalloc-rs/examples",
        "snmalloc-rs/tests",
    ] {
        for file in files_below(&root.join(dir))? {
            let text = read(&file)?;
            if !text
                .lines()
                .take(2)
                .any(|l| l.contains("SPDX-License-Identifier: MIT"))
            {
                findings.push(format!("{}: no SPDX line", file.display()));
            }
        }
    }
    Ok(findings)
}

/// Both manifests list exactly the features of the table, and the same defaults.
pub fn feature_lists(root: &Path) -> Result<Vec<String>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let mut findings = Vec::new();
    for package in &metadata.packages {
        if !matches!(package.name.as_str(), "snmalloc-sys" | "snmalloc-rs") {
            continue;
        }
        let defaults = package.features.get("default").cloned().unwrap_or_default();
        for feature in FEATURES {
            let has = package.features.contains_key(feature.name);
            if feature.rust_only && package.name.as_str() == "snmalloc-sys" {
                if has {
                    findings.push(format!("{}: {} is of no use", package.name, feature.name));
                }
                continue;
            }
            if !has {
                findings.push(format!("{}: no feature {}", package.name, feature.name));
            }
            if defaults.iter().any(|name| name == feature.name) != feature.default {
                findings.push(format!("{}: default of {}", package.name, feature.name));
            }
        }
        for name in package.features.keys() {
            if name != "default" && !FEATURES.iter().any(|feature| feature.name == name) {
                findings.push(format!("{}: {name} isn't in the table", package.name));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::asks_cfg_for_the_target;

    #[test]
    fn target_cfg_is_found_anywhere() {
        for (line, expected) in [
            ("if cfg!(target_os = \"linux\") {", true),
            ("#[cfg(windows)]", true),
            ("#[cfg_attr(unix, path = \"x\")]", true),
            ("#[cfg(all(test, target_env = \"musl\"))]", true),
            ("#[cfg(test)]", false),
            ("#[cfg(all(test, unix))]", false),
            ("env(\"CARGO_CFG_TARGET_OS\")", false),
            ("// cfg!(target_os) is the host's here", false),
        ] {
            assert_eq!(asks_cfg_for_the_target(line), expected, "{line}");
        }
    }
}
