//! The published packages as data: their contents, and the files released with them.

pub mod contents;
pub mod lock;
pub mod make;
pub mod published;
pub mod sbom;
pub mod stage;
pub mod tag;
pub mod unpack;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use flate2::read::GzDecoder;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The published packages, each before those that depend on it.
pub const PUBLISHED: [&str; 3] = ["snmalloc-toolchains", "snmalloc-sys", "snmalloc-rs"];

/// A package, ready for the upload.
#[derive(Clone, Debug, Serialize)]
pub struct Crate {
    pub name: String,
    pub version: String,
    /// The `.crate` file.
    pub file: PathBuf,
    /// The file's SHA-256, in hex.
    pub sha256: String,
    /// The file's size.
    pub bytes: u64,
    /// The paths of its files, without the package's own directory; sorted.
    #[serde(skip)]
    pub contents: Vec<String>,
}

impl Crate {
    /// Reads the package that cargo made in `dir`.
    pub fn read(dir: &Path, name: &str, version: &str) -> Result<Self> {
        let file = dir.join(format!("{name}-{version}.crate"));
        let data = fs::read(&file).with_context(|| file.display().to_string())?;
        let mut contents = names(&data, &format!("{name}-{version}/"))
            .with_context(|| file.display().to_string())?;
        contents.sort();
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            sha256: sha256(&data),
            bytes: data.len() as u64,
            contents,
            file,
        })
    }

    /// Unpacks it below `dir`; returns the package's own directory.
    pub fn unpack(&self, dir: &Path) -> Result<PathBuf> {
        let data = fs::read(&self.file).with_context(|| self.file.display().to_string())?;
        extract(&data, dir).with_context(|| self.file.display().to_string())?;
        Ok(dir.join(format!("{}-{}", self.name, self.version)))
    }
}

/// Unpacks a `.crate` file into `dir`, and never writes elsewhere: tar skips paths with `..`, and
/// refuses those that lead through a link.
pub fn extract(data: &[u8], dir: &Path) -> Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(data));
    // Cargo gives every file the same old time. With it, a build of an earlier package would
    // count as up to date.
    archive.set_preserve_mtime(false);
    Ok(archive.unpack(dir)?)
}

/// The paths of a package's files, without `prefix`.
///
/// # Errors
/// The file is damaged, or holds anything but files below `prefix`.
pub fn names(data: &[u8], prefix: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in tar::Archive::new(GzDecoder::new(data)).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().replace('\\', "/");
        let name = path
            .strip_prefix(prefix)
            .filter(|name| name.split('/').all(|part| !["", ".", ".."].contains(&part)))
            .with_context(|| format!("{path} lies outside {prefix}"))?;
        if !entry.header().entry_type().is_file() {
            bail!("{path} is a link or a device");
        }
        names.push(name.to_owned());
        // Read to the end, to notice a damaged file.
        std::io::copy(&mut entry.by_ref(), &mut std::io::sink())?;
    }
    Ok(names)
}

/// The SHA-256 of `data`, in hex.
pub fn sha256(data: &[u8]) -> String {
    let digest = Sha256::digest(data);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
