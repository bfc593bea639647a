// SPDX-License-Identifier: MIT
//! What is known of each target beyond its name: the one table.

use crate::Target;
pub use crate::image::{FAMILIES, Image, ZIG, image};

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub triple: &'static str,
    /// rustc's tier: 1 and 2 have a prebuilt standard library, 3 has none.
    pub tier: u8,
    /// Why snmalloc can't be built for it, where it can't.
    pub refused: Option<&'static str>,
    /// How far it has been tried.
    pub tried: Tried,
    /// The jobs of the pipelines that build or test it, by the names that
    /// `cargo xtask ci --list` tells.
    pub jobs: &'static [&'static str],
}

/// How far a target has been tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// CI builds it and runs the tests.
    Ci,
    /// CI links the example programs; nothing there runs them.
    CiLinks,
    /// The tests passed when they were run by hand, under an emulator.
    ByHand,
    /// Its toolchain is resolved and its plan is recorded in tests; nothing more.
    Planned,
}

impl Tried {
    /// The words for documents.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ci => "tested in CI",
            Self::CiLinks => "linked in CI",
            Self::ByHand => "tested by hand",
            Self::Planned => "not tried",
        }
    }
}

const fn tried(tried: Tried, tier: u8, triple: &'static str) -> Entry {
    Entry {
        triple,
        tier,
        refused: None,
        tried,
        jobs: &[],
    }
}

impl Entry {
    const fn by(mut self, jobs: &'static [&'static str]) -> Self {
        self.jobs = jobs;
        self
    }
}

const fn yes(tier: u8, triple: &'static str) -> Entry {
    tried(Tried::Planned, tier, triple)
}

const fn ci(tier: u8, triple: &'static str) -> Entry {
    tried(Tried::Ci, tier, triple)
}

const fn linked(tier: u8, triple: &'static str) -> Entry {
    tried(Tried::CiLinks, tier, triple)
}

const fn by_hand(tier: u8, triple: &'static str) -> Entry {
    tried(Tried::ByHand, tier, triple)
}

const fn no(tier: u8, triple: &'static str, why: &'static str) -> Entry {
    Entry {
        triple,
        tier,
        refused: Some(why),
        tried: Tried::Planned,
        jobs: &[],
    }
}

const WASM: &str = "WebAssembly has no virtual memory to reserve, and snmalloc has no layer for it";
const FUCHSIA: &str = "snmalloc has no platform layer for Fuchsia";
const SGX: &str = "an SGX enclave of this kind has no virtual memory to reserve";
/// Tested on Linux: under an emulator, and compared between the builders.
const CROSS: &[&str] = &["cross", "link", "parity"];
const REDOX: &str = "snmalloc has no platform layer for Redox";

