//! The contents of an image, and the tag that identifies them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use snmalloc_toolchains::Error;
use snmalloc_toolchains::catalog::Image;

use crate::failure::Failure;
use crate::images::base::Base;

/// The repository of images that are built here.
pub const REPOSITORY: &str = "snmalloc-rs";

/// An image, with everything that goes into it.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub image: Image,
    pub base: Base,
    /// Its full name: other contents have another tag.
    pub tag: String,
    /// The Android NDK that goes into it.
    pub ndk: Option<PathBuf>,
}

/// Precedes the NDK's version in a tag.
pub const NDK: &str = "-ndk-";

/// A file of the build context: its name and contents.
type Ingredient = (String, Vec<u8>);

impl Recipe {
    /// Reads the recipe from the Dockerfiles below `root`.
    ///
    /// # Errors
    /// A file can't be read.
    pub fn new(image: &Image, base: &Base, root: &Path) -> Result<Self> {
        let docker = root.join("docker");
        let dockerfile = read(&docker.join(format!("{}.Dockerfile", image.family)))?;
        let text = String::from_utf8_lossy(&dockerfile).into_owned();
        let mut files = vec![("Dockerfile".to_owned(), dockerfile)];
        for name in names_below(&docker.join("install"))? {
            let name = format!("install/{name}");
            if text.contains(&name) {
                let content = read(&docker.join(&name))?;
                files.push((name, content));
            }
        }
        Ok(Self {
            image: image.clone(),
            base: base.clone(),
            tag: tag(image, &files, &base.id),
            ndk: None,
        })
    }

    /// Adds an NDK to the image, and its version to the tag.
    ///
    /// # Errors
    /// The directory is not an NDK.
    pub fn with_ndk(mut self, ndk: &Path) -> Result<Self, Failure> {
        let properties = ndk.join("source.properties");
        let text = fs::read_to_string(&properties).map_err(|error| {
            let what = format!("{} is no Android NDK", ndk.display());
            Error::new(what).searched(format!("{}: {error}", properties.display()))
        })?;
        self.tag = format!("{}{NDK}{}", self.tag, ndk_version(&text));
        self.ndk = Some(fs::canonicalize(ndk).with_context(|| ndk.display().to_string())?);
        Ok(self)
    }
}

/// The NDK's version from its `source.properties`, as a part of a tag: engines allow 128 of these
/// characters.
pub fn ndk_version(properties: &str) -> String {
    let version = properties.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "Pkg.Revision").then(|| value.trim())
    });
    let allowed = |c: char| match c {
        '.' | '-' => c,
        c if c.is_ascii_alphanumeric() => c,
        _ => '_',
    };
    let version = version.filter(|version| !version.is_empty());
    let version = version.unwrap_or("unknown").chars();
    version.take(100).map(allowed).collect()
}

/// Hashes everything that goes into an image into its tag. The network's own certificates are
/// not part of an image.
fn tag(image: &Image, files: &[Ingredient], base_id: &str) -> String {
    let mut hash = Fnv::default();
    hash.add(base_id.trim_start_matches("sha256:").as_bytes());
    for (name, value) in &image.args {
        hash.add(name.as_bytes());
        hash.add(value.as_bytes());
    }
    for (name, content) in files {
        hash.add(name.as_bytes());
        hash.add(content);
    }
    format!("{REPOSITORY}/{}:{:016x}", image.name, hash.folded())
}

