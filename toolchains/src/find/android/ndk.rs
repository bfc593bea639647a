// SPDX-License-Identifier: MIT
//! Finds the NDK and its revision.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Error, Machine, Need, Target, install_command, vars};

/// The NDK's own variables, first wins.
const VARIABLES: [&str; 5] = [
    "ANDROID_NDK",
    "ANDROID_NDK_HOME",
    "ANDROID_NDK_ROOT",
    "ANDROID_NDK_PATH",
    "NDK_HOME",
];

/// The SDK's variables; an SDK may contain several NDKs.
const SDK_VARIABLES: [&str; 2] = ["ANDROID_HOME", "ANDROID_SDK_ROOT"];

/// The first without GNU binutils and with the same layout on all hosts, on which this search
/// relies.
const OLDEST: u32 = 23;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Revision {
    major: u32,
    minor: u32,
    build: u32,
}

impl Revision {
    /// Parses `26.1.10909125` and `27.0.11718014-beta1`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split(['.', '-']);
        let mut number = || parts.next()?.parse().ok();
        Some(Self {
            major: number()?,
            minor: number().unwrap_or(0),
            build: number().unwrap_or(0),
        })
    }
}

impl fmt::Display for Revision {
    /// Formats as releases are named: `r26`, `r26b`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.major)?;
        match u8::try_from(self.minor) {
            Ok(minor @ 1..=25) => write!(f, "{}", char::from(b'a' + minor)),
            _ => Ok(()),
        }
    }
}

/// One NDK.
pub(super) struct Ndk {
    pub root: PathBuf,
    pub revision: Revision,
    /// Notes for the user on the choice.
    pub notes: Vec<String>,
}

impl Ndk {
    /// The NDK at `root`.
    fn at(root: &Path, machine: &dyn Machine) -> Result<Self, String> {
        let file = root.join("source.properties");
        if !machine.is_file(&file) {
            return Err(format!("{} (not there)", file.display()));
        }
        let text = machine.read(&file).unwrap_or_default();
        let revision = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(key, _)| key.trim() == "Pkg.Revision")
            .and_then(|(_, value)| Revision::parse(value))
            .ok_or_else(|| format!("{} (it tells no Pkg.Revision)", file.display()))?;
        if revision.major < OLDEST {
            return Err(format!(
                "{} (it is {revision}; r{OLDEST} is the oldest that will do)",
                root.display()
            ));
        }
        Ok(Self {
            root: root.to_owned(),
            revision,
            notes: Vec::new(),
        })
    }

    pub fn describe(&self) -> String {
        format!("{} in {}", self.revision, self.root.display())
    }

    /// The directory of the programs for this machine.
    pub fn prebuilt(
        &self,
        machine: &dyn Machine,
        notes: &mut Vec<String>,
    ) -> Result<PathBuf, Error> {
        let all = self.root.join("toolchains/llvm/prebuilt");
        let system = match machine.os() {
            "macos" => "darwin",
            os => os,
        };
        let there = machine.list(&all);
        // Google's are for x86_64 only (on macOS for both architectures, under that name); others
        // build them for more.
        let arch = match machine.arch() {
            "aarch64" => ["aarch64", "arm64"],
            arch => [arch, arch],
        };
        let own = arch.iter().map(|arch| format!("{system}-{arch}"));
        for name in own.chain([format!("{system}-x86_64")]) {
            if there.contains(&name) {
                if name == "linux-x86_64" && machine.arch() != "x86_64" {
                    notes.push(format!(
                        "the programs of the NDK {} are for x86_64, and this machine is {}",
                        self.describe(),
                        machine.arch()
                    ));
                }
                return Ok(all.join(name));
            }
        }
        let place = if there.is_empty() {
            "nothing".to_owned()
        } else {
            there.join(", ")
        };
        Err(Error::new(format!(
            "the NDK {} has no programs for this machine ({system}-x86_64)",
            self.describe()
        ))
        .searched(format!("{} ({place} there)", all.display()))
        .fix(install(machine)))
    }
}

