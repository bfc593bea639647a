// SPDX-License-Identifier: MIT
//! Container images in which targets are built and tested, as plain data.

use crate::catalog::gnu_prefix;
use crate::find::zig;
use crate::{Target, catalog};

/// Version of zig in images, as on PyPI.
pub const ZIG: &str = "0.17.1";

/// A container image: a Dockerfile and its arguments. Targets with the same requirements share one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The image's name, without a repository: `gnu-aarch64-linux-gnu`.
    pub name: String,
    /// The Dockerfile: `docker/<family>.Dockerfile`.
    pub family: &'static str,
    /// The build arguments that distinguish it from others of its family.
    pub args: Vec<(String, String)>,
    /// Debian packages in addition to those of its family.
    pub packages: Vec<String>,
}

/// The families, each with its own Dockerfile.
pub const FAMILIES: [&str; 5] = ["gnu", "musl", "windows", "android", "zig"];

/// The image for `target`. `None` if no compiler for it may be redistributed in an image (Visual
/// Studio's and Apple's SDKs, OpenHarmony's) or exists (platforms without a cross compiler).
pub fn image(target: &Target) -> Option<Image> {
    if catalog::entry(&target.triple).is_some_and(|entry| entry.refused.is_some()) {
        return None;
    }
    match (target.os.as_str(), target.env.as_str()) {
        ("linux", "gnu") => gnu(target),
        ("linux", "musl") if zig::knows(target) => Some(with_zig("musl", "musl", &[])),
        ("windows", "gnu") => windows(target),
        ("android", _) => Some(plain("android", "android", &[])),
        ("linux" | "windows", _) => None,
        _ if zig::links(target) => Some(with_zig("zig", "zig", &[])),
        _ => None,
    }
}

fn gnu(target: &Target) -> Option<Image> {
    let prefix = gnu_prefix(target);
    if DEBIAN_CROSS.contains(&prefix.as_str()) {
        let package = format!("g++-{}", prefix.replace('_', "-"));
        return Some(plain("gnu", &format!("gnu-{prefix}"), &[&package]));
    }
    // Debian has no cross compiler for it; that image contains qemu too.
    zig::knows(target).then(|| with_zig("musl", "musl", &[]))
}

/// The GNU cross compilers of Debian 12. The one for the image's own architecture is present
/// without its package.
const DEBIAN_CROSS: [&str; 12] = [
    "aarch64-linux-gnu",
    "arm-linux-gnueabi",
    "arm-linux-gnueabihf",
    "i686-linux-gnu",
    "powerpc-linux-gnu",
    "powerpc64-linux-gnu",
    "powerpc64le-linux-gnu",
    "riscv64-linux-gnu",
    "s390x-linux-gnu",
    "sparc64-linux-gnu",
    "x86_64-linux-gnu",
    "x86_64-linux-gnux32",
];

fn windows(target: &Target) -> Option<Image> {
    // Debian's Wine for 32-bit programs is a package of another architecture.
    let wine = match target.arch.as_str() {
        "x86" => "wine32:i386",
        _ => "wine64",
    };
    match (target.abi.as_str(), target.arch.as_str()) {
        ("llvm", "x86") => Some(with_zig("windows", "windows-llvm-i686", &[wine])),
        ("llvm", _) => zig::knows(target).then(|| with_zig("windows", "windows-llvm", &[wine])),
        (_, "x86" | "x86_64") => {
            let cpu = target.gnu_cpu().replace('_', "-");
            let package = format!("g++-mingw-w64-{cpu}-posix");
            let name = format!("windows-{}", target.gnu_cpu());
            Some(plain("windows", &name, &[&package, wine]))
        }
        _ => None,
    }
}

fn plain(family: &'static str, name: &str, packages: &[&str]) -> Image {
    let packages: Vec<String> = packages.iter().map(|name| (*name).to_owned()).collect();
    let mut args = Vec::new();
    if !packages.is_empty() {
        args.push(("PACKAGES".to_owned(), packages.join(" ")));
    }
    Image {
        name: name.to_owned(),
        family,
        args,
        packages,
    }
}

fn with_zig(family: &'static str, name: &str, packages: &[&str]) -> Image {
    let mut image = plain(family, name, packages);
    image.args.push(("ZIG".to_owned(), ZIG.to_owned()));
    image
}

#[cfg(test)]
mod tests {
    use super::{FAMILIES, image};
    use crate::{Target, catalog};

    fn told(triple: &str) -> String {
        let target = Target::from_triple(triple).unwrap();
        image(&target).map_or("none".to_owned(), |image| {
            format!(
                "{} {} [{}]",
                image.family,
                image.name,
                image.packages.join(" ")
            )
        })
    }

    #[test]
    fn images_of_each_family() {
        for (triple, expected) in [
            (
                "aarch64-unknown-linux-gnu",
                "gnu gnu-aarch64-linux-gnu [g++-aarch64-linux-gnu]",
            ),
            (
                "thumbv7neon-unknown-linux-gnueabihf",
                "gnu gnu-arm-linux-gnueabihf [g++-arm-linux-gnueabihf]",
            ),
            (
                "x86_64-unknown-linux-gnu",
                "gnu gnu-x86_64-linux-gnu [g++-x86-64-linux-gnu]",
            ),
            (
                "riscv64a23-unknown-linux-gnu",
                "gnu gnu-riscv64-linux-gnu [g++-riscv64-linux-gnu]",
            ),
            ("loongarch64-unknown-linux-gnu", "musl musl []"),
            ("x86_64-unknown-linux-musl", "musl musl []"),
            (
                "x86_64-pc-windows-gnu",
                "windows windows-x86_64 [g++-mingw-w64-x86-64-posix wine64]",
            ),
            (
                "i686-win7-windows-gnu",
                "windows windows-i686 [g++-mingw-w64-i686-posix wine32:i386]",
            ),
            ("x86_64-pc-windows-gnullvm", "windows windows-llvm [wine64]"),
            (
                "i686-pc-windows-gnullvm",
                "windows windows-llvm-i686 [wine32:i386]",
            ),
            (
                "aarch64-pc-windows-gnullvm",
                "windows windows-llvm [wine64]",
            ),
            ("aarch64-linux-android", "android android []"),
            ("aarch64-apple-darwin", "zig zig []"),
            ("x86_64-unknown-freebsd", "zig zig []"),
            ("x86_64-pc-windows-msvc", "none"),
            ("aarch64-apple-ios", "none"),
            ("x86_64-unknown-linux-ohos", "none"),
            ("wasm32-wasip1", "none"),
        ] {
            assert_eq!(told(triple), expected, "{triple}");
        }
    }

    #[test]
    fn one_name_is_one_image_and_each_family_has_one() {
        let mut all: Vec<super::Image> = Vec::new();
        for entry in catalog::ENTRIES {
            let target = Target::from_triple(entry.triple).unwrap();
            let Some(new) = image(&target) else { continue };
            for other in &all {
                assert_eq!(other.name == new.name, *other == new, "{}", entry.triple);
            }
            all.push(new);
        }
        for family in FAMILIES {
            assert!(all.iter().any(|image| image.family == family), "{family}");
        }
    }
}
