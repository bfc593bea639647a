//! Checks the commands in the documents: their flags must exist.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use crate::cli::Args;

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "benches/README.md"]
        .map(|name| root.join(name))
        .into();
    let guide = fs::read_dir(root.join("docs/guide")).expect("the guide");
    files.extend(guide.map(|entry| entry.expect("a file").path()));
    files
}

#[test]
fn documented_commands_parse() {
    let mut count = 0;
    for file in documents() {
        let text = fs::read_to_string(&file).expect("a document");
        let mut in_code = false;
        for line in text.lines() {
            in_code ^= line.trim_start().starts_with("```");
            let Some(rest) = line.strip_prefix("cargo xtask bench").filter(|_| in_code) else {
                continue;
            };
            let args = rest.split(['#', '|', '>']).next().unwrap_or_default();
            let args = args.split_whitespace().filter(|arg| *arg != "\\");
            let parsed = Args::try_parse_from(std::iter::once("bench").chain(args));
            if let Err(error) = parsed {
                panic!("{}: `{line}`: {error}", file.display());
            }
            count += 1;
        }
    }
    assert!(count >= 7, "{count} commands");
}
