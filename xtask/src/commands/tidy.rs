//! `cargo xtask tidy`: format, lints, docs, and the rules of the tree.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Parser as _;
use snmalloc_toolchains::FEATURES;
use xshell::{Shell, cmd};

use crate::cli::{Cli, TidyArgs};
use crate::commands::build::logged;
use crate::context::Context;
use crate::failure::Failure;
use crate::job::Job;

pub fn run(args: &TidyArgs, context: &Context) -> Result<(), Failure> {
    let root = &context.root;
    if args.fix {
        fix(root)?;
    }
    let mut wrong = tree(root)?;
    if !args.tree {
        wrong.extend(cargo_checks(context)?);
    }
    for finding in &wrong {
        eprintln!("{finding}");
    }
    if wrong.is_empty() {
        context.progress.line("the tree is tidy");
        Ok(())
    } else {
        Err(Failure::Failed(format!("{} findings", wrong.len())))
    }
}

/// What the tree can be checked for without a compiler.
fn tree(root: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    wrong.extend(target_cfg_in_build_code(root)?);
    wrong.extend(licence_headers(root)?);
    wrong.extend(feature_lists(root)?);
    for name in ["README.md", "snmalloc-rs/README.md"] {
        let text = read(&root.join(name))?;
        wrong.extend(commands_that_do_not_parse(name, &text));
        if !text.contains(BEGIN) || !text.contains(END) {
            wrong.push(format!("{name}: the marks of the generated table are gone"));
        }
        if with_tables(&text) != text {
            wrong.push(format!(
                "{name}: a generated table is old; `cargo xtask tidy --fix` renews it"
            ));
        }
    }
    Ok(wrong)
}

fn fix(root: &Path) -> Result<(), Failure> {
    for name in ["README.md", "snmalloc-rs/README.md"] {
        let path = root.join(name);
        let text = read(&path)?;
        let renewed = with_tables(&text);
        if renewed != text {
            fs::write(&path, renewed)?;
        }
    }
    let shell = Shell::new().map_err(anyhow::Error::from)?;
    shell.change_dir(root);
    cmd!(shell, "cargo fmt --all")
        .quiet()
        .run()
        .map_err(anyhow::Error::from)?;
    Ok(())
}

/// What cargo can check; each failure has been shown when this returns.
fn cargo_checks(context: &Context) -> Result<Vec<String>, Failure> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    let mut wrong = Vec::new();
    for (what, line) in [
        ("format", "fmt --all --check"),
        (
            "lints",
            "clippy --workspace --all-targets --locked --quiet -- -D warnings",
        ),
        (
            "lints-with-features",
            "clippy -p snmalloc-rs -p snmalloc-sys --all-targets --locked --quiet --features \
             snmalloc-rs/libc-api,snmalloc-rs/stats,snmalloc-rs/check-loads,snmalloc-rs/check \
             -- -D warnings",
        ),
        ("docs", "doc --workspace --no-deps --locked --quiet"),
    ] {
        let job = Job {
            program: std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
            args: words(line),
            env: vec![
                (
                    "CARGO_TARGET_DIR".to_owned(),
                    context.target_dir().join("tidy").display().to_string(),
                ),
                ("RUSTDOCFLAGS".to_owned(), "-D warnings".to_owned()),
            ],
            cwd: context.root.clone(),
        };
        let (outcome, _, log) = logged(&job, &format!("tidy-{what}"), what, context)?;
        if !outcome.success {
            wrong.push(format!("{what}: not clean; log: {log}"));
        }
    }
    Ok(wrong)
}

