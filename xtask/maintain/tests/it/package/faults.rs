//! Packaging while another one runs, and where git fails.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::package;
use crate::needs;
use crate::support::needs::Need;
use crate::support::{committed, machine, script};

#[test]
fn two_packagings_of_one_tree_wait_for_each_other() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    committed(&tree);
    let ends: Vec<_> = [(), ()]
        .map(|()| {
            let mut run = package(&tree, &["--no-test"]);
            run.command().stdout(Stdio::piped()).stderr(Stdio::piped());
            run.command().spawn().unwrap()
        })
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    for end in ends {
        let errors = String::from_utf8_lossy(&end.stderr);
        assert!(end.status.success(), "{errors}");
    }
}

#[test]
fn a_failure_of_git_is_reported_as_it_is() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    committed(&tree);
    // git can't clone into a directory that is a file.
    fs::create_dir_all(tree.join("target/xtask/packaging")).unwrap();
    fs::write(tree.join("target/xtask/packaging/tree"), "").unwrap();
    let ended = package(&tree, &["--no-test"]).end().expect_code(1);
    assert!(!ended.stderr.contains("a commit"), "{}", ended.stderr);
}

/// A terminal sends SIGINT to xtask and to its child.
#[test]
fn interrupted_git_is_an_interrupt() {
    needs!(Need::Git);
    let dir = tempfile::tempdir().unwrap();
    let (tree, bin) = (dir.path().join("tree"), dir.path().join("bin"));
    committed(&tree);
    // git's own clone takes milliseconds.
    let note = dir.path().join("started");
    let git = machine::program("git");
    let body = format!(
        "case \"$*\" in *clone*) >'{}'; sleep 30; exit 128;; esac\nexec '{}' \"$@\"",
        note.display(),
        git.display()
    );
    script(&bin.join("git"), &body);
    let mut run = package(&tree, &["--no-test"]).env("PATH", machine::path_after(&bin));
    let command = run.command().stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.process_group(0).spawn().unwrap();
    let start = Instant::now();
    while !note.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "no clone");
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    let group = Pid::from_raw(i32::try_from(child.id()).unwrap());
    killpg(group, Signal::SIGINT).unwrap();
    let ended = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(stderr, "error: interrupted\n");
    assert_eq!(ended.status.code(), Some(130));
    package(&tree, &["--no-test"]).end().expect_code(0);
}
