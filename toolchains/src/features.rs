// SPDX-License-Identifier: MIT
//! The crate's features. The build script, xtask and the table in snmalloc-rs's README use this
//! table.

mod table;

use crate::Target;
pub use table::FEATURES;

/// The targets on which a feature has an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// On every target.
    Everywhere,
    /// On Linux and Android only.
    Linux,
    /// On Windows only.
    Windows,
    /// On Android only.
    Android,
    /// On Linux with glibc or musl only.
    LinuxLibc,
}

impl Scope {
    /// Returns true if the feature has an effect on `target`.
    pub fn covers(self, target: &Target) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Linux => matches!(target.os.as_str(), "linux" | "android"),
            Self::Windows => target.os == "windows",
            Self::Android => target.os == "android",
            Self::LinuxLibc => {
                target.os == "linux" && matches!(target.env.as_str(), "gnu" | "musl")
            }
        }
    }

    /// The scope's text for messages and documentation.
    pub fn words(self) -> &'static str {
        match self {
            Self::Everywhere => "all",
            Self::Linux => "Linux, Android",
            Self::Windows => "Windows",
            Self::Android => "Android",
            Self::LinuxLibc => "Linux (glibc, musl)",
        }
    }
}

/// The cargo features of `snmalloc-rs` and `snmalloc-sys`, in the order of [`FEATURES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "FEATURES describes them")]
pub enum FeatureId {
    BuildCmake,
    BuildCc,
    UsewaitOnAddress,
    Debug,
    Check,
    Hardened,
    Valgrind,
    CheckLoads,
    NativeCpu,
    Qemu,
    LocalDynamicTls,
    Notls,
    Usecxx17,
    Win8compat,
    AndroidLld,
    AndroidSharedStd,
    Lto,
    Stats,
    LibcApi,
    Override,
    AllocatorApi2,
    Nightly,
    Tracing,
    Pageid,
    VendoredStl,
    GwpAsan,
    Fuzzing,
}

impl FeatureId {
    /// Its row in the table.
    pub fn feature(self) -> &'static Feature {
        &FEATURES[self as usize]
    }
}

/// One cargo feature of `snmalloc-rs` and `snmalloc-sys`.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Its index.
    pub id: FeatureId,
    /// Its name in `Cargo.toml`.
    pub name: &'static str,
    /// Its effect, in one line.
    pub summary: &'static str,
    /// Targets on which it has an effect.
    pub scope: Scope,
    /// It is on unless `default-features = false`.
    pub default: bool,
    /// Belongs to `snmalloc-rs` alone: the C++ doesn't depend on it.
    pub rust_only: bool,
}

/// A set of [`FEATURES`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(u32);

impl Features {
    /// The features that cargo set for a build script (`CARGO_FEATURE_*`).
    pub fn from_cargo(var: impl Fn(&str) -> Option<String>) -> Self {
        let mut set = Self::default();
        for feature in &FEATURES {
            let name = feature.name.to_uppercase().replace('-', "_");
            if var(&format!("CARGO_FEATURE_{name}")).is_some() {
                set.0 |= 1 << feature.id as u32;
            }
        }
        set
    }

    /// The features with these names.
    ///
    /// # Errors
    /// The first unknown name.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut set = Self::default();
        for name in names {
            let feature = FEATURES.iter().find(|feature| feature.name == name);
            let feature = feature.ok_or_else(|| name.to_owned())?;
            set.0 |= 1 << feature.id as u32;
        }
        Ok(set)
    }

    /// The features that are on by default.
    pub fn defaults() -> Self {
        let names = FEATURES.iter().filter(|f| f.default).map(|f| f.name);
        Self::from_names(names).unwrap_or_default()
    }

    /// Returns true if the feature is on.
    pub fn has(&self, id: FeatureId) -> bool {
        self.0 & (1 << id as u32) != 0
    }

    /// The features that are on, in table order.
    pub fn iter(&self) -> impl Iterator<Item = &'static Feature> + '_ {
        FEATURES.iter().filter(|feature| self.has(feature.id))
    }
}

#[cfg(test)]
mod tests;
