//! The crate's build with plain cargo: failures, and their messages.

use std::path::Path;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, SYS, build_dir, copy_of_the_tree, day, path_with, script, target_dir};

pub fn build(name: &str) -> Run {
    Run::cargo(&["build", "--package", SYS, "--locked"]).env("CARGO_TARGET_DIR", build_dir(name))
}

/// Builds without results of an earlier run: cargo prints only the output of what it runs.
fn build_anew(name: &str) -> Run {
    Run::cargo(&["clean", "--package", SYS, "--locked"])
        .env("CARGO_TARGET_DIR", build_dir(name))
        .end()
        .expect_code(0);
    build(name)
}

/// A directory whose name shells, Make and response files could misread.
const HOSTILE_DIR: &str = "a b é&(1)*";
/// A directory that CMake can't build in (LLVM replaces `%` in the names of its outputs).
const HOSTILE_FOR_CMAKE: &str = "a $x;#\"q\\c'";

#[test]
fn hostile_paths_build_with_every_compiler_family() {
    needs!(
        Need::Cmake,
        Need::Ninja,
        Need::Zig,
        Need::Compiler("g++"),
        Need::Compiler("clang++")
    );
    let families = [
        ("CXX", "g++"),
        ("CXX", "clang++"),
        ("SNMALLOC_TOOLCHAIN", "zig"),
    ];
    for (variable, value) in families {
        build_anew(HOSTILE_DIR)
            .env("SNMALLOC_BUILDER", "cmake")
            .env(variable, value)
            .end()
            .expect_code(0);
    }
    // The other builder needs no file of options: one family a day.
    let (variable, value) = families[usize::try_from(day()).unwrap() % families.len()];
    build_anew(HOSTILE_FOR_CMAKE)
        .env("SNMALLOC_BUILDER", "cc")
        .env(variable, value)
        .end()
        .expect_code(0);
}

#[test]
fn an_apostrophe_that_zig_cannot_read_is_refused() {
    needs!(Need::Cmake, Need::Zig);
    build_anew("it's")
        .env("SNMALLOC_BUILDER", "cmake")
        .env("SNMALLOC_TOOLCHAIN", "zig")
        .end()
        .expect_code(101)
        .expect_error(&["can't read the apostrophe in", "set SNMALLOC_BUILDER=cc"]);
}

#[test]
fn compiler_too_old_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let cxx = dir.path().join("old-c++");
    script(
        &cxx,
        "case \"$*\" in *-E*) echo 'snmalloc_probe: gnu 6 3'; exit;; esac\n\
         case \"$*\" in *-std=*) echo \"unrecognized option '-std=c++17'\" >&2; exit 1; esac",
    );
    build("build-script")
        .env("CXX", &cxx)
        .end()
        .expect_code(101)
        .expect_error(&[
            "is too old: it can't compile C++17",
            "| unrecognized option",
            "help: use GCC 8, clang 10 or newer",
        ]);
}

#[test]
fn compiler_for_another_cpu_is_refused() {
    needs!(Need::Compiler("aarch64-linux-gnu-g++"));
    build("build-script")
        .env("CXX", "aarch64-linux-gnu-g++")
        .end()
        .expect_code(101)
        .expect_error(&["makes code for aarch64, not for "]);
}

#[test]
fn both_builders_report_compiler_errors_and_a_rerun_works() {
    needs!(Need::Cmake);
    let dir = tempfile::tempdir().unwrap();
    let cxx = dir.path().join("failing-c++");
    script(
        &cxx,
        "case \"$*\" in *shim.cc*) echo 'out of registers' >&2; exit 4;; esac\nexec c++ \"$@\"",
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
fn cc_is_used_and_reported_without_cmake() {
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
            "help: ",
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

#[test]
fn probe_results_reach_the_log() {
    let mut verbose = build_anew("build-script-answers")
        .env("SNMALLOC_BUILDER", "cc")
        .env("CXXFLAGS", "-Wmissing-declarations -Werror");
    verbose.command().arg("-vv");
    let ended = verbose.end().expect_code(0);
    for probe in ["probe CXX20=1", "probe GETENTROPY=1", "probe ATFORK=1"] {
        assert!(
            ended.stdout.contains(probe) || ended.stderr.contains(probe),
            "{probe}"
        );
    }
}

#[test]
fn a_line_break_in_a_flag_begins_no_directive() {
    let flag = "'-D_GLIBCXX_DEBUG=\ncargo::error=injected'";
    let ended = build_anew("build-script-line-break")
        .env("SNMALLOC_BUILDER", "cc")
        .env("CC_SHELL_ESCAPED_FLAGS", "1")
        .env("CXXFLAGS", flag)
        .end()
        .expect_code(0);
    let warning = "ignored from CXXFLAGS: -D_GLIBCXX_DEBUG= cargo::error=injected (";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
}

#[test]
fn libatomic_is_not_linked_for_names_in_debug_information() {
    let mut run = build_anew("build-script-debug").env("CXXFLAGS", "-g");
    run.command().args(["-vv", "--features", "debug"]);
    let ended = run.end().expect_code(0);
    let output = ended.stdout + &ended.stderr;
    assert!(
        output.contains("rustc-link-lib=static=snmalloc-shim"),
        "{output}"
    );
    assert!(!output.contains("atomic\n"), "{output}");
}

#[test]
fn a_read_only_tree_in_an_odd_directory_builds_with_both_builders() {
    needs!(Need::Git, Need::Cmake, Need::Ninja);
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
    // The tree is unchanged, even for root, who may write anywhere.
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