/// Every target that rustc lists as tier 1 or 2 with a standard library, and
/// those of tier 3 that snmalloc has a platform layer for.
pub const ENTRIES: &[Entry] = &[
    linked(1, "aarch64-apple-darwin").by(&["link", "parity", "macos"]),
    yes(2, "aarch64-apple-ios").by(&["apple"]),
    yes(2, "aarch64-apple-ios-macabi").by(&["apple"]),
    yes(2, "aarch64-apple-ios-sim").by(&["apple"]),
    yes(2, "aarch64-apple-tvos").by(&["apple"]),
    yes(2, "aarch64-apple-tvos-sim").by(&["apple"]),
    yes(2, "aarch64-apple-visionos").by(&["apple"]),
    yes(2, "aarch64-apple-visionos-sim").by(&["apple"]),
    yes(2, "aarch64-apple-watchos").by(&["apple"]),
    yes(2, "aarch64-apple-watchos-sim").by(&["apple"]),
    yes(2, "aarch64-linux-android").by(&["android"]),
    yes(2, "aarch64-pc-windows-gnullvm").by(&["clangarm64"]),
    yes(1, "aarch64-pc-windows-msvc").by(&["windows-arm", "windows-arm-static"]),
    yes(3, "aarch64-unknown-freebsd"),
    no(2, "aarch64-unknown-fuchsia", FUCHSIA),
    ci(1, "aarch64-unknown-linux-gnu").by(&[
        "cross",
        "link",
        "parity",
        "linux-arm",
        "build-std",
        "containers",
        "by-cross",
    ]),
    ci(2, "aarch64-unknown-linux-musl").by(CROSS),
    yes(2, "aarch64-unknown-linux-ohos"),
    yes(3, "aarch64-unknown-netbsd"),
    yes(3, "aarch64-unknown-openbsd"),
    yes(2, "arm-linux-androideabi").by(&["android"]),
    yes(2, "arm-unknown-linux-gnueabi"),
    yes(2, "arm-unknown-linux-gnueabihf"),
    yes(2, "arm-unknown-linux-musleabi"),
    yes(2, "arm-unknown-linux-musleabihf"),
    yes(2, "arm64ec-pc-windows-msvc"),
    yes(2, "armv5te-unknown-linux-gnueabi"),
    by_hand(2, "armv5te-unknown-linux-musleabi").by(&["rare"]),
    yes(2, "armv7-linux-androideabi").by(&["android"]),
    yes(3, "armv7-unknown-freebsd"),
    by_hand(2, "armv7-unknown-linux-gnueabi").by(&["rare"]),
    ci(2, "armv7-unknown-linux-gnueabihf").by(CROSS),
    yes(2, "armv7-unknown-linux-musleabi"),
    yes(2, "armv7-unknown-linux-musleabihf"),
    yes(2, "armv7-unknown-linux-ohos"),
    yes(3, "armv7-unknown-netbsd-eabihf"),
    by_hand(2, "i586-unknown-linux-gnu").by(&["rare"]),
    yes(2, "i586-unknown-linux-musl"),
    yes(3, "i586-unknown-netbsd"),
    yes(2, "i686-linux-android").by(&["android"]),
    yes(2, "i686-pc-windows-gnu"),
    yes(2, "i686-pc-windows-gnullvm"),
    yes(1, "i686-pc-windows-msvc").by(&["windows", "windows-static"]),
    yes(2, "i686-unknown-freebsd"),
    yes(3, "i686-unknown-haiku"),
    ci(1, "i686-unknown-linux-gnu").by(CROSS),
    yes(2, "i686-unknown-linux-musl"),
    yes(3, "i686-unknown-netbsd"),
    yes(3, "i686-unknown-openbsd"),
    yes(3, "i686-win7-windows-gnu"),
    yes(3, "i686-win7-windows-msvc"),
    yes(2, "loongarch64-unknown-linux-gnu"),
    ci(2, "loongarch64-unknown-linux-musl").by(CROSS),
    yes(2, "powerpc-unknown-linux-gnu"),
    yes(3, "powerpc-unknown-netbsd"),
    yes(3, "powerpc-unknown-openbsd"),
    yes(3, "powerpc64-unknown-freebsd"),
    by_hand(2, "powerpc64-unknown-linux-gnu").by(&["rare"]),
    by_hand(2, "powerpc64-unknown-linux-musl").by(&["rare"]),
    yes(3, "powerpc64-unknown-openbsd"),
    yes(3, "powerpc64le-unknown-freebsd"),
    ci(2, "powerpc64le-unknown-linux-gnu").by(CROSS),
    yes(2, "powerpc64le-unknown-linux-musl"),
    by_hand(2, "riscv64a23-unknown-linux-gnu").by(&["rare"]),
    yes(3, "riscv64gc-unknown-freebsd"),
    ci(2, "riscv64gc-unknown-linux-gnu").by(&["cross", "link", "parity", "containers"]),
    by_hand(2, "riscv64gc-unknown-linux-musl").by(&["rare"]),
    yes(3, "riscv64gc-unknown-netbsd"),
    yes(3, "riscv64gc-unknown-openbsd"),
    ci(2, "s390x-unknown-linux-gnu").by(CROSS),
    yes(2, "sparc64-unknown-linux-gnu"),
    yes(3, "sparc64-unknown-netbsd"),
    yes(3, "sparc64-unknown-openbsd"),
    yes(2, "sparcv9-sun-solaris"),
    yes(2, "thumbv7neon-linux-androideabi").by(&["android"]),
    by_hand(2, "thumbv7neon-unknown-linux-gnueabihf").by(&["rare"]),
    no(2, "wasm32-unknown-emscripten", WASM),
    no(2, "wasm32-unknown-unknown", WASM),
    no(2, "wasm32-wasip1", WASM),
    no(2, "wasm32-wasip1-threads", WASM),
    no(2, "wasm32-wasip2", WASM),
    linked(2, "x86_64-apple-darwin").by(&["link", "parity", "macos-intel"]),
    yes(2, "x86_64-apple-ios").by(&["apple"]),
    yes(2, "x86_64-apple-ios-macabi").by(&["apple"]),
    no(2, "x86_64-fortanix-unknown-sgx", SGX),
    yes(2, "x86_64-linux-android").by(&["android", "android-emulator"]),
    yes(2, "x86_64-pc-solaris"),
    ci(1, "x86_64-pc-windows-gnu").by(&[
        "cross",
        "link",
        "parity",
        "containers",
        "mingw64",
        "ucrt64",
    ]),
    ci(2, "x86_64-pc-windows-gnullvm").by(&["cross", "link", "parity", "clang64"]),
    yes(1, "x86_64-pc-windows-msvc").by(&["windows", "windows-static"]),
    yes(3, "x86_64-unknown-dragonfly"),
    linked(2, "x86_64-unknown-freebsd").by(&["link", "parity", "freebsd"]),
    no(2, "x86_64-unknown-fuchsia", FUCHSIA),
    yes(3, "x86_64-unknown-haiku"),
    yes(2, "x86_64-unknown-illumos"),
    ci(1, "x86_64-unknown-linux-gnu").by(&["linux"]),
    yes(2, "x86_64-unknown-linux-gnuasan"),
    yes(2, "x86_64-unknown-linux-gnux32"),
    ci(2, "x86_64-unknown-linux-musl").by(&["cross", "link", "parity", "containers"]),
    yes(2, "x86_64-unknown-linux-ohos"),
    yes(2, "x86_64-unknown-netbsd").by(&["netbsd"]),
    yes(3, "x86_64-unknown-openbsd").by(&["openbsd"]),
    no(2, "x86_64-unknown-redox", REDOX),
    yes(3, "x86_64-win7-windows-gnu"),
    yes(3, "x86_64-win7-windows-msvc"),
];

