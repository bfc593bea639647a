//! The errors that the guide explains are quoted literally.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;

/// The headings of the page that quote an error message.
fn quoted() -> Vec<String> {
    let text = fs::read_to_string(root().join("docs/guide/errors.md")).expect("the page");
    text.lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect()
}

/// `text` with `{}` for each part between `open` and `close`, and without the backquotes
/// that a heading can't hold.
fn with_holes(text: &str, open: char, close: char) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        match after.split_once(close) {
            Some((_, after)) if !before.ends_with("\\n") => {
                result.push_str(before);
                result.push_str("{}");
                rest = after;
            }
            _ => break,
        }
    }
    result.push_str(rest);
    result.replace('`', "")
}

/// The text of a source file, with strings that span several lines joined.
fn messages(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut whole = String::new();
    for line in text.lines() {
        match line.trim().strip_suffix('\\') {
            Some(begun) => whole.push_str(begun),
            None => {
                whole.push_str(line.trim());
                whole.push('\n');
            }
        }
    }
    whole
        .lines()
        .map(|line| with_holes(line, '{', '}') + "\n")
        .collect()
}

fn files_below(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("documents") {
            files_below(&path, files);
        } else if path.extension() == Some("rs".as_ref()) {
            files.push(path);
        }
    }
}

/// The quoted errors that no source file contains, and that no test has observed.
fn unknown(quoted: &[String]) -> Vec<&String> {
    let mut files = Vec::new();
    for dir in [
        "toolchains/src",
        "snmalloc-sys/build",
        "xtask/src",
        "xtask/maintain/src",
        "xtask/maintain/tests/it",
    ] {
        files_below(&root().join(dir), &mut files);
    }
    let known: Vec<String> = files.iter().map(|file| messages(file)).collect();
    let is_in_sources = |quote: &&String| {
        let quote = with_holes(quote, '<', '>');
        let fixed = quote.trim_start_matches("{}").trim_end_matches("{}");
        assert!(fixed.len() > 12, "{quote} could be anything");
        known.iter().any(|text| text.contains(fixed))
    };
    quoted
        .iter()
        .filter(|quote| !is_in_sources(quote))
        .collect()
}

#[test]
fn quoted_errors_match_the_sources() {
    let quoted = quoted();
    assert!(quoted.len() > 20, "{quoted:?}");
    let unknown = unknown(&quoted);
    assert!(unknown.is_empty(), "nobody says {unknown:#?}");
}

#[test]
fn outdated_quoted_error_is_found() {
    let quoted = [
        "no C++ compiler for <target>",
        "no C++ interpreter for <target>",
    ];
    let quoted = quoted.map(str::to_owned);
    assert_eq!(unknown(&quoted), [&quoted[1]]);
}
