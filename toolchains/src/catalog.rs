// SPDX-License-Identifier: MIT
//! The table of targets: everything known about a target beyond its name.

#[cfg(feature = "full")]
mod next;

#[cfg(feature = "full")]
pub use crate::image::{FAMILIES, Image, ZIG, image};
use crate::{Rung, Target};
#[cfg(feature = "full")]
pub use next::{one_rung_up, system};

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The target triple.
    pub triple: &'static str,
    /// rustc's tier: 1 and 2 have a prebuilt standard library, 3 has none.
    pub tier: u8,
    /// Why snmalloc can't be built for it; `None` if it can.
    pub refused: Option<&'static str>,
    /// The highest rung reached in CI's last run.
    pub rung: Rung,
    /// Why it hasn't reached a higher rung, if the reason is specific to this target.
    pub note: Option<&'static str>,
    /// The CI jobs that build or test it, by the names that `cargo xtask ci --list` prints.
    pub jobs: &'static [&'static str],
}

const fn entry_on(rung: Rung, tier: u8, triple: &'static str) -> Entry {
    Entry {
        triple,
        tier,
        refused: None,
        rung,
        note: None,
        jobs: &[],
    }
}

impl Entry {
    const fn by(mut self, jobs: &'static [&'static str]) -> Self {
        self.jobs = jobs;
        self
    }

    const fn note(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }
}

const fn refused(tier: u8, triple: &'static str, why: &'static str) -> Entry {
    let mut entry = entry_on(Rung::Refused, tier, triple);
    entry.refused = Some(why);
    entry
}

const fn planned(tier: u8, triple: &'static str) -> Entry {
    entry_on(Rung::Planned, tier, triple)
}

const fn compiled(tier: u8, triple: &'static str) -> Entry {
    entry_on(Rung::Compiled, tier, triple)
}

const fn linked(tier: u8, triple: &'static str) -> Entry {
    entry_on(Rung::Linked, tier, triple)
}

const fn tested(tier: u8, triple: &'static str) -> Entry {
    entry_on(Rung::Tested, tier, triple)
}

const WASM: &str = "WebAssembly has no virtual memory to reserve, and snmalloc has no layer for it";
const FUCHSIA: &str = "snmalloc has no platform layer for Fuchsia";
const SGX: &str = "an SGX enclave of this kind has no virtual memory to reserve";
/// Tested on Linux: run under an emulator, and compared between the builders.
const CROSS: &[&str] = &["cross", "link", "parity"];
const SPARC64: &str = "a clang that does not crash on it, as zig 0.17.1's does";
/// Tested under an emulator only: the tests link their own programs.
const EMULATED: &[&str] = &["cross"];
/// Tested in an image: Debian's 32-bit Wine is a package of another architecture.
const WINE32: &[&str] = &["wine32"];
const REDOX: &str = "snmalloc has no platform layer for Redox";

