// SPDX-License-Identifier: MIT
//! The crate's features. The build script, xtask and the table in snmalloc-rs's README use this
//! table.

use crate::Target;

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
    /// Whether the feature has an effect on `target`.
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

/// One cargo feature of `snmalloc-rs` and `snmalloc-sys`.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
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

const fn feature(name: &'static str, scope: Scope, summary: &'static str) -> Feature {
    Feature {
        name,
        summary,
        scope,
        default: false,
        rust_only: false,
    }
}

const fn on(feature: Feature) -> Feature {
    Feature {
        default: true,
        ..feature
    }
}

const fn rust_only(feature: Feature) -> Feature {
    Feature {
        rust_only: true,
        ..feature
    }
}

/// Every feature, in the order of the documentation.
pub const FEATURES: [Feature; 25] = [
    on(feature(
        "build_cmake",
        Scope::Everywhere,
        "Build the C++ with CMake where CMake is installed, else with `cc`",
    )),
    feature(
        "build_cc",
        Scope::Everywhere,
        "Build the C++ with the `cc` crate; wins over `build_cmake`",
    ),
    on(feature(
        "usewait-on-address",
        Scope::Everywhere,
        "Waiting threads sleep in the kernel (futex, `WaitOnAddress`) instead of spinning; no effect on iOS and Apple's other devices",
    )),
    feature(
        "debug",
        Scope::Everywhere,
        "snmalloc's own assertions and debug symbols; slow, for finding bugs in snmalloc",
    ),
    feature(
        "check",
        Scope::Everywhere,
        "snmalloc's security mitigations: guarded metadata, randomised and verified free lists",
    ),
    feature(
        "check-loads",
        Scope::Everywhere,
        "`realloc` and `SnMalloc::copy_checked` check the bounds of the block they read from too",
    ),
    feature(
        "native-cpu",
        Scope::Everywhere,
        "Compile for the processor of the building machine; refused when it has another architecture than the target",
    ),
    feature(
        "qemu",
        Scope::Everywhere,
        "Zero memory by writing, not with `madvise`, and use larger chunks: for emulators that get `madvise` wrong",
    ),
    feature(
        "local_dynamic_tls",
        Scope::Everywhere,
        "Local-dynamic thread-local storage: for libraries that are loaded at run time (`dlopen`)",
    ),
    feature(
        "notls",
        Scope::Everywhere,
        "Never the static thread-local block (general-dynamic model): for plug-ins loaded where it is full",
    ),
    feature(
        "usecxx17",
        Scope::Everywhere,
        "Compile as C++17 even where the compiler knows C++20",
    ),
    feature(
        "win8compat",
        Scope::Windows,
        "Avoid APIs newer than Windows 8.1 (`VirtualAlloc2`, `WaitOnAddress`)",
    ),
    feature(
        "android-lld",
        Scope::Android,
        "Accepted, and true without it: the NDK's linker has been lld, and only lld, since r22",
    ),
    feature(
        "android-shared-std",
        Scope::Android,
        "Link `libc++_shared.so`, for apps whose other C++ shares it; without it no C++ library is linked at all",
    ),
    feature(
        "lto",
        Scope::Everywhere,
        "Compile to LLVM bitcode for cross-language LTO; needs clang",
    ),
    feature(
        "stats",
        Scope::Everywhere,
        "Count allocations and frees per size class: `SnMalloc::size_class_stats`",
    ),
    feature(
        "libc-api",
        Scope::Everywhere,
        "The C interface too: `sn_malloc`, `sn_free`, `sn_calloc`, `sn_realloc`, …",
    ),
    feature(
        "override",
        Scope::LinuxLibc,
        "C's own `malloc`, `free` and their like too, for the whole program: C libraries in it allocate from snmalloc; refused elsewhere",
    ),
    rust_only(feature(
        "allocator-api2",
        Scope::Everywhere,
        "`Allocator` of the crate `allocator-api2` 0.2, for collections that take an allocator on stable Rust",
    )),
    rust_only(feature(
        "nightly",
        Scope::Everywhere,
        "`core::alloc::Allocator`; needs nightly Rust",
    )),
    feature(
        "tracing",
        Scope::Everywhere,
        "Print what the allocator does, in great quantity, to standard error",
    ),
    feature(
        "pageid",
        Scope::Linux,
        "Name the allocator's mappings `[anon:snmalloc]` in `/proc/PID/maps`",
    ),
    feature(
        "vendored-stl",
        Scope::Everywhere,
        "Use snmalloc's own few C++ library parts instead of the system's headers",
    ),
    feature(
        "gwp-asan",
        Scope::Everywhere,
        "Sample allocations with GWP-ASan; needs `SNMALLOC_GWP_ASAN_INCLUDE_PATH` and `SNMALLOC_GWP_ASAN_LIBRARY_PATH`",
    ),
    feature(
        "fuzzing",
        Scope::Everywhere,
        "Instrument the allocator for coverage-guided fuzzing (`cargo fuzz`); needs clang",
    ),
];

/// A set of [`FEATURES`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(u32);

impl Features {
    /// The features that cargo set for a build script (`CARGO_FEATURE_*`).
    pub fn from_cargo(var: impl Fn(&str) -> Option<String>) -> Self {
        let mut set = Self::default();
        for (index, feature) in FEATURES.iter().enumerate() {
            let name = feature.name.to_uppercase().replace('-', "_");
            if var(&format!("CARGO_FEATURE_{name}")).is_some() {
                set.0 |= 1 << index;
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
            let index = FEATURES
                .iter()
                .position(|feature| feature.name == name)
                .ok_or_else(|| name.to_owned())?;
            set.0 |= 1 << index;
        }
        Ok(set)
    }

    /// The features that are on by default.
    pub fn defaults() -> Self {
        let names = FEATURES.iter().filter(|f| f.default).map(|f| f.name);
        Self::from_names(names).unwrap_or_default()
    }

    /// Whether the feature of that name is on.
    ///
    /// # Panics
    /// If there is no such feature, which is a bug in the caller.
    pub fn has(&self, name: &str) -> bool {
        let index = FEATURES.iter().position(|feature| feature.name == name);
        let index = index.unwrap_or_else(|| panic!("no feature is called {name}"));
        self.0 & (1 << index) != 0
    }

    /// The features that are on, in table order.
    pub fn iter(&self) -> impl Iterator<Item = &'static Feature> + '_ {
        let set = self.0;
        FEATURES
            .iter()
            .enumerate()
            .filter(move |(index, _)| set & (1 << index) != 0)
            .map(|(_, feature)| feature)
    }
}

#[cfg(test)]
mod tests;
