//! `cargo xtask tidy`: checks format, lints, docs, and the tree's own rules.

mod english;
mod hermetic;
mod packages;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::ci::documents::{commands_that_do_not_parse, with_tables};
use crate::ci::{rungs, workflows};
use crate::cli::{TidyArgs, parse_command};
use crate::images::bake;
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::command::Job;
use xtask::process::log::run_logged;

/// The documents with a generated table, each with the table's name.
const TABLES: [(&str, &str); 9] = [
    ("snmalloc-rs/README.md", "features"),
    ("README.md", "systems"),
    ("docs/guide/variables.md", "compile"),
    ("docs/guide/variables.md", "platforms"),
    ("docs/guide/variables.md", "one-name"),
    ("docs/guide/variables.md", "xtask"),
    ("docs/guide/variables.md", "passed-on"),
    ("docs/guide/targets.md", "targets"),
    ("docs/guide/targets.md", "elsewhere"),
];

pub fn run(args: &TidyArgs, context: &Context) -> Result<(), Failure> {
    let root = &context.root;
    if args.fix {
        fix(root)?;
    }
    let mut findings = tree(root)?;
    if !args.tree {
        findings.extend(cargo_checks(context)?);
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() {
        context.progress.line("the tree is tidy");
        Ok(())
    } else {
        Err(Failure::Failed(format!("{} findings", findings.len())))
    }
}

/// The checks that need no compiler.
fn tree(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    findings.extend(rules::target_cfg_in_build_code(root)?);
    findings.extend(rules::licence_headers(root)?);
    findings.extend(rules::feature_lists(root)?);
    findings.extend(english::clauses(root)?);
    findings.extend(hermetic::machine_dependent_tests(root)?);
    findings.extend(packages::contents_that_differ(root)?);
    findings.extend(workflows::findings(root, parse_command)?);
    findings.extend(rungs::disagreements(root)?);
    for (name, table) in TABLES {
        let text = read(&root.join(name))?;
        for mark in ["begin", "end"].map(|end| format!("<!-- {end}: {table} -->")) {
            if !text.contains(&mark) {
                findings.push(format!(
                    "{name}: `{mark}`, the mark of a generated table, is gone"
                ));
            }
        }
        if with_tables(&text) != text {
            findings.push(format!(
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
        findings.extend(commands_that_do_not_parse(
            &name,
            &read(&file)?,
            parse_command,
        ));
    }
    if read(&root.join(bake::FILE))? != bake::text() {
        findings.push(format!(
            "{}: old; `cargo xtask tidy --fix` renews it",
            bake::FILE
        ));
    }
    Ok(findings)
}

/// The documents that show commands to users.
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
    for manifest in [
        "Cargo.toml",
        "benches/Cargo.toml",
        "benches/programs/Cargo.toml",
        "fuzz/Cargo.toml",
        "models/Cargo.toml",
    ] {
        cmd!(shell, "cargo fmt --all --manifest-path {manifest}")
            .quiet()
            .run()
            .map_err(anyhow::Error::from)?;
    }
    Ok(())
}

/// The checks that cargo makes; each failure has been printed when this returns.
fn cargo_checks(context: &Context) -> Result<Vec<String>, Failure> {
    let split = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    let mut findings = Vec::new();
    for (what, line) in [
        ("format", "fmt --all --check"),
        (
            "lints",
            "clippy --workspace --all-targets --locked --quiet -- -D warnings",
        ),
        (
            "lints-with-features",
            "clippy -p snmalloc-rs -p snmalloc-sys@0.8 --all-targets --locked --quiet --features \
             snmalloc-rs/libc-api,snmalloc-rs/stats,snmalloc-rs/check-loads,snmalloc-rs/check,\
             snmalloc-rs/allocator-api2 \
             -- -D warnings",
        ),
        (
            "format-of-benches",
            "fmt --all --check --manifest-path benches/Cargo.toml",
        ),
        (
            "format-of-programs",
            "fmt --all --check --manifest-path benches/programs/Cargo.toml",
        ),
        (
            "format-of-fuzz",
            "fmt --all --check --manifest-path fuzz/Cargo.toml",
        ),
        (
            "lints-of-benches",
            "clippy --manifest-path benches/Cargo.toml --workspace --all-targets --locked --quiet \
             -- -D warnings",
        ),
        (
            "lints-of-programs",
            "clippy --manifest-path benches/programs/Cargo.toml --all-targets --locked --quiet \
             -- -D warnings",
        ),
        (
            "format-of-models",
            "fmt --all --check --manifest-path models/Cargo.toml",
        ),
        (
            "lints-of-models",
            "clippy --manifest-path models/Cargo.toml --all-targets --locked --quiet -- -D warnings",
        ),
        ("docs", "doc --workspace --no-deps --locked --quiet"),
    ] {
        let job = Job {
            program: std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
            args: split(line),
            env: vec![
                (
                    "CARGO_TARGET_DIR".to_owned(),
                    context.target_dir().join("tidy").display().to_string(),
                ),
                ("RUSTDOCFLAGS".to_owned(), "-D warnings".to_owned()),
            ],
            cwd: context.root.clone(),
        };
        let (outcome, _, log) = run_logged(&job, &format!("tidy-{what}"), what, context)?;
        if !outcome.success {
            findings.push(format!("{what}: not clean; log: {log}"));
        }
    }
    Ok(findings)
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