/// Every target that rustc lists as tier 1 or 2 with a standard library, and tier 3 targets for
/// which snmalloc has a platform layer.
pub const ENTRIES: &[Entry] = &[
    linked(1, "aarch64-apple-darwin").by(&["link", "parity", "macos"]),
    compiled(2, "aarch64-apple-ios").by(&["apple"]),
    compiled(2, "aarch64-apple-ios-macabi").by(&["apple"]),
    compiled(2, "aarch64-apple-ios-sim").by(&["apple"]),
    compiled(2, "aarch64-apple-tvos").by(&["apple"]),
    compiled(2, "aarch64-apple-tvos-sim").by(&["apple"]),
    compiled(2, "aarch64-apple-visionos").by(&["apple"]),
    compiled(2, "aarch64-apple-visionos-sim").by(&["apple"]),
    compiled(2, "aarch64-apple-watchos").by(&["apple"]),
    compiled(2, "aarch64-apple-watchos-sim").by(&["apple"]),
    compiled(2, "aarch64-linux-android").by(&["android"]),
    linked(2, "aarch64-pc-windows-gnullvm").by(&["link", "clangarm64"]),
    planned(1, "aarch64-pc-windows-msvc").by(&["windows-arm", "windows-arm-static"]),
    linked(3, "aarch64-unknown-freebsd").by(&["link"]),
    refused(2, "aarch64-unknown-fuchsia", FUCHSIA),
    tested(1, "aarch64-unknown-linux-gnu").by(&[
        "cross",
        "link",
        "parity",
        "linux-arm",
        "build-std",
        "containers",
        "by-cross",
    ]),
    tested(2, "aarch64-unknown-linux-musl").by(CROSS),
    compiled(2, "aarch64-unknown-linux-ohos"),
    linked(3, "aarch64-unknown-netbsd").by(&["link"]),
    linked(3, "aarch64-unknown-openbsd").by(&["link"]),
    compiled(2, "arm-linux-androideabi").by(&["android"]),
    tested(2, "arm-unknown-linux-gnueabi").by(EMULATED),
    tested(2, "arm-unknown-linux-gnueabihf").by(EMULATED),
    tested(2, "arm-unknown-linux-musleabi").by(EMULATED),
    tested(2, "arm-unknown-linux-musleabihf").by(EMULATED),
    planned(2, "arm64ec-pc-windows-msvc"),
    tested(2, "armv5te-unknown-linux-gnueabi").by(EMULATED),
    tested(2, "armv5te-unknown-linux-musleabi").by(EMULATED),
    compiled(2, "armv7-linux-androideabi").by(&["android"]),
    linked(3, "armv7-unknown-freebsd").by(&["link"]),
    tested(2, "armv7-unknown-linux-gnueabi").by(EMULATED),
    tested(2, "armv7-unknown-linux-gnueabihf").by(CROSS),
    tested(2, "armv7-unknown-linux-musleabi").by(EMULATED),
    tested(2, "armv7-unknown-linux-musleabihf").by(EMULATED),
    compiled(2, "armv7-unknown-linux-ohos"),
    linked(3, "armv7-unknown-netbsd-eabihf").by(&["link"]),
    tested(2, "i586-unknown-linux-gnu").by(EMULATED),
    tested(2, "i586-unknown-linux-musl").by(EMULATED),
    linked(3, "i586-unknown-netbsd").by(&["link"]),
    compiled(2, "i686-linux-android").by(&["android"]),
    tested(2, "i686-pc-windows-gnu").by(WINE32),
    tested(2, "i686-pc-windows-gnullvm").by(WINE32),
    planned(1, "i686-pc-windows-msvc").by(&["windows", "windows-static"]),
    linked(2, "i686-unknown-freebsd").by(&["link"]),
    planned(3, "i686-unknown-haiku"),
    tested(1, "i686-unknown-linux-gnu").by(CROSS),
    tested(2, "i686-unknown-linux-musl").by(EMULATED),
    linked(3, "i686-unknown-netbsd").by(&["link"]),
    linked(3, "i686-unknown-openbsd").by(&["link"]),
    linked(3, "i686-win7-windows-gnu").by(&["link"]),
    planned(3, "i686-win7-windows-msvc"),
    linked(2, "loongarch64-unknown-linux-gnu").by(&["link"]),
    tested(2, "loongarch64-unknown-linux-musl").by(CROSS),
    tested(2, "powerpc-unknown-linux-gnu").by(EMULATED),
    compiled(3, "powerpc-unknown-netbsd")
        .note("a linker for NetBSD: zig's does not resolve a symbol of NetBSD's start file"),
    linked(3, "powerpc-unknown-openbsd").by(&["link"]),
    linked(3, "powerpc64-unknown-freebsd").by(&["link"]),
    tested(2, "powerpc64-unknown-linux-gnu").by(EMULATED),
    tested(2, "powerpc64-unknown-linux-musl").by(EMULATED),
    linked(3, "powerpc64-unknown-openbsd").by(&["link"]),
    linked(3, "powerpc64le-unknown-freebsd").by(&["link"]),
    tested(2, "powerpc64le-unknown-linux-gnu").by(CROSS),
    tested(2, "powerpc64le-unknown-linux-musl").by(EMULATED),
    tested(2, "riscv64a23-unknown-linux-gnu").by(EMULATED),
    linked(3, "riscv64gc-unknown-freebsd").by(&["link"]),
    tested(2, "riscv64gc-unknown-linux-gnu").by(&["cross", "link", "parity", "containers"]),
    tested(2, "riscv64gc-unknown-linux-musl").by(EMULATED),
    linked(3, "riscv64gc-unknown-netbsd").by(&["link"]),
    linked(3, "riscv64gc-unknown-openbsd").by(&["link"]),
    tested(2, "s390x-unknown-linux-gnu").by(CROSS),
    linked(2, "sparc64-unknown-linux-gnu")
        .by(&["link"])
        .note("a test that ends within its 60 s under qemu-sparc64, where one does not"),
    planned(3, "sparc64-unknown-netbsd").note(SPARC64),
    planned(3, "sparc64-unknown-openbsd").note(SPARC64),
    planned(2, "sparcv9-sun-solaris"),
    compiled(2, "thumbv7neon-linux-androideabi").by(&["android"]),
    tested(2, "thumbv7neon-unknown-linux-gnueabihf").by(EMULATED),
    refused(2, "wasm32-unknown-emscripten", WASM),
    refused(2, "wasm32-unknown-unknown", WASM),
    refused(2, "wasm32-wasip1", WASM),
    refused(2, "wasm32-wasip1-threads", WASM),
    refused(2, "wasm32-wasip2", WASM),
    linked(2, "x86_64-apple-darwin").by(&["link", "parity", "macos-intel"]),
    compiled(2, "x86_64-apple-ios").by(&["apple"]),
    compiled(2, "x86_64-apple-ios-macabi").by(&["apple"]),
    refused(2, "x86_64-fortanix-unknown-sgx", SGX),
    compiled(2, "x86_64-linux-android").by(&["android", "android-emulator"]),
    planned(2, "x86_64-pc-solaris"),
    tested(1, "x86_64-pc-windows-gnu").by(&[
        "cross",
        "link",
        "parity",
        "containers",
        "mingw64",
        "ucrt64",
    ]),
    tested(2, "x86_64-pc-windows-gnullvm").by(&["cross", "link", "parity", "clang64"]),
    planned(1, "x86_64-pc-windows-msvc").by(&["windows", "windows-static"]),
    planned(3, "x86_64-unknown-dragonfly"),
    linked(2, "x86_64-unknown-freebsd").by(&["link", "parity", "freebsd"]),
    refused(2, "x86_64-unknown-fuchsia", FUCHSIA),
    planned(3, "x86_64-unknown-haiku"),
    planned(2, "x86_64-unknown-illumos"),
    tested(1, "x86_64-unknown-linux-gnu").by(&["linux"]),
    compiled(2, "x86_64-unknown-linux-gnuasan")
        .note("a prebuilt standard library, which rustup has for few toolchains"),
    linked(2, "x86_64-unknown-linux-gnux32").by(&["link"]),
    tested(2, "x86_64-unknown-linux-musl").by(&["cross", "link", "parity", "containers"]),
    compiled(2, "x86_64-unknown-linux-ohos"),
    linked(2, "x86_64-unknown-netbsd").by(&["link", "netbsd"]),
    linked(3, "x86_64-unknown-openbsd").by(&["link", "openbsd"]),
    refused(2, "x86_64-unknown-redox", REDOX),
    linked(3, "x86_64-win7-windows-gnu").by(&["link"]),
    planned(3, "x86_64-win7-windows-msvc"),
];

/// Compilers for the C++, for the documentation; the first one installed is used.
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
    if crate::find::zig::links(target) {
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
    let cpu = target.gnu_cpu();
    format!("{cpu}-{}-{}{}", target.os, target.env, target.abi_suffix())
}

/// The name of qemu's user-mode emulator for `target`; `None` if there is none.
pub fn qemu(target: &Target) -> Option<String> {
    if target.os != "linux" || target.abi == "x32" {
        return None;
    }
    Some(format!("qemu-{}", target.cpu_row()?.qemu?))
}

#[cfg(test)]
mod tests;
