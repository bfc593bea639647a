//! A copy of the tree for what documents tell users to do, always at the same place, so
//! that what was built there once needn't be built again.

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

/// The copy, brought up to date, for one test at a time.
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
        // What is unchanged keeps its time, and cargo builds nothing anew.
        if fs::read(&to).ok().as_ref() != Some(&text) {
            fs::create_dir_all(to.parent().expect("a directory")).expect("a directory");
            fs::write(&to, text).expect("a copy");
        }
        names.insert(name);
    }
    remove_others(&tree, Path::new(""), &names);
    // The examples share what they build, where a user's projects would not.
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

/// Removes what earlier runs have left, but for what was built.
fn remove_others(tree: &Path, below: &Path, names: &BTreeSet<PathBuf>) {
    for entry in fs::read_dir(tree.join(below)).expect("a directory") {
        let entry = entry.expect("an entry");
        let name = below.join(entry.file_name());
        if entry.file_name() == "target" {
            continue;
        }
        if entry.file_type().expect("a type").is_dir() {
            remove_others(tree, &name, names);
            // Only an empty one goes.
            let _ = fs::remove_dir(entry.path());
        } else if !names.contains(&name) {
            fs::remove_file(entry.path()).expect("removed");
        }
    }
}
