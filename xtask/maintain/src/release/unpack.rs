//! Unpacks the packages as users get them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::release::Crate;

/// The unpacked packages as one workspace. Of the tree, it has only the versions in `lock`.
pub fn workspace(packages: &[Crate], dir: &Path, lock: &Path) -> Result<()> {
    fs::create_dir_all(dir)?;
    let mut members = String::new();
    let mut patches = String::new();
    for package in packages {
        let dir = package.unpack(dir)?;
        let dir = dir
            .file_name()
            .context("a directory has a name")?
            .to_string_lossy();
        let _ = write!(members, "\"{dir}\", ");
        let _ = writeln!(patches, "{} = {{ path = \"{dir}\" }}", package.name);
    }
    fs::write(
        dir.join("Cargo.toml"),
        format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n[patch.crates-io]\n{patches}"
        ),
    )?;
    fs::copy(lock, dir.join("Cargo.lock"))?;
    Ok(())
}
