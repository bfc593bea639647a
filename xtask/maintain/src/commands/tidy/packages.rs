//! The lists of the packages' files follow the tree before anything is packaged.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use xshell::{Shell, cmd};

use super::read;
use crate::release::{PUBLISHED, contents};

/// Only packaging adds the C++ source.
const ADDED: &str = "upstream/";

/// The files that the packages and their lists don't have in common.
pub fn contents_that_differ(root: &Path) -> Result<Vec<String>> {
    let shell = Shell::new()?;
    shell.change_dir(root);
    let version = env!("CARGO_PKG_VERSION");
    let mut findings = Vec::new();
    for name in PUBLISHED {
        let package = format!("{name}@{version}");
        let packaged = cmd!(
            shell,
            "cargo package --list --allow-dirty --quiet -p {package}"
        )
        .quiet()
        .read()?;
        findings.extend(differences(
            &packaged,
            &read(&contents::list(root, name))?,
            name,
        ));
    }
    Ok(findings)
}

fn differences(packaged: &str, listed: &str, name: &str) -> Vec<String> {
    let of_the_tree = |line: &&str| *line != contents::VCS_INFO && !line.starts_with(ADDED);
    let packaged: BTreeSet<&str> = packaged.lines().filter(of_the_tree).collect();
    let listed: BTreeSet<&str> = listed.lines().filter(of_the_tree).collect();
    let differences = packaged.symmetric_difference(&listed);
    differences
        .map(|file| {
            let place = if listed.contains(file) {
                "listed, but not packaged"
            } else {
                "packaged, but not listed"
            };
            format!(
                "xtask/contents/{name}.txt: {file}: {place}; where that is meant: `cargo xtask \
                 package --bless`"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn new_and_removed_files_are_found_without_the_source() {
        let listed = "Cargo.toml\nsrc/gone.rs\nupstream/LICENSE\n";
        let packaged = ".cargo_vcs_info.json\nCargo.toml\nsrc/new.rs\n";
        let found = differences(packaged, listed, "a").join("\n");
        assert!(found.contains("src/gone.rs: listed, but"), "{found}");
        assert!(found.contains("src/new.rs: packaged, but"), "{found}");
        assert_eq!(found.lines().count(), 2, "{found}");
        assert_eq!(differences(listed, listed, "a"), [""; 0]);
    }
}