/// In code that runs while building, `cfg` speaks of the building machine: to
/// ask it for the target is the classic mistake.
fn target_cfg_in_build_code(root: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for dir in ["snmalloc-sys/build", "toolchains/src"] {
        for file in files_below(&root.join(dir))? {
            for (number, line) in read(&file)?.lines().enumerate() {
                if asks_cfg_for_the_target(line) {
                    wrong.push(format!(
                        "{}:{}: cfg of the building machine; the target is in `Target`",
                        file.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    Ok(wrong)
}

fn asks_cfg_for_the_target(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let mut rest = code;
    while let Some((_, after)) = rest.split_once("cfg") {
        let inside = after.trim_start_matches(['!', '_', 'a', 't', 'r']);
        if inside.starts_with('(')
            && ["target_", "windows", "unix"]
                .iter()
                .any(|word| inside.contains(word))
        {
            return true;
        }
        rest = after;
    }
    false
}

/// Every file of the published packages says its licence in its first lines.
fn licence_headers(root: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for dir in [
        "toolchains/src",
        "snmalloc-sys/build",
        "snmalloc-sys/shim",
        "snmalloc-sys/src",
        "snmalloc-sys/tests",
        "snmalloc-rs/src",
        "snmalloc-rs/examples",
        "snmalloc-rs/tests",
    ] {
        for file in files_below(&root.join(dir))? {
            let text = read(&file)?;
            if !text
                .lines()
                .take(2)
                .any(|l| l.contains("SPDX-License-Identifier: MIT"))
            {
                wrong.push(format!("{}: no SPDX line", file.display()));
            }
        }
    }
    Ok(wrong)
}

/// Both manifests list just the features of the table, and the same defaults.
fn feature_lists(root: &Path) -> Result<Vec<String>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        if !matches!(package.name.as_str(), "snmalloc-sys" | "snmalloc-rs") {
            continue;
        }
        let defaults = package.features.get("default").cloned().unwrap_or_default();
        for feature in FEATURES {
            if !package.features.contains_key(feature.name) {
                wrong.push(format!("{}: no feature {}", package.name, feature.name));
            }
            if defaults.iter().any(|name| name == feature.name) != feature.default {
                wrong.push(format!("{}: default of {}", package.name, feature.name));
            }
        }
        for name in package.features.keys() {
            if name != "default" && !FEATURES.iter().any(|feature| feature.name == name) {
                wrong.push(format!("{}: {name} isn't in the table", package.name));
            }
        }
    }
    Ok(wrong)
}

/// The lines of the document's code blocks that call xtask with words it doesn't know.
fn commands_that_do_not_parse(name: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut in_code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let Some((_, rest)) = line.split_once("cargo xtask").filter(|_| in_code) else {
            continue;
        };
        // What follows a comment sign, a pipe or a conjunction is no word of ours.
        let ours = rest.split(['#', '|', '&', ')']).next().unwrap_or_default();
        let words = shell_words::split(ours).unwrap_or_default();
        let parsed = Cli::try_parse_from(std::iter::once("xtask".to_owned()).chain(words));
        // Asking for help is an error to clap, and fine here.
        if let Some(error) = parsed.err().filter(clap::Error::use_stderr) {
            wrong.push(format!(
                "{name}:{}: `cargo xtask{ours}`: {error}",
                number + 1
            ));
        }
    }
    wrong
}

const BEGIN: &str = "<!-- begin: features -->\n";
const END: &str = "<!-- end: features -->";

/// The text with its generated tables as they are now.
fn with_tables(text: &str) -> String {
    match (text.find(BEGIN), text.find(END)) {
        (Some(begin), Some(end)) if begin < end => format!(
            "{}{}{}",
            &text[..begin + BEGIN.len()],
            feature_table(),
            &text[end..]
        ),
        _ => text.to_owned(),
    }
}

fn feature_table() -> String {
    let mut table =
        String::from("| feature | default | targets | what it does |\n|---|---|---|---|\n");
    for feature in FEATURES {
        table.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            feature.name,
            if feature.default { "yes" } else { "" },
            feature.scope.words(),
            feature.summary
        ));
    }
    table
}

fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::{asks_cfg_for_the_target, commands_that_do_not_parse, with_tables};

    #[test]
    fn target_cfg_is_seen_wherever_it_stands() {
        for (line, expected) in [
            ("if cfg!(target_os = \"linux\") {", true),
            ("#[cfg(windows)]", true),
            ("#[cfg_attr(unix, path = \"x\")]", true),
            ("#[cfg(all(test, target_env = \"musl\"))]", true),
            ("#[cfg(test)]", false),
            ("env(\"CARGO_CFG_TARGET_OS\")", false),
            ("// cfg!(target_os) is the host's here", false),
        ] {
            assert_eq!(asks_cfg_for_the_target(line), expected, "{line}");
        }
    }

    #[test]
    fn commands_in_documents_must_parse() {
        let text = "cargo xtask nonsense\n```sh\ncargo xtask build --target x # why\n\
                    eval \"$(cargo xtask frobnicate)\"\n```\n";
        let wrong = commands_that_do_not_parse("D.md", text);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].starts_with("D.md:4:"), "{wrong:?}");
    }

    #[test]
    fn tables_are_renewed_in_place() {
        let text = "a\n<!-- begin: features -->\nold\n<!-- end: features -->\nb\n";
        let renewed = with_tables(text);
        assert!(renewed.starts_with("a\n<!-- begin: features -->\n| feature"));
        assert!(renewed.ends_with("|\n<!-- end: features -->\nb\n"));
        assert_eq!(with_tables(&renewed), renewed);
    }
}