/// What the C++ is compiled with, for documents: the first that a machine has.
pub fn built_with(target: &Target) -> Vec<&'static str> {
    let mut names = match (target.os.as_str(), target.env.as_str()) {
        ("windows", "msvc") => vec!["Visual Studio", "clang-cl with xwin"],
        ("windows", _) if target.abi == "llvm" => vec!["llvm-mingw", "MSYS2"],
        ("windows", _) => vec!["mingw-w64 GCC", "MSYS2"],
        ("android", _) => vec!["Android NDK"],
        ("linux", "ohos") => vec!["OpenHarmony SDK"],
        ("linux", "musl") => vec!["musl GCC", "clang with a sysroot"],
        ("linux", _) => vec!["GCC", "clang with a sysroot"],
        ("macos", _) => vec!["Xcode", "osxcross"],
        _ if target.is_apple() => vec!["Xcode"],
        _ => vec!["GCC", "clang", "clang with a sysroot"],
    };
    if crate::find::zig::knows(target) {
        names.push("zig");
    }
    names
}

/// The entry of that name.
pub fn entry(triple: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.triple == triple)
}

/// The prefix of GNU tools for `target`, as Debian spells it:
/// `aarch64-linux-gnu`, `arm-linux-gnueabihf`.
pub fn gnu_prefix(target: &Target) -> String {
    let cpu = match target.arch.as_str() {
        "arm" => "arm",
        "riscv64" => "riscv64",
        "x86" => "i686",
        _ => target.cpu(),
    };
    format!("{cpu}-{}-{}{}", target.os, target.env, target.abi_suffix())
}

/// The name of qemu's user-mode emulator for `target`; `None` where there is none.
pub fn qemu(target: &Target) -> Option<String> {
    if target.os != "linux" || target.abi == "x32" {
        return None;
    }
    let name = match target.arch.as_str() {
        "x86" => "i386",
        "powerpc" => "ppc",
        "powerpc64" if target.little_endian => "ppc64le",
        "powerpc64" => "ppc64",
        arch => arch,
    };
    Some(format!("qemu-{name}"))
}

#[cfg(test)]
mod tests;
