//! The search for snmalloc's C++ source: the order, and errors.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::build_script::build;
use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, SYS, copy_of_the_tree, machine, vendored_tree};

#[test]
fn directory_without_source_is_refused() {
    build("build-script")
        .env("SNMALLOC_SOURCE_DIR", "/etc")
        .end()
        .expect_code(101)
        .expect_error(&[
            "SNMALLOC_SOURCE_DIR is `/etc`, which isn't a snmalloc source tree",
            "/etc/src/snmalloc/snmalloc.h (not there)",
        ]);
}

/// A cargo home that shares everything with the real one except the package with the C++
/// source.
fn home_without_the_source(home: &Path) {
    let registry = machine::cargo_home().join("registry");
    fs::create_dir_all(home.join("registry")).unwrap();
    symlink(registry.join("index"), home.join("registry/index")).unwrap();
    for part in ["cache", "src"] {
        for index in fs::read_dir(registry.join(part)).unwrap().flatten() {
            let mine = home.join("registry").join(part).join(index.file_name());
            fs::create_dir_all(&mine).unwrap();
            for package in fs::read_dir(index.path()).unwrap().flatten() {
                let name = package.file_name();
                if !name.to_string_lossy().starts_with("snmalloc-sys-0.7") {
                    symlink(package.path(), mine.join(name)).unwrap();
                }
            }
        }
    }
}

#[test]
fn missing_network_lists_searched_paths() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    home_without_the_source(dir.path());
    // Use a copy: a vendored source in the working tree must not be found.
    let tree = dir.path().join("tree");
    copy_of_the_tree(&tree);
    build("build-script-offline")
        .dir(&tree)
        .env("CARGO_HOME", dir.path())
        .env("CARGO_NET_OFFLINE", "true")
        .end()
        .expect_code(101)
        .expect_error(&[
            "snmalloc's C++ source was not found",
            "SNMALLOC_SOURCE_DIR (not set)",
            "snmalloc-sys/upstream (not there)",
            "the package snmalloc-sys 0.7.6, by `cargo metadata`",
            "offline",
            "help: cargo fetch",
        ]);
}

/// The checksum of the package with the C++ source.
fn locked_checksum() -> String {
    let lock = fs::read_to_string(crate::support::root().join("Cargo.lock")).unwrap();
    let start = "name = \"snmalloc-sys\"\nversion = \"0.7.6\"\n";
    let entry = lock.split_once(start).expect("the package").1;
    let checksum = entry.split("checksum = \"").nth(1);
    let checksum = checksum.and_then(|rest| rest.split('"').next());
    checksum.expect("a checksum").to_owned()
}

#[test]
fn build_script_and_lock_file_pin_the_same_source() {
    let root = crate::support::root();
    let script = fs::read_to_string(root.join("snmalloc-sys/build/source/mod.rs")).unwrap();
    let manifest = fs::read_to_string(root.join("snmalloc-sys/Cargo.toml")).unwrap();
    assert!(script.contains(&format!("CHECKSUM: &str = \"{}\"", locked_checksum())));
    assert!(script.contains("VERSION: &str = \"0.7.6\""));
    assert!(manifest.contains("version = \"=0.7.6\""));
}

#[test]
fn another_snmalloc_is_refused_before_the_compiler_runs() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    vendored_tree(&tree);
    let source = tree.join("snmalloc-sys/upstream");
    // Restore the older upstream source, whose queue can't be emptied and used again.
    let file = source.join("src/snmalloc/mem/freelist_queue.h");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        text.replace("drain_and_reset", "destroy_and_iterate"),
    )
    .unwrap();
    let ended = build("build-script")
        .env("SNMALLOC_SOURCE_DIR", &source)
        .end()
        .expect_code(101)
        .expect_error(&[
            "a snmalloc that doesn't fit: this crate needs the C++ of snmalloc-sys 0.7.6",
            "src/snmalloc/mem/freelist_queue.h (no `void drain_and_reset(` in it)",
            "help: unset SNMALLOC_SOURCE_DIR",
        ]);
    assert!(!ended.stderr.contains("template"), "{}", ended.stderr);
}

#[test]
fn corrupted_download_shows_the_error_of_cargo() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    home_without_the_source(dir.path());
    // A mirror (a real local registry) whose file doesn't match the lock file.
    let mirror = dir.path().join("mirror");
    fs::create_dir_all(mirror.join("index/sn/ma")).unwrap();
    fs::write(mirror.join("snmalloc-sys-0.7.6.crate"), "not a package").unwrap();
    let checksum = locked_checksum();
    fs::write(
        mirror.join("index/sn/ma/snmalloc-sys"),
        format!(
            "{{\"name\":\"snmalloc-sys\",\"vers\":\"0.7.6\",\"deps\":[],\"cksum\":\"{checksum}\",\
             \"features\":{{}},\"yanked\":false}}\n"
        ),
    )
    .unwrap();
    let tree = dir.path().join("tree");
    copy_of_the_tree(&tree);
    // The user's settings are found from the target directory, as for any crate from a git
    // checkout.
    let project = dir.path().join("project");
    fs::create_dir_all(project.join(".cargo")).unwrap();
    fs::write(
        project.join(".cargo/config.toml"),
        format!(
            "[source.crates-io]\nreplace-with = \"mirror\"\n[source.mirror]\nlocal-registry = \"{}\"\n",
            mirror.display()
        ),
    )
    .unwrap();
    Run::cargo(&["build", "--package", SYS, "--locked"])
        .dir(&tree)
        .env("CARGO_TARGET_DIR", project.join("target"))
        .env("CARGO_HOME", dir.path())
        .end()
        .expect_code(101)
        .expect_error(&["snmalloc's C++ source was not found", "checksum"]);
}

#[test]
fn a_source_directory_may_be_relative_to_the_package() {
    needs!(Need::Git, Need::Cmake);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    vendored_tree(&tree);
    fs::rename(tree.join("snmalloc-sys/upstream"), tree.join("elsewhere")).unwrap();
    let run = |builder| {
        build("build-script-relative")
            .dir(&tree)
            .env("SNMALLOC_SOURCE_DIR", "../elsewhere")
            .env("SNMALLOC_BUILDER", builder)
            .end()
            .expect_code(0)
    };
    run("cmake");
    run("cc");
    assert!(!run("cc").stderr.contains("Compiling"));
    // A changed header causes a rebuild, wherever the source is.
    let header = tree.join("elsewhere/src/snmalloc/pal/pal_linux.h");
    let text = fs::read_to_string(&header).unwrap();
    fs::write(&header, format!("{text}// changed\n")).unwrap();
    assert!(run("cc").stderr.contains("Compiling snmalloc-sys"));
}
