//! The crate's build, as plain cargo runs it: what can go wrong, and what is said.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::support::{
    Run, SYS, copy_of_the_tree, has, path_with, script, target_dir, vendored_tree,
};

fn build(name: &str) -> Run {
    Run::cargo(&["build", "--package", SYS, "--locked"]).env("CARGO_TARGET_DIR", target_dir(name))
}

#[test]
fn a_directory_that_is_no_source_is_refused() {
    build("build-script")
        .env("SNMALLOC_SOURCE_DIR", "/etc")
        .end()
        .expect_code(101)
        .expect_error(&[
            "SNMALLOC_SOURCE_DIR is `/etc`, which isn't a snmalloc source tree",
            "/etc/src/snmalloc/snmalloc.h (not there)",
        ]);
}

#[test]
fn a_compiler_that_is_too_old_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let cxx = dir.path().join("old-c++");
    script(
        &cxx,
        "case \"$*\" in *-E*) echo 'snmalloc_probe: gnu 6 3'; exit;; esac\n\
         echo \"unrecognized command line option '-std=c++17'\" >&2; exit 1",
    );
    build("build-script")
        .env("CXX", &cxx)
        .end()
        .expect_code(101)
        .expect_error(&[
            "is too old or broken: it can't compile C++17",
            "| unrecognized command line option",
            "to fix: use GCC 8, clang 10 or newer",
        ]);
}

#[test]
fn a_compiler_for_another_processor_is_refused() {
    if !has(
        "a compiler for another processor",
        &["aarch64-linux-gnu-g++"],
    ) {
        return;
    }
    build("build-script")
        .env("CXX", "aarch64-linux-gnu-g++")
        .end()
        .expect_code(101)
        .expect_error(&["makes code for aarch64, not for "]);
}

#[test]
fn both_builders_tell_how_the_compiler_failed_and_a_rerun_works() {
    if !has("both builders' failures", &["cmake", "g++"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let cxx = dir.path().join("failing-c++");
    script(
        &cxx,
        "case \"$*\" in *shim.cc*) echo 'out of registers' >&2; exit 4;; esac\nexec g++ \"$@\"",
    );
    for builder in ["cc", "cmake"] {
        build("build-script-rerun")
            .env("CXX", &cxx)
            .env("SNMALLOC_BUILDER", builder)
            .end()
            .expect_code(101)
            .expect_error(&["| out of registers", "to repeat it: "]);
        build("build-script-rerun")
            .env("SNMALLOC_BUILDER", builder)
            .end()
            .expect_code(0);
    }
}

#[test]
fn without_cmake_cc_is_used_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = path_with(dir.path(), &["c++"]);
    build("build-script-bare")
        .env("PATH", &path)
        .end()
        .expect_code(0)
        .expect_error(&["snmalloc is built with cc, because CMake isn't installed"]);
    build("build-script-bare")
        .env("PATH", &path)
        .env("SNMALLOC_BUILDER", "cmake")
        .end()
        .expect_code(101)
        .expect_error(&[
            "SNMALLOC_BUILDER=cmake, but CMake isn't installed",
            "to fix: ",
        ]);
}

#[test]
fn a_second_build_runs_nothing_and_a_changed_variable_does() {
    let run = || build("build-script-twice");
    run().end().expect_code(0);
    let again = run().end().expect_code(0);
    assert!(!again.stderr.contains("Compiling"), "{}", again.stderr);
    let changed = run().env("CXXFLAGS", "-O2").end().expect_code(0);
    assert!(
        changed.stderr.contains("Compiling snmalloc-sys"),
        "{}",
        changed.stderr
    );
}

/// A cargo home that shares everything with the real one but the package that
/// holds the C++ source.
fn home_without_the_source(home: &Path) {
    let real = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cargo"),
        PathBuf::from,
    );
    let registry = real.join("registry");
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
fn no_network_on_first_use_names_every_place() {
    let dir = tempfile::tempdir().unwrap();
    home_without_the_source(dir.path());
    // In a copy, so that a vendored source in the working tree isn't found.
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
            "source/Cargo.toml",
            "offline",
            "to fix: cargo xtask vendor",
        ]);
}

#[test]
fn a_corrupted_download_is_cargo_s_error_passed_on() {
    let dir = tempfile::tempdir().unwrap();
    home_without_the_source(dir.path());
    // A mirror (a real local registry) whose file isn't what the lock file says.
    let mirror = dir.path().join("mirror");
    fs::create_dir_all(mirror.join("index/sn/ma")).unwrap();
    fs::write(mirror.join("snmalloc-sys-0.7.6.crate"), "not a package").unwrap();
    let lock = fs::read_to_string(crate::support::root().join("snmalloc-sys/source/Cargo.lock"));
    let lock = lock.unwrap();
    let checksum = lock
        .split("checksum = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a checksum");
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
    // The user's settings are found from the target directory, as for any crate
    // that is built from a git checkout.
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
fn a_read_only_tree_in_an_odd_directory_builds_with_both_builders() {
    if !has("a read-only tree", &["cmake", "ninja"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("it's \"quoted\", ünïcode");
    copy_of_the_tree(&tree);
    Run::new("chmod")
        .end_with(&["-R", "a-w", tree.to_str().unwrap()])
        .expect_code(0);
    let before = listing(&tree);
    for builder in ["cc", "cmake"] {
        Run::cargo(&["test", "--package", SYS, "--locked", "--test", "archive"])
            .dir(&tree)
            .env("CARGO_TARGET_DIR", dir.path().join("target \u{e9}'s"))
            .env("SNMALLOC_BUILDER", builder)
            .end()
            .expect_code(0);
    }
    // Even root, whom permissions don't stop, has written nothing there.
    assert_eq!(listing(&tree), before);
    Run::new("chmod")
        .end_with(&["-R", "u+w", tree.to_str().unwrap()])
        .expect_code(0);
}

fn listing(tree: &Path) -> String {
    Run::new("find")
        .dir(tree)
        .end_with(&[".", "-printf", "%p %s %T@\n"])
        .expect_code(0)
        .stdout
}

#[test]
fn a_source_directory_may_be_relative_to_the_package() {
    if !has("a relative source directory", &["cmake"]) {
        return;
    }
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
    // A changed header is noticed, wherever the source is.
    let header = tree.join("elsewhere/src/snmalloc/pal/pal_linux.h");
    let text = fs::read_to_string(&header).unwrap();
    fs::write(&header, format!("{text}// changed\n")).unwrap();
    assert!(run("cc").stderr.contains("Compiling snmalloc-sys"));
}

#[test]
fn two_runs_at_once_in_one_directory_both_succeed() {
    let threads: Vec<_> = (0..2)
        .map(|_| {
            std::thread::spawn(|| {
                Run::xtask(&["build", "--builder", "cc"])
                    .env("CARGO_TARGET_DIR", target_dir("at-once"))
                    .end()
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic").expect_code(0);
    }
}
