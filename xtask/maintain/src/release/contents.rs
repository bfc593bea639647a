//! The expected contents of the packages: lists in the repository.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::release::Crate;

/// Made by cargo, and only if there is a commit: not listed.
pub const VCS_INFO: &str = ".cargo_vcs_info.json";

/// The path of the list of a package's files.
pub fn list(root: &Path, name: &str) -> PathBuf {
    root.join("xtask/contents").join(format!("{name}.txt"))
}

/// The package's files that belong in its list.
fn listed(package: &Crate) -> impl Iterator<Item = &str> {
    let names = package.contents.iter().map(String::as_str);
    names.filter(|name| *name != VCS_INFO)
}

/// Rewrites the lists.
pub fn bless(root: &Path, packages: &[Crate]) -> Result<()> {
    for package in packages {
        let file = list(root, &package.name);
        let mut text = String::new();
        for name in listed(package) {
            text.push_str(name);
            text.push('\n');
        }
        fs::create_dir_all(file.parent().context("a list lies in a directory")?)?;
        fs::write(&file, text).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

/// Compares the packages with their lists; returns all differences in one message.
pub fn mismatch(root: &Path, packages: &[Crate]) -> Result<Option<String>> {
    let mut message = String::new();
    for package in packages {
        let file = list(root, &package.name);
        let text = fs::read_to_string(&file).unwrap_or_default();
        let requested: BTreeSet<&str> = text.lines().collect();
        let has: BTreeSet<&str> = listed(package).collect();
        for name in requested.difference(&has) {
            writeln!(message, "  {}: missing: {name}", package.name)?;
        }
        for name in has.difference(&requested) {
            writeln!(message, "  {}: not in its list: {name}", package.name)?;
        }
    }
    if message.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!(
        "the packages don't hold what their lists say\n{message}  searched: {}\n  help: `include` \
         in the package's Cargo.toml decides what is packaged\n  help: where the difference is \
         meant: cargo xtask package --bless",
        list(root, "*").display()
    )))
}

/// The missing licences, which are required whatever the lists contain.
pub fn licences_missing(packages: &[Crate]) -> Vec<String> {
    let mut missing = Vec::new();
    for package in packages {
        let sys = package.name == "snmalloc-sys";
        for name in ["LICENSE"]
            .into_iter()
            .chain(sys.then_some("upstream/LICENSE"))
        {
            if !package.contents.iter().any(|other| other == name) {
                missing.push(format!("{}: no {name}", package.name));
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::{bless, licences_missing, mismatch};
    use crate::release::Crate;

    fn package(name: &str, contents: &[&str]) -> Crate {
        Crate {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            file: "x.crate".into(),
            sha256: String::new(),
            bytes: 0,
            contents: contents.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn missing_and_extra_files_are_reported_together() {
        let root = tempfile::tempdir().unwrap();
        let was = [
            package("a", &["LICENSE", "one"]),
            package("b", &["LICENSE"]),
        ];
        bless(root.path(), &was).unwrap();
        assert_eq!(mismatch(root.path(), &was).unwrap(), None);
        // The list is the same with and without a commit.
        let with_commit = [package("a", &[".cargo_vcs_info.json", "LICENSE", "one"])];
        assert_eq!(mismatch(root.path(), &with_commit).unwrap(), None);
        let is = [
            package("a", &["LICENSE", "two"]),
            package("b", &["LICENSE"]),
        ];
        let message = mismatch(root.path(), &is).unwrap().unwrap();
        for args in ["a: missing: one", "a: not in its list: two", "--bless"] {
            assert!(message.contains(args), "{message}");
        }
    }

    #[test]
    fn blessed_list_requires_the_licences() {
        let packages = [
            package("a", &["LICENSE"]),
            package("snmalloc-sys", &["LICENSE"]),
        ];
        assert_eq!(
            licences_missing(&packages),
            ["snmalloc-sys: no upstream/LICENSE"]
        );
    }
}
