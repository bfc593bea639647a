//! A directory for the files of a program.

use std::fs;
use std::path::{Path, PathBuf};

/// An empty directory next to the executable, removed at the end. An interrupted run leaves it
/// in the target directory, where the next run replaces it.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let program = std::env::current_exe().expect("the path of this program");
        let dir = program.with_extension(name);
        // It is not an error if there is none.
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("the program's directory is writable");
        Self(dir)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
