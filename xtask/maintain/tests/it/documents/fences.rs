//! The code blocks of a document, with their info strings.

use std::path::Path;

use crate::support::root;

/// A code block.
pub struct Fence {
    /// Document and line number, for messages.
    pub at: String,
    /// The words after the backquotes: the language first.
    pub info: Vec<String>,
    pub text: String,
}

impl Fence {
    pub fn language(&self) -> &str {
        self.info.first().map_or("", String::as_str)
    }

    /// The value of the attribute `name=value`.
    pub fn value(&self, name: &str) -> Option<&str> {
        let attributes = self.info.iter().skip(1);
        attributes
            .filter_map(|arg| arg.split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    pub fn has(&self, flag: &str) -> bool {
        self.info.iter().skip(1).any(|arg| arg == flag)
    }
}

/// The blocks of the document `name`.
pub fn of(name: &str) -> Vec<Fence> {
    let text = std::fs::read_to_string(root().join(name)).expect("the document");
    parse(name, &text)
}

pub fn parse(name: &str, text: &str) -> Vec<Fence> {
    let mut fences: Vec<Fence> = Vec::new();
    let (mut open, mut indent) = (false, 0);
    for (number, line) in text.lines().enumerate() {
        match line.trim_start().strip_prefix("```") {
            Some(_) if open => open = false,
            Some(info) => {
                open = true;
                indent = line.len() - line.trim_start().len();
                fences.push(Fence {
                    at: format!("{name}:{}", number + 1),
                    info: info.split_whitespace().map(str::to_owned).collect(),
                    text: String::new(),
                });
            }
            None if open => {
                let fence = fences.last_mut().expect("one is open");
                fence.text.push_str(line.get(indent..).unwrap_or_default());
                fence.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "{name}: a code block doesn't end");
    fences
}

/// Every document of the repository that shows commands to users.
pub fn documents() -> Vec<String> {
    let mut names: Vec<String> = [
        "README.md",
        "CONTRIBUTING.md",
        "snmalloc-rs/README.md",
        "benches/README.md",
        "examples/README.md",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend(guide());
    names
}

/// The pages of the guide.
pub fn guide() -> Vec<String> {
    let dir = "docs/guide";
    let entries = std::fs::read_dir(root().join(dir)).expect("the guide");
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| Path::new(&entry.file_name()).extension() == Some("md".as_ref()))
        .map(|entry| format!("{dir}/{}", entry.file_name().to_string_lossy()))
        .collect();
    names.sort();
    assert!(names.len() > 9, "{names:?}");
    names
}
