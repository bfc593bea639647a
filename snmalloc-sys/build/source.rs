// SPDX-License-Identifier: MIT
//! Where snmalloc's C++ source is: a variable, this package, or the locked
//! registry package, in that order.

use std::path::{Path, PathBuf};
use std::process::Command;

use snmalloc_toolchains::{Machine, Missing, Target, vars};

/// The file by which a source tree is known.
const WITNESS: &str = "src/snmalloc/snmalloc.h";

/// A tree of snmalloc's source.
pub struct Source {
    /// Its root; headers are below `src/`.
    pub dir: PathBuf,
    /// The version of the package it came in, or `unknown`.
    pub version: String,
    /// The files that decide which source it is.
    pub pinned_by: Vec<PathBuf>,
}

/// Finds the source.
///
/// # Errors
/// Every place that was looked at, with what was wrong there.
pub fn find(
    package: &Path,
    target: &Target,
    host: &str,
    machine: &dyn Machine,
    out_dir: &Path,
) -> Result<Source, Missing> {
    let crossing = target.triple != host;
    if let Some((variable, dir)) = vars::lookup(machine, "SNMALLOC_SOURCE_DIR", target, crossing) {
        // The compiler may run in another directory than this script.
        let dir = std::path::absolute(&dir).unwrap_or_else(|_| PathBuf::from(dir));
        if machine.is_file(&dir.join(WITNESS)) {
            return Ok(Source {
                dir,
                version: "unknown".to_owned(),
                pinned_by: Vec::new(),
            });
        }
        return Err(Missing::new(format!(
            "{variable} is `{}`, which isn't a snmalloc source tree",
            dir.display()
        ))
        .looked(format!("{} (not there)", dir.join(WITNESS).display()))
        .fix("set it to the root of a snmalloc checkout, or unset it"));
    }
    let vendored = package.join("upstream");
    if machine.is_file(&vendored.join(WITNESS)) {
        let version = machine.read(&vendored.join("VERSION"));
        return Ok(Source {
            dir: vendored,
            version: version.map_or("unknown".to_owned(), |v| v.trim().to_owned()),
            pinned_by: Vec::new(),
        });
    }
    let manifest = package.join("source").join("Cargo.toml");
    let missing = Missing::new("snmalloc's C++ source was not found")
        .looked("SNMALLOC_SOURCE_DIR (not set)")
        .looked(format!("{} (not there)", vendored.display()));
    let fixes = |missing: Missing| {
        missing
            .fix("cargo xtask vendor (in a clone of the repository, with network)")
            .fix("set SNMALLOC_SOURCE_DIR to a snmalloc checkout")
    };
    if !machine.is_file(&manifest) {
        return Err(fixes(
            missing.looked(format!("{} (not there)", manifest.display())),
        ));
    }
    locked(machine, &manifest, out_dir).map_err(|said| {
        let place = format!("the package locked by {}", manifest.display());
        fixes(missing.looked(place).said(&said))
    })
}

/// Asks cargo where the locked package lies; cargo verifies its checksum.
fn locked(machine: &dyn Machine, manifest: &Path, out_dir: &Path) -> Result<Source, String> {
    // Without the network first: a package that is there costs no round trip.
    let offline = metadata(manifest, out_dir, true);
    let told_offline = machine
        .var("CARGO_NET_OFFLINE")
        .is_some_and(|value| value == "true");
    let answer = match offline {
        Err(said) if told_offline => Err(said),
        Err(_) => metadata(manifest, out_dir, false),
        answer => answer,
    }?;
    let dir = package_dir(&answer, manifest)
        .ok_or("`cargo metadata` names no package but its own")?
        .join("upstream");
    if !machine.is_file(&dir.join(WITNESS)) {
        return Err(format!("{} holds no snmalloc source", dir.display()));
    }
    Ok(Source {
        version: dir
            .parent()
            .and_then(|package| machine.read(&package.join("Cargo.toml")))
            .and_then(|manifest| version_in(&manifest))
            .unwrap_or_else(|| "unknown".to_owned()),
        pinned_by: vec![manifest.to_owned(), manifest.with_file_name("Cargo.lock")],
        dir,
    })
}

fn metadata(manifest: &Path, out_dir: &Path, offline: bool) -> Result<String, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--locked", "--format-version", "1", "--quiet"])
        .args(offline.then_some("--offline"))
        .arg("--manifest-path")
        .arg(manifest)
        // The user's own `.cargo/config.toml` (mirrors, proxies) is found from here.
        .current_dir(out_dir)
        .output()
        .map_err(|error| format!("cargo can't be run: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The directory of the only package in cargo's answer whose manifest isn't `manifest`.
fn package_dir(metadata: &str, manifest: &Path) -> Option<PathBuf> {
    let own = manifest.file_name()?;
    let source = manifest.parent()?.file_name()?;
    metadata
        .split("\"manifest_path\":\"")
        .skip(1)
        .map(|rest| PathBuf::from(json_string(rest)))
        .find(|path| {
            path.file_name() == Some(own) && path.parent().and_then(Path::file_name) != Some(source)
        })?
        .parent()
        .map(Path::to_path_buf)
}

/// A JSON string, from after its opening quote to its closing one.
fn json_string(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('u') => {
                    let code: String = chars.by_ref().take(4).collect();
                    out.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                }
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => break,
            },
            c => out.push(c),
        }
    }
    out
}

fn version_in(manifest: &str) -> Option<String> {
    let line = manifest.lines().find(|l| l.starts_with("version = "))?;
    Some(line.split('"').nth(1)?.to_owned())
}
