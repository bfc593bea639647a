//! Looks up a crate in the registry, through cargo: the user's mirrors, certificates and
//! settings apply.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use cargo_metadata::MetadataCommand;
use cargo_metadata::semver::Version;
use snmalloc_toolchains::Error;

use crate::release::lock;
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::scratch::Scratch;

/// The registry's answer.
pub enum Lookup {
    /// No version of the crate was ever published.
    NoCrate,
    /// No version meets the requirement, or all that do are yanked.
    NoVersion,
    Found(Published),
}

/// The newest version that meets the requirement.
pub struct Published {
    pub version: String,
    /// The SHA-256 of its `.crate`, in hex.
    pub sha256: String,
    name: String,
    /// The temporary package that depends on it.
    probe: Scratch,
}

impl Published {
    /// The directory that cargo unpacks it in. It belongs to cargo: nothing may be written
    /// there.
    pub fn source(&self) -> Result<PathBuf, Failure> {
        let metadata = MetadataCommand::new()
            .manifest_path(self.probe.path().join("Cargo.toml"))
            .other_options(["--locked".to_owned()])
            .exec()
            .map_err(|error| unreachable(&self.name, &error.to_string()))?;
        let mut packages = metadata.packages.iter();
        let found = packages.find(|package| {
            *package.name == self.name && package.version.to_string() == self.version
        });
        let manifest = found.map(|package| &package.manifest_path);
        let dir = manifest.and_then(|manifest| manifest.parent());
        Ok(dir.context("a package has a directory")?.into())
    }
}

/// Looks up the newest version of the crate `name` that meets `requirement`, in cargo's
/// default registry or the one with that name in its configuration.
///
/// # Errors
/// The registry gives no usable answer.
pub fn ask(
    name: &str,
    requirement: &str,
    registry: Option<&str>,
    context: &Context,
) -> Result<Lookup, Failure> {
    // Use a fresh directory each time: an existing lock file would decide the answer.
    let base = context.target_dir().join("asked");
    let probe = Scratch::new_in(&base)?;
    fs::write(
        probe.path().join("Cargo.toml"),
        manifest(name, requirement, registry),
    )?;
    fs::write(probe.path().join("lib.rs"), "")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .arg("generate-lockfile")
        .current_dir(probe.path())
        .env("CARGO_TERM_COLOR", "never")
        .output()
        .context("cargo can't be run")?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr);
        return absent(name, &output).ok_or_else(|| unreachable(name, &output).into());
    }
    let locked = lock::read(&probe.path().join("Cargo.lock"))?;
    // snmalloc-sys pins an older snmalloc-sys for its C++, which is locked too.
    let named = locked.into_iter().filter(|package| package.name == name);
    let found = named.max_by_key(|package| Version::parse(&package.version).ok());
    let found = found.with_context(|| format!("cargo locked no {name}"))?;
    Ok(Lookup::Found(Published {
        version: found.version,
        sha256: found.checksum.context("a registry provides checksums")?,
        name: found.name,
        probe,
    }))
}

/// The manifest of a workspace with one dependency, which is for no target: cargo resolves
/// and verifies it, but never compiles it.
fn manifest(name: &str, requirement: &str, registry: Option<&str>) -> String {
    let registry = registry.map_or(String::new(), |it| format!(", registry = \"{it}\""));
    format!(
        "[package]\nname = \"asked\"\nversion = \"0.0.0\"\nedition = \"2021\"\npublish = false\n\n\
         [lib]\npath = \"lib.rs\"\n\n[target.'cfg(any())'.dependencies]\n{name} = {{ version = \
         \"{requirement}\", default-features = false{registry} }}\n\n[workspace]\n"
    )
}

/// Finds in cargo's output that the crate or the version doesn't exist; none if the registry
/// has not reported that. Offline, cargo's output is about its cache.
fn absent(name: &str, output: &str) -> Option<Lookup> {
    if output.contains("offline mode") {
        return None;
    }
    // cargo prints both messages also for the crate's own dependencies: match the name.
    let versions = [
        format!("for the requirement `{name} = "),
        format!("no matching versions for `{name}` found"),
    ];
    let names = [
        format!("no matching package named `{name}` found"),
        format!("searched package name: `{name}`"),
    ];
    if versions.iter().any(|args| output.contains(args)) {
        Some(Lookup::NoVersion)
    } else if names.iter().any(|args| output.contains(args)) {
        Some(Lookup::NoCrate)
    } else {
        None
    }
}

fn unreachable(name: &str, output: &str) -> Error {
    Error::new(format!("the registry can't be asked for {name}"))
        .searched("cargo's registry, with cargo's settings")
        .output(output)
        .fix("run it again where the registry can be reached")
}

#[cfg(test)]
mod tests {
    use super::{Lookup, absent};

    #[test]
    fn cargo_errors_are_classified() {
        for (output, expected) in [
            (
                "error: no matching package named `a-b` found\nlocation searched: the index\n",
                "crate",
            ),
            (
                "error: no matching package found\nsearched package name: `a-b`\nperhaps you \
                 meant:      a_b\n",
                "crate",
            ),
            (
                "error: failed to select a version for the requirement `a-b = \"=0.9.9\"`\n\
                 candidate versions found which didn't match: 0.7.6, 0.7.5\n",
                "version",
            ),
            (
                "error: no matching versions for `a-b` found\n  version 0.9.9 is yanked\n",
                "version",
            ),
            // The message names a dependency: the crate exists, and something else failed.
            (
                "error: no matching package named `c` found\n",
                "unreachable",
            ),
            (
                "error: failed to get `a-b` as a dependency of package `asked v0.0.0`\n\n\
                 Caused by:\n  [7] Could not connect to server\n",
                "unreachable",
            ),
            (
                "error: no matching package named `a-b` found\nAs a reminder, you're using \
                 offline mode (--offline) which can sometimes cause surprising failures\n",
                "unreachable",
            ),
        ] {
            let outcome = match absent("a-b", output) {
                Some(Lookup::NoCrate) => "crate",
                Some(Lookup::NoVersion) => "version",
                Some(Lookup::Found(_)) | None => "unreachable",
            };
            assert_eq!(outcome, expected, "{output}");
        }
    }
}
