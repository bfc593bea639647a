//! Checks that a tag is the one for the release of this version.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use xtask::failure::Failure;

/// # Errors
/// The tag isn't this version's, or CHANGELOG.md has no text for the version.
pub fn check(tag: &str, root: &Path) -> Result<(), Failure> {
    let file = root.join("CHANGELOG.md");
    let changelog = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    match mismatch(tag, env!("CARGO_PKG_VERSION"), &changelog) {
        Some(mismatch) => Err(Failure::Failed(mismatch)),
        None => Ok(()),
    }
}

/// Describes the problem with the tag, and the fix.
fn mismatch(tag: &str, version: &str, changelog: &str) -> Option<String> {
    if tag.strip_prefix('v') != Some(version) {
        return Some(format!(
            "the tag `{tag}` isn't that of version {version}\n  searched: Cargo.toml, \
             [workspace.package]\n  help: git tag v{version}\n  help: give Cargo.toml the \
             version that is meant"
        ));
    }
    let head = format!("## [{version}]");
    let begins = |line: &str| {
        let rest = line.strip_prefix(&head);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let mut lines = changelog.lines().skip_while(|line| !begins(line)).skip(1);
    // Headings alone are not a text; the heading of a version ends the section, as links do.
    let message = lines
        .by_ref()
        .take_while(|line| !line.starts_with("## ") && !line.starts_with('['))
        .any(|line| !line.trim().is_empty() && !line.starts_with('#'));
    if message {
        return None;
    }
    Some(format!(
        "the changes of version {version} are not documented\n  searched: CHANGELOG.md, for a section \
         `{head}` with something in it\n  help: write `{head}` and the date below \
         `## [Unreleased]`, so that what stands there is the version's"
    ))
}

#[cfg(test)]
mod tests {
    use super::mismatch;

    #[test]
    fn tag_matches_version_and_changelog() {
        let outcome =
            "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-01\n\n### Added\n- x\n";
        let empty = "## [Unreleased]\n- x\n## [1.2.3]\n\n### Added\n\n## [1.2.2]\n- y\n";
        let links = "## [1.2.3]\n\n[1.2.3]: https://example.org\n";
        for (tag, changelog, expected) in [
            ("v1.2.3", outcome, None),
            ("v1.2.3", "## [1.2.3]\ntext\n", None),
            (
                "1.2.3",
                outcome,
                Some("the tag `1.2.3` isn't that of version 1.2.3"),
            ),
            ("v1.2.4", outcome, Some("git tag v1.2.3")),
            ("vv1.2.3", outcome, Some("isn't that of")),
            ("v1.2.3", empty, Some("not documented")),
            ("v1.2.3", links, Some("not documented")),
            (
                "v1.2.3",
                "## [1.2.34]\n- x\n",
                Some("for a section `## [1.2.3]`"),
            ),
            ("v1.2.3", "## [Unreleased]\n- x\n", Some("not documented")),
        ] {
            let message = mismatch(tag, "1.2.3", changelog);
            match expected {
                None => assert_eq!(message, None, "{tag}, {changelog}"),
                Some(args) => {
                    let message = message.unwrap_or_else(|| panic!("{tag}, {changelog}: fine"));
                    assert!(
                        message.contains(args) && message.contains("help:"),
                        "{message}"
                    );
                }
            }
        }
    }
}
