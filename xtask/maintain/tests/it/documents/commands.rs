//! Runs the commands of documents as a reader would.
//!
//! A block's info string selects the mode, after `sh`:
//!
//! * no word: everything in it is run;
//! * `ci`: CI runs it, and this is checked; here, commands with a `--dry-run` option are run
//!   with it;
//! * `needs=WHAT`: it needs something that CI's machines don't have ([`NEEDS`]); commands
//!   are run with `--dry-run` if they have that option, and otherwise only parsed;
//! * `std=TARGET`: it needs Rust's standard library for that target, which is built from
//!   source if it isn't installed;
//! * `in=DIRECTORY`: the directory, from the root; `in=new-target` is for
//!   [`super::new_target`].

use std::fs;
use std::path::Path;

use super::by_ci::{done_by_ci, is_xtask};
use super::fences::{self, Fence};
use super::scratch::{Scratch, scratch};
use crate::android::made::{self, Ndk};
use crate::support::needs::{Need, met};
use crate::support::{Ended, Run, XTASK, machine, script};

/// The values of `needs=`, each with an explanation.
const NEEDS: [(&str, &str); 6] = [
    ("base", "an image to start from, which CI makes"),
    (
        "ndk",
        "Google's own, and a device; one is made for dry runs",
    ),
    ("rustup", "Rust's own servers"),
    ("time", "minutes of an idle machine"),
    ("root", "the machine's own, and other users' images"),
    ("podman", "the other engine"),
];

/// The tools that documents expect: one of each kind of target, with its tools.
const MACHINE: [Need; 23] = [
    made::NEEDS[0],
    made::NEEDS[1],
    made::NEEDS[2],
    made::NEEDS[3],
    Need::Git,
    Need::Cmake,
    Need::Ninja,
    Need::Zig,
    Need::RustSrc,
    Need::Compiler("aarch64-linux-gnu-g++"),
    Need::Compiler("aarch64-linux-gnu-gcc"),
    Need::Compiler("riscv64-linux-gnu-g++"),
    Need::Compiler("riscv64-linux-gnu-gcc"),
    Need::Compiler("x86_64-w64-mingw32-g++-posix"),
    Need::Compiler("x86_64-w64-mingw32-gcc-posix"),
    Need::Runner("qemu-aarch64"),
    Need::Runner("qemu-riscv64"),
    Need::Compiler("s390x-linux-gnu-g++"),
    Need::Compiler("s390x-linux-gnu-gcc"),
    Need::Runner("qemu-s390x"),
    Need::Runner("/usr/lib/wine/wine64"),
    Need::Tool("jq"),
    Need::Tool("objdump"),
];

#[derive(Clone, Copy, PartialEq)]
enum How {
    Real,
    Dry,
    Parse,
}

/// Runs a block; returns the error, if any.
fn run(fence: &Fence, scratch: &Scratch) -> Result<(), String> {
    let known = |attribute: &String| match attribute.split_once('=') {
        Some(("needs", what)) => NEEDS.iter().any(|(name, _)| *name == what),
        Some((key, _)) => ["in", "std"].contains(&key),
        None => attribute == "ci",
    };
    if let Some(attribute) = fence
        .info
        .iter()
        .skip(1)
        .find(|attribute| !known(attribute))
    {
        return Err(format!("{}: `{attribute}` says nothing", fence.at));
    }
    let needs = fence.value("needs");
    let how = match needs {
        _ if fence.has("ci") => How::Dry,
        Some("ndk") => How::Dry,
        Some(_) => How::Parse,
        None => How::Real,
    };
    let engines = [Need::BaseImage, Need::Tool("cross"), Need::Tool("rustup")];
    if needs == Some("base") && !met(&engines) {
        return Ok(());
    }
    if fence.has("ci") {
        for line in fence.text.lines().filter(|line| is_xtask(line)) {
            done_by_ci(line).map_err(|why| format!("{}: {line}: {why}", fence.at))?;
        }
    }
    let dir = scratch.tree.join(fence.value("in").unwrap_or("."));
    let text = match needs {
        Some(_) => only_ours(&fence.text),
        None => fence.text.clone(),
    };
    let from_source = fence.value("std").is_some_and(|target| !has_std(target));
    let ended = shell(&text, &dir, how, from_source, scratch);
    if ended.code == Some(0) {
        return Ok(());
    }
    let Ended { stdout, stderr, .. } = ended;
    Err(format!("{}: failed:\n{stdout}\n{stderr}", fence.at))
}

/// Returns true if Rust's standard library for `target` is installed.
fn has_std(target: &str) -> bool {
    let lib = machine::ask_rustc(&["--print", "target-libdir", "--target", target]);
    let entries = fs::read_dir(lib.trim());
    entries.is_ok_and(|mut entries| entries.next().is_some())
}

