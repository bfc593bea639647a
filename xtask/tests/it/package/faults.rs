//! Packaging while another one runs, and where git fails.

use std::fs;
use std::process::Stdio;

use super::package;
use crate::needs;
use crate::support::committed;
use crate::support::needs::Need;

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
