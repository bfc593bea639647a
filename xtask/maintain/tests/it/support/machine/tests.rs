//! Checks which parts of a machine a test sees.

use super::made_from;
use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, script};

/// Tests the test support: on a machine with all programs, a test sees only those it has
/// requested.
#[test]
fn undeclared_programs_are_hidden() {
    let dir = tempfile::tempdir().unwrap();
    let names = [
        "docker",
        "zig",
        "aarch64-linux-gnu-g++",
        "cmake",
        "qemu-aarch64",
    ];
    for name in names {
        script(&dir.path().join(name), "echo here");
    }
    let own = std::env::var_os("PATH").unwrap();
    let dirs = std::iter::once(dir.path().to_owned()).chain(std::env::split_paths(&own));
    let outer = std::env::join_paths(dirs).unwrap();
    let shown = |granted: &[Need]| {
        let bin = made_from(&granted.iter().copied().collect(), &outer).join("bin");
        names.map(|name| bin.join(name).exists())
    };
    assert_eq!(shown(&[]), [false; 5]);
    assert_eq!(shown(&[Need::Zig]), [false, true, false, false, false]);
    assert_eq!(
        shown(&[Need::Engine, Need::Cmake]),
        [true, false, false, true, false]
    );
    assert_eq!(
        shown(&[Need::Compiler(names[2]), Need::Runner(names[4])]),
        [false, false, true, false, true]
    );
}

#[test]
fn command_finds_only_declared_needs() {
    let sees = || Run::new("sh").end_with(&["-c", "command -v git"]).code == Some(0);
    assert!(!sees());
    needs!(Need::Git);
    assert!(sees());
}

#[test]
fn only_the_host_std_is_visible() {
    let ended = Run::xtask(&[
        "build",
        "--target",
        "aarch64-unknown-linux-musl",
        "--dry-run",
    ])
    .env("CXX", "c++")
    .end_with(&["--std", "prebuilt", "--offline"])
    .expect_code(3);
    assert!(
        ended.stderr.contains("no Rust standard library"),
        "{}",
        ended.stderr
    );
}

#[test]
fn user_settings_are_hidden() {
    let ended = Run::new("env").end().expect_code(0);
    for line in ended.stdout.lines() {
        let (name, _) = line.split_once('=').unwrap_or((line, ""));
        for mine in [
            "LANG",
            "LC_",
            "TZ",
            "CXX",
            "SNMALLOC_",
            "CI",
            "XDG_CONFIG",
            "RUSTFLAGS",
        ] {
            assert!(!name.starts_with(mine), "{line}");
        }
    }
}
