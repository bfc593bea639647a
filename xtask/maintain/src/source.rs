//! Finds the locked C++ source in cargo's registry, and copies it into the crate.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use cargo_metadata::MetadataCommand;
use snmalloc_toolchains::Error;
use xshell::Shell;

use xtask::failure::Failure;
use xtask::process::scratch::remove_left;

/// The licence of the C++ source, according to its package's manifest.
const LICENSE_HEAD: &str = "MIT License

Copyright (c) Microsoft Corporation and the snmalloc contributors

This folder holds the C++ source of snmalloc. Its terms:
";

/// A failure of `cargo metadata`: of the registry, or of cargo, which may be a rustup that has
/// no toolchain.
fn not_fetched(error: cargo_metadata::Error) -> Error {
    let output = error.to_string();
    let missing = Error::new("the package with snmalloc's C++ can't be fetched").output(&output);
    let of_registry = ["download", "registry", "offline", "network", "index"];
    if of_registry.iter().any(|word| output.contains(word)) {
        let missing = missing.searched("cargo's registry");
        return missing.fix("run it again where the registry can be reached");
    }
    missing
        .searched("`cargo metadata`")
        .fix("repeat `cargo metadata --format-version 1`, which must work")
}

/// The root of the locked C++ source in cargo's registry, and its version.
pub fn locked(root: &Path) -> Result<(PathBuf, String), Failure> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()
        .map_err(not_fetched)?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == "snmalloc-sys" && package.source.is_some())
        .context("Cargo.lock has no snmalloc-sys from the registry")?;
    let dir = package
        .manifest_path
        .parent()
        .context("a package has a directory")?
        .join("upstream");
    Ok((dir.into(), package.version.to_string()))
}

/// Copies the source into the crate below `root`; returns its version and how many files.
pub fn copy(root: &Path) -> Result<(String, usize), Failure> {
    let sys = root.join("snmalloc-sys");
    let (from, version) = locked(root)?;
    // Copy to a temporary name first: an interrupted run leaves nothing that a build would
    // take for the source.
    let shell = Shell::new().map_err(anyhow::Error::from)?;
    remove_left(&sys, "upstream.", ".tmp");
    let fresh = sys.join(format!("upstream.{}.tmp", std::process::id()));
    let files = copy_source(&shell, &from, &fresh, &version, root)?;
    let upstream = sys.join("upstream");
    shell.remove_path(&upstream).map_err(anyhow::Error::from)?;
    fs::rename(&fresh, &upstream).with_context(|| upstream.display().to_string())?;
    // Builds that used the registry's package watch this file: touch it to run them again.
    File::open(sys.join("Cargo.toml"))?.set_modified(SystemTime::now())?;
    Ok((version, files))
}

fn copy_source(shell: &Shell, from: &Path, to: &Path, version: &str, root: &Path) -> Result<usize> {
    shell.remove_path(to)?;
    let files = copy_tree(&from.join("src/snmalloc"), &to.join("src/snmalloc"))?;
    shell.write_file(to.join("VERSION"), format!("{version}\n"))?;
    shell.write_file(to.join("LICENSE"), license(root)?)?;
    Ok(files)
}

/// The licence for the copied folder: the MIT terms, which also are this project's, with the names of
/// its authors.
fn license(root: &Path) -> Result<String> {
    let text = fs::read_to_string(root.join("LICENSE")).context("LICENSE")?;
    let terms = text
        .split_once("Permission is hereby granted")
        .context("LICENSE holds the MIT terms")?
        .1;
    Ok(format!(
        "{LICENSE_HEAD}\nPermission is hereby granted{terms}"
    ))
}

/// Copies a directory; returns how many files are in it.
pub fn copy_tree(from: &Path, to: &Path) -> Result<usize> {
    let mut files = 0;
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            files += copy_tree(&entry.path(), &target)?;
        } else {
            // Copy only the contents: the registry's files may be read-only.
            fs::write(&target, fs::read(entry.path())?)
                .with_context(|| target.display().to_string())?;
            files += 1;
        }
    }
    Ok(files)
}
