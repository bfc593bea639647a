//! Comments begin with a noun or a verb, never with a clause that stands for one.

use std::path::Path;

use anyhow::Result;

use super::{files_below, read};

const DIRS: [&str; 6] = [
    "toolchains",
    "snmalloc-sys",
    "snmalloc-rs",
    "xtask",
    "benches",
    "models",
];

/// Directories in them whose files nobody has written.
const SKIPPED: [&str; 3] = ["target", "upstream", "source"];

const OPENERS: [&str; 6] = ["What", "That", "Of", "Whose", "Where", "Whether"];

/// Comments that begin with a clause.
pub fn clauses(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for dir in DIRS {
        for file in files_below(&root.join(dir))? {
            let name = file.strip_prefix(root).unwrap_or(&file);
            let skipped = name.iter().any(|part| SKIPPED.iter().any(|it| part == *it));
            let extension = file.extension().unwrap_or_default();
            if skipped || !["rs", "h", "cc"].iter().any(|it| extension == *it) {
                continue;
            }
            findings.extend(openers(&read(&file)?).into_iter().map(|(number, line)| {
                format!(
                    "{}:{number}: begin the comment with a noun or a verb: {line}",
                    name.display()
                )
            }));
        }
    }
    Ok(findings)
}

/// The first lines of comments that begin with one of [`OPENERS`], with their numbers.
fn openers(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_comment = false;
    for (index, line) in text.lines().enumerate() {
        let comment = comment(line).filter(|text| !text.is_empty());
        if let Some(text) = comment {
            let first = text.split([' ', ',']).next().unwrap_or_default();
            if !in_comment && OPENERS.contains(&first) {
                found.push((index + 1, line.trim()));
            }
        }
        // A blank line in a comment begins a paragraph.
        in_comment = comment.is_some();
    }
    found
}

/// The text of a line that is a comment and nothing else.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("//")?;
    Some(text.trim_start_matches(['/', '!']).trim())
}

#[cfg(test)]
mod tests {
    use super::openers;

    #[test]
    fn clauses_are_found_only_at_the_start_of_a_comment() {
        let text = [
            "//! What is done.",
            "//! What goes on.",
            "//!",
            "//! Where it goes.",
            "/// The target,",
            "/// that is built.",
            "let x = 1; // What a line ends with.",
            "//",
            "// Whatever is said.",
            "// Of no concern.",
            "fn f() {",
            "    // Whose it is.",
        ]
        .join("\n");
        let lines: Vec<usize> = openers(&text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 4, 12]);
    }
}