/// The NDK that the variables name, else the newest in an SDK.
pub(super) fn find(target: &Target, machine: &dyn Machine) -> Result<Ndk, Error> {
    let set = |bases: &[&str]| -> Vec<(String, PathBuf)> {
        bases
            .iter()
            .filter_map(|base| vars::lookup(machine, base, target, true))
            .map(|(variable, value)| (variable, PathBuf::from(value)))
            .collect()
    };
    let named = set(&VARIABLES);
    if let Some((variable, root)) = named.first() {
        let mut ndk = Ndk::at(root, machine).map_err(|place| {
            Error::new(format!(
                "{variable} is `{}`, which is no NDK that can be used",
                root.display()
            ))
            .searched(place)
            .fix(format!("set {variable} to an NDK, or unset it"))
            .fix(install(machine))
        })?;
        ndk.notes = disagreements(variable, &ndk, &named[1..], machine);
        return Ok(ndk);
    }
    let mut sdks = set(&SDK_VARIABLES);
    let mut searched = vec![format!("{} (not set)", VARIABLES.join(", "))];
    if sdks.is_empty() {
        searched.push(format!("{} (not set)", SDK_VARIABLES.join(", ")));
    }
    let named = sdks.len();
    sdks.extend(default_sdk(machine));
    for (name, sdk) in &sdks {
        let dir = sdk.join("ndk");
        let mut ndks = Vec::new();
        let versions = machine.list(&dir);
        for version in &versions {
            match Ndk::at(&dir.join(version), machine) {
                Ok(ndk) => ndks.push(ndk),
                Err(place) => searched.push(place),
            }
        }
        if let Some(mut ndk) = ndks.into_iter().max_by_key(|ndk| ndk.revision) {
            ndk.notes = other_sdks((name, sdk), &ndk, &sdks[..named]);
            return Ok(ndk);
        }
        if versions.is_empty() {
            searched.push(format!("{name}: {} (not there)", dir.display()));
        }
    }
    let missing = Error::new(format!("no Android NDK for {}", target.triple));
    let missing = searched.into_iter().fold(missing, Error::searched);
    Err(missing
        .fix(install(machine))
        .fix("set ANDROID_NDK to one that is unpacked elsewhere"))
}

/// Notes about other variables that name another NDK.
fn disagreements(
    winner: &str,
    ndk: &Ndk,
    others: &[(String, PathBuf)],
    machine: &dyn Machine,
) -> Vec<String> {
    others
        .iter()
        .filter(|(_, root)| *root != ndk.root)
        .filter_map(|(variable, root)| {
            let what = match Ndk::at(root, machine) {
                // A copy, or a link to it.
                Ok(other) if other.revision == ndk.revision => return None,
                Ok(other) => other.describe(),
                Err(place) => place,
            };
            Some(format!(
                "the NDK is {}, which {winner} names; {variable} names another: {what}",
                ndk.describe()
            ))
        })
        .collect()
}

/// Notes about variables that name another SDK than the one in use.
fn other_sdks(
    (winner, taken): (&str, &Path),
    ndk: &Ndk,
    named: &[(String, PathBuf)],
) -> Vec<String> {
    named
        .iter()
        .filter(|(_, sdk)| sdk != taken)
        .map(|(variable, sdk)| {
            format!(
                "the NDK is {}, of {winner}; {variable} names another SDK, {}",
                ndk.describe(),
                sdk.display()
            )
        })
        .collect()
}

/// Android Studio's default path of the SDK.
pub fn default_sdk(machine: &dyn Machine) -> Option<(String, PathBuf)> {
    let (variable, dir) = match machine.os() {
        "macos" => ("HOME", "Library/Android/sdk"),
        "windows" => ("LOCALAPPDATA", "Android/Sdk"),
        _ => ("HOME", "Android/Sdk"),
    };
    let base = machine.var(variable)?;
    Some(("the default SDK".to_owned(), PathBuf::from(base).join(dir)))
}

fn install(machine: &dyn Machine) -> String {
    install_command(machine, &Need::AndroidNdk).unwrap_or_default()
}
