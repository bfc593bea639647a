// SPDX-License-Identifier: MIT
//! Finds snmalloc's C++ source: a variable, this package, the package `snmalloc-sys` 0.7.6 next to
//! it (the layout of `cargo vendor`), or cargo's registry.

mod fits;
mod registry;

use std::path::{Path, PathBuf};

use snmalloc_toolchains::{Error, Machine, Target, vars};

/// A file that identifies a source tree.
const WITNESS: &str = "src/snmalloc/snmalloc.h";
/// The package that contains the source; Cargo.toml lists it as a dependency for no target.
const NAME: &str = "snmalloc-sys";
const VERSION: &str = "0.7.6";
const CHECKSUM: &str = "f09c93c55f9a2b8dab75738a83c771231c5f408af65b8657433fe5bc93cc76cb";

/// A tree of snmalloc's source.
pub struct Source {
    /// The root; headers are below `src/`.
    pub dir: PathBuf,
    /// Version of the package that the source is from, or `unknown`.
    pub version: String,
}

/// Finds the source.
///
/// # Errors
/// Every path that was searched, with the reason why it was rejected.
pub fn find(
    package: &Path,
    target: &Target,
    host: &str,
    machine: &dyn Machine,
    out_dir: &Path,
) -> Result<Source, Error> {
    let crossing = target.triple != host;
    if let Some((variable, dir)) = vars::lookup(machine, "SNMALLOC_SOURCE_DIR", target, crossing) {
        return named(&variable, &dir, machine);
    }
    let vendored = package.join("upstream");
    if machine.is_file(&vendored.join(WITNESS)) {
        let version = machine.read(&vendored.join("VERSION"));
        return Ok(Source {
            dir: vendored,
            version: version.map_or("unknown".to_owned(), |v| v.trim().to_owned()),
        });
    }
    let missing = Error::new("snmalloc's C++ source was not found")
        .searched("SNMALLOC_SOURCE_DIR (not set)")
        .searched(format!("{} (not there)", vendored.display()));
    let dir = match sibling(package, machine) {
        Ok(Some(dir)) => dir,
        Ok(None) => {
            let missing =
                missing.searched(format!("{NAME}-{VERSION} next to {}", package.display()));
            registry::find(machine, out_dir).map_err(|said| fixes(missing).output(&said))?
        }
        Err(wrong) => return Err(fixes(missing.searched(wrong))),
    };
    let dir = dir.join("upstream");
    if !machine.is_file(&dir.join(WITNESS)) {
        return Err(Error::new(format!(
            "{} holds no snmalloc source",
            dir.display()
        )));
    }
    Ok(Source {
        dir,
        version: VERSION.to_owned(),
    })
}

fn fixes(missing: Error) -> Error {
    missing
        .searched(format!("the package {NAME} {VERSION}, by `cargo metadata`"))
        .fix("cargo fetch (with network), then build again")
        .fix("cargo vendor (with network), which brings the package along")
        .fix(format!(
            "set SNMALLOC_SOURCE_DIR to `upstream` in the unpacked {NAME} {VERSION}"
        ))
}

/// The tree in the directory that a variable names.
fn named(variable: &str, dir: &str, machine: &dyn Machine) -> Result<Source, Error> {
    // The compiler may run in another directory than this script.
    let dir = std::path::absolute(dir).unwrap_or_else(|_| PathBuf::from(dir));
    if !machine.is_file(&dir.join(WITNESS)) {
        return Err(Error::new(format!(
            "{variable} is `{}`, which isn't a snmalloc source tree",
            dir.display()
        ))
        .searched(format!("{} (not there)", dir.join(WITNESS).display()))
        .fix("set it to the root of a snmalloc checkout, or unset it"));
    }
    fits::check(variable, &dir, machine)?;
    Ok(Source {
        dir,
        version: "unknown".to_owned(),
    })
}

/// The package in a directory next to this one. `cargo vendor` and other tools put it there; any
/// name that ends in the package's name is accepted.
///
/// # Errors
/// The package has another checksum than expected.
fn sibling(package: &Path, machine: &dyn Machine) -> Result<Option<PathBuf>, String> {
    let Some(parent) = package.parent() else {
        return Ok(None);
    };
    let full = format!("{NAME}-{VERSION}");
    let names = machine.list(parent);
    let candidates = names
        .iter()
        .filter(|name| **name == NAME || name.ends_with(&full))
        .map(|name| parent.join(name));
    for dir in candidates.filter(|dir| dir != package) {
        let manifest = machine.read(&dir.join("Cargo.toml")).unwrap_or_default();
        let is_it = [
            format!("name = \"{NAME}\""),
            format!("version = \"{VERSION}\""),
        ]
        .iter()
        .all(|line| manifest.lines().any(|other| other.trim() == line));
        if !is_it {
            continue;
        }
        let file = dir.join(".cargo-checksum.json");
        let checksums = machine.read(&file).unwrap_or_default();
        let named = checksums
            .split_once("\"package\":")
            .and_then(|(_, rest)| rest.split('"').nth(1));
        if named.is_some_and(|checksum| checksum != CHECKSUM) {
            return Err(format!(
                "{} (the package's checksum isn't {CHECKSUM})",
                file.display()
            ));
        }
        return Ok(Some(dir));
    }
    Ok(None)
}
