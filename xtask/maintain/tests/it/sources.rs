//! All ways to add the crate to a project: each builds and runs without network.

use std::fs;
use std::path::{Path, PathBuf};

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Ended, Run, committed, copy_of_the_tree, machine, root, vendored_tree};

const PROGRAM: &str = "\
#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
fn main() {
    println!(\"{}\", vec![1_u8; 1000].len());
}
";

/// A project with one dependency, written as in `dependency`.
fn project(dir: &Path, dependency: &str) -> PathBuf {
    let dir = dir.join("project");
    fs::create_dir_all(dir.join("src")).unwrap();
    fs::write(dir.join("src/main.rs"), PROGRAM).unwrap();
    let manifest = format!(
        "[package]\nname = \"down\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nsnmalloc-rs = {dependency}\n"
    );
    fs::write(dir.join("Cargo.toml"), manifest).unwrap();
    // Lock the versions that this machine has.
    fs::copy(root().join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
    dir
}

/// A program of the toolchain itself: rustup's proxies need a home.
fn real(name: &str) -> PathBuf {
    Path::new(machine::ask_rustc(&["--print", "sysroot"]).trim())
        .join("bin")
        .join(name)
}

/// Runs cargo in a project without network, home, and cargo's downloads.
fn cargo_only(project: &Path, args: &[&str]) -> Ended {
    let isolates =
        Run::new(machine::program("unshare")).end_with(&["--net", "--map-root-user", "true"]);
    let cargo = real("cargo");
    let mut run = if isolates.code == Some(0) {
        let mut run = Run::new(machine::program("unshare"));
        run.command().args(["--net", "--map-root-user"]).arg(cargo);
        run
    } else {
        // `--frozen` requests the same, but without isolation.
        Run::new(cargo)
    };
    let path = format!("{}:/usr/bin:/bin", real("").display());
    run.command().env_clear().args(args);
    run.dir(project)
        .env("PATH", path)
        .env("PWD", project)
        .env("HOME", "/no/such/home")
        .env("CARGO_HOME", project.join("no-cargo-home"))
        .env("SNMALLOC_BUILDER", "cc")
        .end()
}

fn runs(project: &Path) {
    let ended = Run::new(project.join("target/debug/down"))
        .end()
        .expect_code(0);
    assert_eq!(ended.stdout, "1000\n");
}

/// Runs `cargo vendor`, and writes the settings that it prints.
fn vendor(project: &Path, args: &[&str]) {
    let ended = Run::cargo(&["vendor"])
        .dir(project)
        .end_with(args)
        .expect_code(0);
    fs::create_dir_all(project.join(".cargo")).unwrap();
    fs::write(project.join(".cargo/config.toml"), ended.stdout).unwrap();
}

#[test]
fn vendored_git_dependency_builds_without_network() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let repository = dir.path().join("repository");
    committed(&repository);
    let url = format!("{{ git = \"file://{}\" }}", repository.display());
    let project = project(dir.path(), &url);
    for args in [&[][..], &["--versioned-dirs"]] {
        vendor(&project, args);
        cargo_only(&project, &["build", "--frozen"]).expect_code(0);
        runs(&project);
        fs::remove_dir_all(project.join("target")).unwrap();
    }
    // A store is read-only: no file can be written next to the sources.
    Run::new(machine::program("chmod"))
        .end_with(&["-R", "a-w", project.join("vendor").to_str().unwrap()])
        .expect_code(0);
    cargo_only(&project, &["build", "--frozen"]).expect_code(0);
    runs(&project);
    Run::new(machine::program("chmod"))
        .end_with(&["-R", "u+w", project.join("vendor").to_str().unwrap()])
        .expect_code(0);
    // A package with the right name and other contents is rejected.
    let checksums = project.join("vendor/snmalloc-sys-0.7.6/.cargo-checksum.json");
    let text = fs::read_to_string(&checksums).unwrap();
    fs::write(
        &checksums,
        text.replace("\"package\":\"f09c", "\"package\":\"0000"),
    )
    .unwrap();
    fs::remove_dir_all(project.join("target")).unwrap();
    cargo_only(&project, &["build", "--frozen"])
        .expect_code(101)
        .expect_error(&["checksum for `snmalloc-sys v0.7.6` changed"]);
}

#[test]
fn path_dependency_next_to_vendored_crates_builds_without_network() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("third-party/snmalloc");
    copy_of_the_tree(&tree);
    let path = format!(
        "{{ path = {:?} }}",
        tree.join("snmalloc-rs").display().to_string()
    );
    let project = project(dir.path(), &path);
    vendor(&project, &[]);
    cargo_only(&project, &["build", "--frozen"]).expect_code(0);
    runs(&project);
    // The settings are found from the project if the target directory is elsewhere.
    let elsewhere = format!("--target-dir={}", dir.path().join("elsewhere").display());
    cargo_only(&project, &["build", "--frozen", &elsewhere]).expect_code(0);
}

