//! docs/how-it-is-built.md names files, and what is in them.

use std::fs;

use crate::support::root;

/// The paths in the text, each with the names that follow it in parentheses:
/// "`src/plan.rs` (`plan`, `Plan`)".
fn references(text: &str) -> Vec<(String, Vec<String>)> {
    let mut in_fence = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        in_fence ^= is_fence;
        !in_fence && !is_fence
    });
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let text = words.join(" ");
    // Every second part is code.
    let parts: Vec<&str> = text.split('`').collect();
    let mut found = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index % 2 == 0 || !part.contains('/') || part.contains(' ') {
            continue;
        }
        let mut names = Vec::new();
        let mut next = index + 1;
        let mut before = " (";
        while parts.get(next) == Some(&before) {
            names.push(parts[next + 1].to_owned());
            next += 2;
            before = ", ";
        }
        found.push(((*part).to_owned(), names));
    }
    found
}

/// Returns true if the code has the words, followed by the end of a name.
fn has(code: &str, words: &str) -> bool {
    let mut ends = code.match_indices(words).map(|(at, _)| at + words.len());
    ends.any(|end| !code[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn wrong(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, names) in references(text) {
        let file = root().join(&path);
        if !file.exists() {
            wrong.push(format!("{path} doesn't exist"));
            continue;
        }
        for name in names {
            let code = fs::read_to_string(&file).expect("a text");
            let kinds = ["fn", "struct", "enum", "trait", "const"];
            if !kinds
                .iter()
                .any(|kind| has(&code, &format!("{kind} {name}")))
            {
                wrong.push(format!("{path} defines no {name}"));
            }
        }
    }
    wrong
}

#[test]
fn files_and_definitions_that_the_structure_page_names_exist() {
    let text = fs::read_to_string(root().join("docs/how-it-is-built.md")).unwrap();
    assert!(references(&text).len() > 30);
    assert_eq!(wrong(&text), [""; 0]);
}

#[test]
fn wrong_references_are_found() {
    let text = "see `toolchains/src/plan.rs` (`plan`,\n`nosuch`), and `no/such.rs`\n\
                ```\n`not/read.rs`\n```\n";
    let expected = [
        "toolchains/src/plan.rs defines no nosuch",
        "no/such.rs doesn't exist",
    ];
    assert_eq!(wrong(text), expected);
}
