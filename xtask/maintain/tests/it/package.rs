//! The published packages: made from two directories, documented in a bill of materials, and
//! used by a crate outside of the workspace.

mod faults;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, committed, copy_of_the_tree, machine, root, xtask_in};

const PACKAGES: [&str; 3] = ["snmalloc-toolchains", "snmalloc-sys", "snmalloc-rs"];

/// A program that prints `100`.
const PROGRAM: &str = "#[global_allocator]\nstatic ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;\n\
     fn main() { println!(\"{}\", vec![1; 100].len()); }\n";

/// The workspace's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `cargo xtask package ARGS` in a tree.
fn package(tree: &Path, args: &[&str]) -> Run {
    xtask_in(tree, &[&["package"], args].concat())
}

#[test]
fn packages_and_archives_are_the_same_from_any_directory() {
    needs!(Need::Git, Need::Cmake);
    let dir = tempfile::tempdir().unwrap();
    let places = ["one", "of-another-name"].map(|name| dir.path().join(name));
    let mut made: Vec<Vec<(String, Vec<u8>)>> = Vec::new();
    let mut archives: Vec<Vec<Vec<u8>>> = Vec::new();
    for place in &places {
        let tree = place.join("tree");
        committed(&tree);
        let ended = package(&tree, &["--no-test", "--json"])
            .end()
            .expect_code(0);
        let output: Value = serde_json::from_str(&ended.stdout).unwrap();
        let out = tree.join("target/xtask/package");
        Run::new("sha256sum")
            .dir(&out)
            .end_with(&["--check", "--strict", "--quiet", "SHA256SUMS"])
            .expect_code(0);
        let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        made.push(files);
        for name in PACKAGES {
            let file = out.join(format!("{name}-{VERSION}.crate"));
            let listed = output["packages"].as_array().unwrap();
            assert!(listed.iter().any(|it| it["file"] == file.to_str().unwrap()));
            Run::new("tar")
                .dir(place)
                .end_with(&["xzf", file.to_str().unwrap()])
                .expect_code(0);
        }
        archives.push(archives_of_an_app(place));
    }
    let names: Vec<&str> = made[0].iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "SHA256SUMS".to_owned(),
        format!("snmalloc-rs-{VERSION}.cdx.json"),
        format!("snmalloc-rs-{VERSION}.crate"),
        format!("snmalloc-sys-{VERSION}.crate"),
        format!("snmalloc-toolchains-{VERSION}.crate"),
    ];
    assert_eq!(names, expected);
    for (one, other) in made[0].iter().zip(&made[1]) {
        assert!(one == other, "{} differs between directories", one.0);
    }
    assert!(archives[0] == archives[1], "the archives differ");
    let vcs = format!("snmalloc-rs-{VERSION}/.cargo_vcs_info.json");
    let vcs = places[0].join(vcs);
    let vcs: Value = serde_json::from_str(&fs::read_to_string(vcs).unwrap()).unwrap();
    assert_eq!(vcs["git"]["dirty"], Value::Null, "{vcs}");
    bill_of_materials(&serde_json::from_slice(&made[0][1].1).unwrap());
}

/// Checks the bill against facts from other sources.
fn bill_of_materials(bill: &Value) {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let components = bill["components"].as_array().unwrap();
    let component = |name: &str| {
        let found = components.iter().find(|it| it["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is missing: {bill}"))
    };
    let cxx = component("snmalloc");
    assert_eq!(cxx["version"], "0.7.6");
    let checksum = cxx["hashes"][0]["content"].as_str().unwrap();
    assert!(
        lock.contains(&format!("checksum = \"{checksum}\"")),
        "{checksum}"
    );
    assert_eq!(cxx["licenses"][0]["license"]["id"], "MIT");
    for (name, scope) in [
        ("cc", "required"),
        ("allocator-api2", "optional"),
        ("hashbrown", "excluded"),
        ("snmalloc-sys", "required"),
    ] {
        assert_eq!(component(name)["scope"], scope, "{name}");
    }
    assert_eq!(bill["metadata"]["component"]["name"], "snmalloc-rs");
    assert_eq!(bill["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
    for it in components {
        let hash = it["hashes"][0]["content"].as_str().unwrap();
        assert_eq!(hash.len(), 64, "{it}");
        assert!(!it["licenses"].as_array().unwrap().is_empty(), "{it}");
    }
    // xtask's dependencies are not part of the published packages.
    assert!(!bill.to_string().contains("pkg:cargo/clap@"));
}

#[test]
fn packages_with_missing_files_are_refused() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path();
    committed(tree);
    fs::remove_file(tree.join("snmalloc-rs/examples/pair.rs")).unwrap();
    fs::write(tree.join("snmalloc-rs/examples/more.rs"), "fn main() {}\n").unwrap();
    package(tree, &["--no-test"])
        .end()
        .expect_code(1)
        .expect_error(&[
            "the tree has changes that no commit holds",
            "snmalloc-rs/examples/pair.rs",
            "--allow-dirty",
        ]);
    package(tree, &["--no-test", "--allow-dirty"])
        .end()
        .expect_code(1)
        .expect_error(&[
            "snmalloc-rs: missing: examples/pair.rs",
            "snmalloc-rs: not in its list: examples/more.rs",
            "help: where the difference is meant: cargo xtask package --bless",
        ]);
    assert!(!tree.join("target/xtask/package").exists());
    package(tree, &["--no-test", "--allow-dirty", "--bless"])
        .end()
        .expect_code(0);
    let list = fs::read_to_string(tree.join("xtask/contents/snmalloc-rs.txt")).unwrap();
    assert!(list.contains("examples/more.rs") && !list.contains("examples/pair.rs"));
}

#[test]
fn packages_are_tested_with_their_own_source() {
    needs!(Need::Git);
    package(&root(), &["--dry-run"])
        .env("SNMALLOC_SOURCE_DIR", "/elsewhere")
        .end()
        .expect_code(2)
        .expect_error(&["SNMALLOC_SOURCE_DIR is set"]);
}

/// Only checks the order: the tests of the packages take minutes to compile.
#[test]
fn dependencies_are_fetched_before_offline_tests() {
    needs!(Need::Git);
    let steps = |args: &[&str]| {
        let ended = package(&root(), &[args, &["--dry-run"]].concat()).end();
        let lines = ended.expect_code(0).stdout;
        let step = |line: &str| {
            let found = [" package ", " fetch --locked", " test --offline"];
            let found = found.iter().position(|step| line.contains(step));
            found.unwrap_or_else(|| panic!("{line}"))
        };
        lines.lines().map(step).collect::<Vec<_>>()
    };
    assert_eq!(steps(&["--builder", "cc"]), [0, 1, 2]);
    assert_eq!(steps(&["--no-test"]), [0]);
}

#[test]
fn tag_that_mismatches_version_or_changelog_is_refused() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    copy_of_the_tree(dir.path());
    let tagged = |tag: &str| package(dir.path(), &["--no-test", "--dry-run", "--tag", tag]).end();
    let tag = format!("v{VERSION}");
    tagged(VERSION)
        .expect_code(1)
        .expect_error(&["isn't that of version", &format!("git tag {tag}")]);
    let file = dir.path().join("CHANGELOG.md");
    fs::write(&file, format!("# Changelog\n\n## [{VERSION}]\n")).unwrap();
    tagged(&tag).expect_code(1).expect_error(&[
        "CHANGELOG.md",
        &format!("## [{VERSION}]"),
        "help:",
    ]);
    fs::write(&file, format!("## [{VERSION}] - 2026-01-01\n- x\n")).unwrap();
    tagged(&tag).expect_code(0);
}

