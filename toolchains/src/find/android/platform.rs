// SPDX-License-Identifier: MIT
//! The minimum version of Android for the code: `ANDROID_PLATFORM`, within the limits of the NDK
//! and of Rust's std.

use std::path::Path;

use super::Abi;
use super::ndk::Ndk;
use crate::{Error, Machine, Target, vars};

const VARIABLE: &str = "ANDROID_PLATFORM";

/// The variable that requests a version, and its value.
pub(super) fn wanted(target: &Target, machine: &dyn Machine) -> Option<(String, String)> {
    vars::lookup(machine, VARIABLE, target, true)
}

/// Parses `24` and `android-24`.
pub(super) fn number(value: &str) -> Option<u32> {
    value.strip_prefix("android-").unwrap_or(value).parse().ok()
}

/// The NDK's compilers for Windows are scripts of its shell.
pub(super) fn script_suffix(machine: &dyn Machine) -> &'static str {
    if machine.os() == "windows" {
        ".cmd"
    } else {
        ""
    }
}

pub(super) fn choose(
    ndk: &Ndk,
    prebuilt: &Path,
    abi: &Abi,
    target: &Target,
    machine: &dyn Machine,
    notes: &mut Vec<String>,
) -> Result<u32, Error> {
    let json = machine.read(&ndk.root.join("meta/platforms.json"));
    let listed = |key: &str| json.as_deref().and_then(|text| json_number(text, key));
    let bin = prebuilt.join("bin");
    let has = levels(&machine.list(&bin), abi, script_suffix(machine));
    let usable: Vec<u32> = has
        .iter()
        .copied()
        .filter(|level| *level >= abi.oldest.max(listed("min").unwrap_or(0)))
        .filter(|level| *level <= listed("max").unwrap_or(u32::MAX))
        .collect();
    let (Some(lowest), Some(highest)) = (usable.first().copied(), usable.last().copied()) else {
        return Err(Error::new(format!(
            "the NDK {} has no C++ compiler for {} that Rust can use",
            ndk.describe(),
            target.triple
        ))
        .searched(format!(
            "{}, for {}{}-clang++{} and newer",
            bin.display(),
            abi.compiler,
            abi.oldest,
            script_suffix(machine)
        ))
        .fix("install a newer NDK, or this one again"));
    };
    let Some((variable, value)) = wanted(target, machine) else {
        return Ok(lowest);
    };
    if value == "latest" {
        return Ok(highest);
    }
    // The NDK lists names such as `Tiramisu`; `listed` looks them up.
    let Some(level) = number(&value).or_else(|| listed(&value)) else {
        return Err(Error::new(format!(
            "{variable} is `{value}`; it can be a number (`24`, `android-24`) or `latest`"
        ))
        .fix(format!("unset {variable}, which means {lowest}")));
    };
    if level < lowest || level > highest {
        let bound = if level < abi.oldest {
            format!("Rust's std needs {} at least", abi.oldest)
        } else {
            format!("the NDK {} has {lowest} to {highest}", ndk.describe())
        };
        return Err(Error::new(format!("{variable} is `{value}`, but {bound}"))
            .fix(format!("unset {variable}, which means {lowest}")));
    }
    let nearest = usable
        .into_iter()
        .filter(|known| *known <= level)
        .max()
        .unwrap_or(lowest);
    if nearest != level {
        // Some versions added nothing to the NDK (25 has the libraries of 24).
        notes.push(format!(
            "{variable} is `{value}`; the NDK has no such version, so {nearest} is used"
        ));
    }
    Ok(nearest)
}

/// The versions in the names of the NDK's `bin`, sorted.
fn levels(names: &[String], abi: &Abi, suffix: &str) -> Vec<u32> {
    let end = format!("-clang++{suffix}");
    let mut levels: Vec<u32> = names
        .iter()
        .filter_map(|name| name.strip_prefix(abi.compiler)?.strip_suffix(&end))
        .filter_map(|level| level.parse().ok())
        .collect();
    levels.sort_unstable();
    levels
}

/// The number after a key: sufficient for a file with unique keys.
fn json_number(text: &str, key: &str) -> Option<u32> {
    let (_, rest) = text.split_once(&format!("\"{key}\""))?;
    let digits = rest.trim_start().strip_prefix(':')?.trim_start();
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}