/// FNV-1a with 128 bits: the same on every machine and with every compiler, which the standard
/// library's hashers don't guarantee.
struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fnv {
    /// Adds the length and the bytes.
    fn add(&mut self, bytes: &[u8]) {
        let length = (bytes.len() as u64).to_le_bytes();
        for byte in length.iter().chain(bytes) {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }

    fn folded(&self) -> u64 {
        (self.0 ^ (self.0 >> 64)) as u64
    }
}

fn names_below(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::{Fnv, Recipe, ndk_version, tag};
    use crate::images::base::{Base, DEFAULT};
    use snmalloc_toolchains::{Target, catalog};
    use std::path::Path;

    fn image(triple: &str) -> catalog::Image {
        catalog::image(&Target::from_triple(triple).unwrap()).unwrap()
    }

    #[test]
    fn every_ingredient_counts() {
        let arm = image("aarch64-unknown-linux-gnu");
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let files = [file("a", "x"), file("b", "y")];
        let plain = tag(&arm, &files, "sha256:1");
        assert_eq!(plain, tag(&arm, &files, "1"));
        assert!(plain.starts_with("snmalloc-rs/gnu-aarch64-linux-gnu:"));
        let mut other = arm.clone();
        other.args[0].1.push_str(" more");
        for changed in [
            tag(&arm, &files, "2"),
            tag(&other, &files, "1"),
            tag(&arm, &[file("a", "x"), file("b", "z")], "1"),
            tag(&arm, &[file("a", "x"), file("c", "y")], "1"),
            tag(&arm, &[file("a", "xb"), file("", "y")], "1"),
            tag(&arm, &files[..1], "1"),
        ] {
            assert_ne!(changed, plain);
        }
    }

    #[test]
    fn ndk_version_fits_in_a_tag() {
        for (properties, version) in [
            (
                "Pkg.Desc = x\nPkg.Revision = 27.0.1-beta1\n",
                "27.0.1-beta1",
            ),
            ("Pkg.Revision = 27 --push:$(x)", "27_--push___x_"),
            ("Pkg.Revision =", "unknown"),
            ("", "unknown"),
        ] {
            assert_eq!(ndk_version(properties), version);
        }
        assert_eq!(ndk_version(&format!("Pkg.Revision={:0500}", 1)).len(), 100);
    }

    #[test]
    fn fnv_matches_published_values() {
        let mut hash = Fnv::default();
        for byte in b"a" {
            hash.0 = (hash.0 ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
        assert_eq!(hash.0, 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn recipe_hashes_files_named_in_the_dockerfile() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let base = Base {
            name: "b".to_owned(),
            id: "1".to_owned(),
            arch: "amd64".to_owned(),
        };
        for family in catalog::FAMILIES {
            let file = root.join(format!("docker/{family}.Dockerfile"));
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.contains(&format!("ARG BASE={DEFAULT}\n")), "{family}");
            // A frontend or a platform would be requested from a registry.
            for arg in ["# syntax", "--platform", "://"] {
                assert!(!text.contains(arg), "{family}: {arg}");
            }
            let last = text.lines().rfind(|line| !line.trim().is_empty());
            assert_eq!(last, Some("USER build"), "{family}");
            let copied = text
                .split_whitespace()
                .filter(|arg| arg.starts_with("install/"));
            for name in copied {
                assert!(root.join("docker").join(name).is_file(), "{family}: {name}");
            }
        }
        for entry in catalog::ENTRIES {
            let target = Target::from_triple(entry.triple).unwrap();
            let Some(image) = catalog::image(&target) else {
                continue;
            };
            let recipe = Recipe::new(&image, &base, root).unwrap();
            let (_, hash) = recipe.tag.rsplit_once(':').unwrap();
            assert_eq!(hash.len(), 16);
            let file = root.join(format!("docker/{}.Dockerfile", image.family));
            let text = std::fs::read_to_string(file).unwrap();
            for (name, _) in &image.args {
                assert!(text.contains(&format!("ARG {name}=\n")), "{name}");
            }
        }
        let zig = std::fs::read_to_string(root.join("docker/install/zig.txt")).unwrap();
        assert!(zig.contains(&format!("ziglang=={} ", catalog::ZIG)));
        let provision = std::fs::read_to_string(root.join(".ci/provision")).unwrap();
        assert!(provision.contains(&format!("zig={}\n", catalog::ZIG)));
    }
}