/// Builds and runs a program with the unpacked packages next to it, once with each builder;
/// returns the archives of the C++.
fn archives_of_an_app(place: &Path) -> Vec<Vec<u8>> {
    let app = place.join("app");
    fs::create_dir_all(app.join("src")).unwrap();
    fs::write(
        app.join("Cargo.toml"),
        format!(
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
             [dependencies]\nsnmalloc-rs = {{ path = \"../snmalloc-rs-{VERSION}\" }}\n\
             snmalloc-sys = \"{VERSION}\"\n\n\
             [patch.crates-io]\n\
             snmalloc-sys = {{ path = \"../snmalloc-sys-{VERSION}\" }}\n\
             snmalloc-toolchains = {{ path = \"../snmalloc-toolchains-{VERSION}\" }}\n\n\
             [profile.release]\ndebug = true\n\n[workspace]\n"
        ),
    )
    .unwrap();
    fs::write(app.join("src/main.rs"), PROGRAM).unwrap();
    // Check the variables that a dependent crate's build script gets.
    fs::write(
        app.join("build.rs"),
        "fn main() {\n\
         let told = |name: &str| std::env::var(format!(\"DEP_SNMALLOC_{name}\")).unwrap();\n\
         assert_eq!(told(\"BUILDER\"), std::env::var(\"SNMALLOC_BUILDER\").unwrap());\n\
         assert_eq!(told(\"VERSION\"), \"0.7.6\");\n\
         let header = format!(\"{}/src/snmalloc/snmalloc.h\", told(\"SOURCE\"));\n\
         assert!(std::path::Path::new(&header).is_file());\n\
         std::fs::write(\"archive.txt\", told(\"ARCHIVE\")).unwrap();\n}\n",
    )
    .unwrap();
    let mut archives = Vec::new();
    for builder in ["cc", "cmake"] {
        let ended = Run::cargo(&["run", "--release", "--offline", "--quiet"])
            .dir(&app)
            .env("SNMALLOC_BUILDER", builder)
            .end()
            .expect_code(0);
        assert_eq!(ended.stdout, "100\n");
        let program = fs::read(app.join("target/release/app")).unwrap();
        let asserts = program.windows(11).any(|bytes| bytes == b"assert fail");
        assert!(!asserts, "a release build with debug info has assertions");
        let file = PathBuf::from(fs::read_to_string(app.join("archive.txt")).unwrap());
        archives.push(fs::read(file).unwrap());
    }
    archives
}

/// The README recommends this as long as nothing is published.
#[test]
fn git_repository_works_as_a_dependency() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    committed(&tree);
    // cargo's clones of repositories stay in this directory; its registry is the user's.
    let home = dir.path().join("cargo");
    fs::create_dir(&home).unwrap();
    let own = machine::cargo_home();
    for name in ["registry", "config.toml"] {
        if own.join(name).exists() {
            std::os::unix::fs::symlink(own.join(name), home.join(name)).unwrap();
        }
    }
    let app = dir.path().join("app");
    fs::create_dir_all(app.join("src")).unwrap();
    fs::write(
        app.join("Cargo.toml"),
        format!(
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
             [dependencies]\nsnmalloc-rs = {{ git = \"file://{}\" }}\n",
            tree.display()
        ),
    )
    .unwrap();
    fs::write(app.join("src/main.rs"), PROGRAM).unwrap();
    let ended = Run::cargo(&["run", "--quiet"])
        .dir(&app)
        .env("CARGO_HOME", &home)
        .end()
        .expect_code(0);
    assert_eq!(ended.stdout, "100\n");
}