#[test]
fn fetched_dependencies_build_offline() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    copy_of_the_tree(&tree);
    let path = format!(
        "{{ path = {:?} }}",
        tree.join("snmalloc-rs").display().to_string()
    );
    let project = project(dir.path(), &path);
    Run::cargo(&["fetch"]).dir(&project).end().expect_code(0);
    Run::cargo(&["build", "--offline", "--locked"])
        .dir(&project)
        .env("CARGO_NET_OFFLINE", "true")
        .end()
        .expect_code(0);
    runs(&project);
}

/// The layout of Bazel's and Nix's rules: a directory per package, named by the tool.
#[test]
fn sources_in_a_store_are_found_next_to_the_package() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    vendored_tree(&tree);
    let source = dir.path().join("store/crates__snmalloc-sys-0.7.6");
    fs::create_dir_all(&source).unwrap();
    fs::rename(tree.join("snmalloc-sys/upstream"), source.join("upstream")).unwrap();
    let manifest = "[package]\nname = \"snmalloc-sys\"\nversion = \"0.7.6\"\n";
    fs::write(source.join("Cargo.toml"), manifest).unwrap();
    for name in ["toolchains", "snmalloc-sys", "snmalloc-rs"] {
        fs::rename(tree.join(name), dir.path().join("store").join(name)).unwrap();
    }
    // The packages' manifests inherit from a workspace.
    let workspace = fs::read_to_string(tree.join("Cargo.toml")).unwrap();
    let workspace = workspace.replace(", \"xtask\"]", "]");
    fs::write(dir.path().join("store/Cargo.toml"), workspace).unwrap();
    let store = dir.path().join("store/snmalloc-rs");
    let path = format!("{{ path = {:?} }}", store.display().to_string());
    let project = project(dir.path(), &path);
    vendor(&project, &[]);
    // The build must not find the source that cargo vendor copied.
    fs::remove_dir_all(project.join("vendor/snmalloc-sys/upstream")).unwrap();
    cargo_only(&project, &["build", "--frozen"]).expect_code(0);
    runs(&project);
}

#[test]
fn versions_0_7_and_0_8_are_two_allocators_in_one_program() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let path = root().join("snmalloc-rs").display().to_string();
    let project = project(dir.path(), &format!("{{ path = {path:?} }}"));
    let manifest = project.join("Cargo.toml");
    let both = fs::read_to_string(&manifest).unwrap()
        + "old = { package = \"snmalloc-sys\", version = \"=0.7.6\", default-features = false, \
           features = [\"build_cc\"] }\n";
    fs::write(&manifest, both).unwrap();
    fs::write(
        project.join("src/main.rs"),
        "#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
fn main() {
    let old = unsafe { old::sn_rust_alloc(8, 100) };
    let old_size = unsafe { old::sn_rust_usable_size(old) };
    let threads: Vec<_> = (1..5)
        .map(|n| std::thread::spawn(move || {
            let blocks: Vec<_> = (0..2000).map(|i| vec![n as u8; i]).collect();
            for i in 1..2000 {
                unsafe {
                    let block = old::sn_rust_alloc(8, i);
                    block.cast::<u8>().write_bytes(n as u8, i);
                    old::sn_rust_dealloc(block, 8, i);
                }
            }
            blocks.iter().flatten().all(|byte| *byte == n as u8)
        }))
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    let size = snmalloc_rs::SnMalloc::memory_stats().current_memory_usage;
    unsafe { old::sn_rust_dealloc(old, 8, 100) };
    println!(\"{}\", if old_size >= 100 && size > 0 { 1000 } else { 0 });
}
",
    )
    .unwrap();
    Run::cargo(&["build", "--offline"])
        .dir(&project)
        .end()
        .expect_code(0);
    runs(&project);
}
