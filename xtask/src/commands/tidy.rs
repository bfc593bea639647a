//! `cargo xtask tidy`: format, lints, docs, and the rules of the tree.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use snmalloc_toolchains::FEATURES;
use xshell::{Shell, cmd};

use crate::cli::TidyArgs;
use crate::context::Context;
use crate::documents::{commands_that_do_not_parse, with_tables};
use crate::failure::Failure;
use crate::image::bake;
use crate::job::Job;
use crate::logged::logged;
use crate::pipeline::workflows;

/// The documents with a generated table, and its name.
const TABLES: [(&str, &str); 2] = [
    ("snmalloc-rs/README.md", "features"),
    ("docs/guide/targets.md", "targets"),
];

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
    wrong.extend(workflows::wrong(root)?);
    for (name, table) in TABLES {
        let text = read(&root.join(name))?;
        for mark in ["begin", "end"].map(|end| format!("<!-- {end}: {table} -->")) {
            if !text.contains(&mark) {
                wrong.push(format!(
                    "{name}: `{mark}`, the mark of a generated table, is gone"
                ));
            }
        }
        if with_tables(&text) != text {
            wrong.push(format!(
                "{name}: a generated table is old; `cargo xtask tidy --fix` renews it"
            ));
        }
    }
    for file in markdown(root)? {
        let name = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .display()
            .to_string();
        wrong.extend(commands_that_do_not_parse(&name, &read(&file)?));
    }
    if read(&root.join(bake::FILE))? != bake::text() {
        wrong.push(format!(
            "{}: old; `cargo xtask tidy --fix` renews it",
            bake::FILE
        ));
    }
    Ok(wrong)
}

/// The documents that tell users what to type.
fn markdown(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md"]
        .map(|n| root.join(n))
        .into();
    for dir in ["docs", "snmalloc-rs", "benches", "examples"] {
        let found = files_below(&root.join(dir))?;
        files.extend(found.into_iter().filter(|file| {
            file.extension() == Some("md".as_ref()) && !file.iter().any(|part| part == "target")
        }));
    }
    Ok(files)
}

fn fix(root: &Path) -> Result<(), Failure> {
    fs::write(root.join(bake::FILE), bake::text())?;
    for (name, _) in TABLES {
        let path = root.join(name);
        let text = read(&path)?;
        let renewed = with_tables(&text);
        if renewed != text {
            fs::write(&path, renewed)?;
        }
    }
    let shell = Shell::new().map_err(anyhow::Error::from)?;
    shell.change_dir(root);
    for manifest in ["Cargo.toml", "benches/Cargo.toml"] {
        cmd!(shell, "cargo fmt --all --manifest-path {manifest}")
            .quiet()
            .run()
            .map_err(anyhow::Error::from)?;
    }
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
             snmalloc-rs/libc-api,snmalloc-rs/stats,snmalloc-rs/check-loads,snmalloc-rs/check,\
             snmalloc-rs/allocator-api2 \
             -- -D warnings",
        ),
        (
            "format-of-benches",
            "fmt --all --check --manifest-path benches/Cargo.toml",
        ),
        (
            "lints-of-benches",
            "clippy --manifest-path benches/Cargo.toml --workspace --all-targets --locked --quiet \
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
            let has = package.features.contains_key(feature.name);
            if feature.rust_only && package.name.as_str() == "snmalloc-sys" {
                if has {
                    wrong.push(format!("{}: {} is of no use", package.name, feature.name));
                }
                continue;
            }
            if !has {
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
    use super::asks_cfg_for_the_target;

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
}
