// SPDX-License-Identifier: MIT
//! The package in cargo's registry. It runs cargo, which supports mirrors and replaced sources,
//! downloads, and verifies the checksum.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use snmalloc_toolchains::{Machine, quote};

use super::{CHECKSUM, NAME, VERSION};

/// The directory of the unpacked package.
///
/// # Errors
/// cargo's own output.
pub(super) fn find(machine: &dyn Machine, out_dir: &Path) -> Result<PathBuf, String> {
    let manifest = write_manifest(out_dir)?;
    let dir = settings_dir(machine, out_dir);
    let is_offline = machine
        .var("CARGO_NET_OFFLINE")
        .is_some_and(|value| value == "true");
    // Try offline first: a downloaded package needs no round trip.
    match metadata(&manifest, &dir, true) {
        Err(_) if !is_offline => metadata(&manifest, &dir, false),
        answer => answer,
    }
    .and_then(|answer| package_dir(&answer))
}

/// The directory in which cargo finds the user's `.cargo/config.toml` (mirrors, vendored sources):
/// the target directory if it lies in the project, else the directory where cargo was started.
fn settings_dir(machine: &dyn Machine, out_dir: &Path) -> PathBuf {
    let variable = |name| machine.var(name).map(PathBuf::from);
    // cargo reads this one from every directory.
    let home = variable("CARGO_HOME").or_else(|| Some(variable("HOME")?.join(".cargo")));
    let has_settings = |dir: &PathBuf| {
        dir.ancestors().map(|dir| dir.join(".cargo")).any(|dir| {
            Some(&dir) != home.as_ref()
                && (machine.is_file(&dir.join("config.toml"))
                    || machine.is_file(&dir.join("config")))
        })
    };
    let dirs = [Some(out_dir.to_owned()), variable("PWD")];
    let mut dirs = dirs.into_iter().flatten();
    dirs.find(has_settings)
        .unwrap_or_else(|| out_dir.to_owned())
}

/// Writes a package that depends only on the one to find, and a lock file with its checksum.
fn write_manifest(out_dir: &Path) -> Result<PathBuf, String> {
    let dir = out_dir.join("source");
    let files = [
        (
            "Cargo.toml",
            format!(
                "[package]\nname = \"snmalloc-source\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
                 [lib]\npath = \"lib.rs\"\n[workspace]\n[target.'cfg(any())'.dependencies]\n\
                 {NAME} = {{ version = \"={VERSION}\", default-features = false }}\n"
            ),
        ),
        (
            "Cargo.lock",
            format!(
                "version = 4\n\n[[package]]\nname = \"snmalloc-source\"\nversion = \"0.0.0\"\n\
                 dependencies = [\n \"{NAME}\",\n]\n\n[[package]]\nname = \"{NAME}\"\n\
                 version = \"{VERSION}\"\n\
                 source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
                 checksum = \"{CHECKSUM}\"\n"
            ),
        ),
        ("lib.rs", String::new()),
    ];
    fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    for (name, text) in files {
        let file = dir.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(dir.join("Cargo.toml"))
}

fn metadata(manifest: &Path, dir: &Path, offline: bool) -> Result<String, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--locked", "--format-version", "1", "--quiet"])
        .args(offline.then_some("--offline"))
        .arg("--manifest-path")
        .arg(manifest)
        .current_dir(dir)
        .output()
        .map_err(|error| format!("cargo can't be run: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The directory of the only package in cargo's output other than the one written here.
fn package_dir(metadata: &str) -> Result<PathBuf, String> {
    metadata
        .split("\"manifest_path\":\"")
        .skip(1)
        .map(|rest| PathBuf::from(quote::from_json(rest)))
        .filter_map(|manifest| Some(manifest.parent()?.to_owned()))
        .find(|dir| dir.join("upstream").is_dir())
        .ok_or_else(|| "`cargo metadata` names no package with the source".to_owned())
}
