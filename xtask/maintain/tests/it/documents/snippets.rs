//! The Rust code of the documents compiles and runs, and cargo accepts the lines for
//! manifests.

use std::fs;

use serde_json::Value;

use super::fences;
use super::scratch::scratch;
use crate::needs;
use crate::support::Run;
use crate::support::needs::Need;

/// The documents with Rust code; the crate's own README is compiled by its doctests.
fn documents() -> Vec<String> {
    let mut names = fences::guide();
    names.push("README.md".to_owned());
    names
}

/// Makes a program from the block.
fn program(text: &str) -> String {
    if text.contains("fn main()") {
        return text.to_owned();
    }
    // A global allocator is declared outside of functions.
    if text.contains("static ALLOC") {
        return format!("{text}\nfn main() {{\n    drop(vec![1; 100]);\n}}\n");
    }
    format!("#![allow(unused)]\nfn main() {{\n{text}}}\n")
}

#[test]
fn rust_code_in_documents_runs() {
    needs!(Need::Git);
    let scratch = scratch();
    // Put it next to the examples, which share a target directory.
    let project = scratch.tree.join("examples/snippets");
    let bins = project.join("src/bin");
    fs::create_dir_all(&bins).expect("a directory");
    fs::write(
        project.join("Cargo.toml"),
        "[package]\nname = \"snippets\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n\
         snmalloc-rs = { path = \"../../snmalloc-rs\", features = [\"stats\"] }\n",
    )
    .expect("a manifest");
    let lock = scratch.tree.join("examples/cli/Cargo.lock");
    let lock = fs::read_to_string(lock).expect("a lock file");
    let lock = lock.replace("name = \"words\"", "name = \"snippets\"");
    fs::write(project.join("Cargo.lock"), lock).expect("a lock file");
    let mut count = 0;
    for name in documents() {
        for fence in fences::of(&name)
            .iter()
            .filter(|it| it.language() == "rust")
        {
            let file = bins.join(format!("snippet{count}.rs"));
            fs::write(file, format!("// {}\n{}", fence.at, program(&fence.text))).expect("a file");
            count += 1;
        }
    }
    assert!(count > 4, "{count} snippets");
    let target = crate::support::target_dir("documents").join("examples");
    Run::cargo(&["build", "--release", "--offline", "--bins"])
        .dir(&project)
        .env("CARGO_TARGET_DIR", &target)
        .end()
        .expect_code(0);
    for number in 0..count {
        Run::new(target.join(format!("release/snippet{number}")))
            .end()
            .expect_code(0);
    }
}

#[test]
fn manifests_in_documents_name_existing_features() {
    let metadata = Run::cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ]);
    let metadata: Value = serde_json::from_str(&metadata.end().expect_code(0).stdout).unwrap();
    let packages = metadata["packages"].as_array().expect("packages");
    let ours = packages.iter().find(|it| it["name"] == "snmalloc-rs");
    let ours = ours.expect("the crate");
    let version = ours["version"].as_str().expect("a version");
    let mut count = 0;
    for name in fences::documents() {
        for fence in fences::of(&name) {
            let lines = fence.text.lines().filter(|_| fence.language() == "toml");
            for line in lines.filter(|line| line.starts_with("snmalloc-")) {
                count += 1;
                let mut strings = line.split('"').skip(1).step_by(2);
                let required = strings.next().expect("a version or a repository");
                let there = match line.contains("{ git = ") {
                    true => ours["repository"] == required,
                    false => version.starts_with(required),
                };
                assert!(there, "{}: {line}", fence.at);
                for feature in strings {
                    let there = &ours["features"][feature];
                    assert!(there.is_array(), "{}: no feature {feature}", fence.at);
                }
            }
        }
    }
    assert!(count > 3, "{count} lines");
}