/// Runs the text in a shell in which `cargo xtask` is this build of it. If requested, cargo
/// builds the standard library of the named targets.
fn shell(text: &str, dir: &Path, how: How, from_source: bool, scratch: &Scratch) -> Ended {
    let tools = tempfile::tempdir().expect("a directory");
    let real = machine::cargo();
    let real = real.display();
    let manifest = scratch.tree.join("xtask");
    let dry = match how {
        How::Real => "",
        // A command without `--dry-run` is run, or with `Parse` skipped.
        How::Dry | How::Parse => {
            "if \"$xtask\" \"${words[@]}\" --help | grep -q -e '--dry-run'; then\n\
             case \"$*\" in *--dry-run*) ;; *) dry=--dry-run;; esac\n"
        }
    };
    let rest = match how {
        How::Real => "",
        How::Dry => "fi\n",
        How::Parse => "else exit 0; fi\n",
    };
    // Exit code 3 means that a tool is missing, 2 that the command is wrong.
    let missing = if how == How::Parse {
        " || [ $? = 3 ]"
    } else {
        ""
    };
    // `--dry-run` goes before the arguments for test programs. The examples are outside of the
    // workspace, so they have no `cargo xtask`.
    let cargo = format!(
        "if [ \"$1\" != xtask ]; then exec '{real}' \"$@\"; fi\n\
         shift; xtask='{XTASK}'; dry=; words=()\n\
         case $PWD in */examples/*) echo 'no cargo xtask in a project' >&2; exit 101;; esac\n\
         for word in \"$@\"; do case $word in -*) break;; *) words+=(\"$word\");; esac; done\n\
         export CARGO_MANIFEST_DIR='{}'\n{dry}{rest}\
         shift ${{#words[@]}}\n\
         \"$xtask\" \"${{words[@]}}\" $dry \"$@\"{missing}",
        manifest.display()
    );
    let path = tools.path().join("cargo");
    script(&path, "");
    fs::write(&path, format!("#!/bin/bash\n{cargo}\n")).expect("a script");
    let mut run = Run::new("bash")
        .dir(dir)
        .env("PATH", machine::path_after(tools.path()));
    if from_source {
        run = run
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_unwind");
    }
    if how == How::Dry && cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        let ndk = Ndk::make(tools.path());
        // The fake NDK has no C++ library; the doctor only checks that the headers exist.
        for header in ["array", "atomic", "type_traits", "utility"] {
            let file = ndk.prebuilt().join("sysroot/usr/include").join(header);
            fs::write(file, "").expect("a header");
        }
        run = run
            .env("ANDROID_NDK", &ndk.root)
            // Stands in for a device, on which no program is run.
            .env("CARGO_TARGET_AARCH64_LINUX_ANDROID_RUNNER", "false");
    }
    run.end_with(&["-euxo", "pipefail", "-c", text])
}

/// The lines of a block that run xtask; the others need tools that are missing here.
fn only_ours(text: &str) -> String {
    let lines = text.lines().filter(|line| is_xtask(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Checks that all blocks of the documents work.
fn all_work(names: &[String]) {
    if !met(&MACHINE) {
        return;
    }
    let scratch = scratch();
    let mut count = 0;
    let mut wrong = Vec::new();
    for fence in names.iter().flat_map(|name| fences::of(name)) {
        if fence.value("in") == Some("new-target") {
            // The target must be added first: `new_target` runs these steps.
            continue;
        }
        if fence.language() == "sh" {
            count += 1;
            let start = std::time::Instant::now();
            wrong.extend(run(&fence, &scratch).err());
            eprintln!("{} {:.1} s", fence.at, start.elapsed().as_secs_f64());
        } else {
            let odd = fence.text.lines().any(is_xtask);
            assert!(!odd, "{}: commands go into blocks of `sh`", fence.at);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 0, "no commands at all");
}

#[test]
fn commands_of_the_readmes_work() {
    let names = fences::documents();
    let readmes: Vec<String> = names.into_iter().filter(|n| !n.contains("guide")).collect();
    all_work(&readmes);
}

#[test]
fn commands_of_the_guide_work() {
    all_work(&fences::guide());
}

#[test]
fn broken_command_is_found() {
    if !met(&MACHINE) {
        return;
    }
    let scratch = scratch();
    for (info, text, expected) in [
        ("", "cargo xtask build --nonsense", "unexpected argument"),
        ("", "false", "failed"),
        (
            "",
            "cargo xtask env --target nowhere | cat",
            "there is no target `nowhere`",
        ),
        (
            "ci",
            "cargo xtask build --target armv7-nowhere",
            "the catalog says of no CI",
        ),
        (
            "ci",
            "cargo xtask parity --engine cross",
            "CI runs no `parity` with engine cross",
        ),
        (
            "in=examples/cli",
            "cargo xtask targets",
            "no cargo xtask in a project",
        ),
        (
            "ci",
            "cargo xtask test --engine host --features nope",
            "there is no feature `nope`",
        ),
        (
            "needs=ndk",
            "cargo xtask build --target aarch64-linux-androit",
            "there is no target",
        ),
        ("needs=luck", "true", "`needs=luck` says nothing"),
    ] {
        let document = format!("```sh {info}\n{text}\n```\n");
        let fence = &fences::parse("D.md", &document)[0];
        let error = run(fence, &scratch).expect_err(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
    let fine =
        "```sh needs=ndk in=examples\ncargo xtask build --target aarch64-linux-android\n```\n";
    run(&fences::parse("D.md", fine)[0], &scratch).expect("a dry run");
}
