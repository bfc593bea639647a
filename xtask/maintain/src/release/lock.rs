//! Reads Cargo.lock.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// A locked package.
#[derive(Debug, Deserialize)]
pub struct Locked {
    pub name: String,
    pub version: String,
    /// The SHA-256 of its `.crate`, in hex; the workspace's own packages have none.
    pub checksum: Option<String>,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

/// All packages of a lock file.
pub fn read(file: &Path) -> Result<Vec<Locked>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let lock: Lock = toml::from_str(&text).with_context(|| file.display().to_string())?;
    Ok(lock.package)
}

/// The package with the C++ source to build: the `snmalloc-sys` from the registry.
pub fn source(root: &Path) -> Result<Locked> {
    let locked = read(&root.join("Cargo.lock"))?;
    locked
        .into_iter()
        .find(|package| package.name == "snmalloc-sys" && package.checksum.is_some())
        .context("Cargo.lock has no snmalloc-sys from the registry")
}
