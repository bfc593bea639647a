//! A directory that is removed when it isn't needed any more.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;

use crate::failure::Failure;

pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty directory in `base`.
    ///
    /// # Errors
    /// It can't be made.
    pub fn new_in(base: &Path) -> Result<Self, Failure> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = base.join(format!("{}-{count}", std::process::id()));
        // A process of that number may have left one.
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
        // It is below `target`, where nothing is kept for ever.
        let _ = fs::remove_dir_all(&self.0);
    }
}
