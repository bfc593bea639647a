//! A directory that is removed when it is dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;

use crate::failure::Failure;

pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates an empty directory in `base`.
    ///
    /// # Errors
    /// The directory can't be created.
    pub fn new_in(base: &Path) -> Result<Self, Failure> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = base.join(format!("{}-{count}", std::process::id()));
        // An earlier process with the same ID may have left one.
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
        Ok(Self(dir))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover is harmless: everything below `target` is temporary.
        let _ = fs::remove_dir_all(&self.0);
    }
}
