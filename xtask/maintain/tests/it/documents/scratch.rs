//! A copy of the tree for the documents' commands, always at the same path, so that its
//! builds are reused.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::support::{Run, root, target_dir};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub struct Scratch {
    pub tree: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

/// Updates the copy, and locks it for one test at a time.
pub fn scratch() -> Scratch {
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let tree = target_dir("documents").join("tree");
    let list = Run::new("git")
        .end_with(&["ls-files", "--cached", "--others", "--exclude-standard"])
        .expect_code(0);
    let mut names: BTreeSet<PathBuf> = BTreeSet::new();
    for name in list.stdout.lines().map(PathBuf::from) {
        let Ok(text) = fs::read(root().join(&name)) else {
            continue;
        };
        let to = tree.join(&name);
        // An unchanged file keeps its time, so that cargo doesn't rebuild.
        if fs::read(&to).ok().as_ref() != Some(&text) {
            fs::create_dir_all(to.parent().expect("a directory")).expect("a directory");
            fs::write(&to, text).expect("a copy");
        }
        names.insert(name);
    }
    remove_others(&tree, Path::new(""), &names);
    // The examples share a target directory, unlike a user's projects.
    let shared = target_dir("documents").join("examples");
    fs::create_dir_all(&shared).expect("a directory");
    for example in fs::read_dir(tree.join("examples")).expect("the examples") {
        let link = example.expect("an example").path().join("target");
        if link.with_file_name("Cargo.toml").exists() && fs::symlink_metadata(&link).is_err() {
            std::os::unix::fs::symlink(&shared, &link).expect("a link");
        }
    }
    Scratch {
        tree,
        _alone: alone,
    }
}

/// Removes files of earlier runs, except build output.
fn remove_others(tree: &Path, below: &Path, names: &BTreeSet<PathBuf>) {
    for entry in fs::read_dir(tree.join(below)).expect("a directory") {
        let entry = entry.expect("an entry");
        let name = below.join(entry.file_name());
        if entry.file_name() == "target" {
            continue;
        }
        if entry.file_type().expect("a type").is_dir() {
            remove_others(tree, &name, names);
            // This only removes an empty directory.
            let _ = fs::remove_dir(entry.path());
        } else if !names.contains(&name) {
            fs::remove_file(entry.path()).expect("removed");
        }
    }
}
