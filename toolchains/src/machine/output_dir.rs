// SPDX-License-Identifier: MIT
//! The directory for output files of compiler probes.

use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::sync::OnceLock;

/// A given directory, or a temporary one, created on first use and removed on drop.
#[derive(Default)]
pub(super) struct OutputDir {
    path: OnceLock<Result<PathBuf, String>>,
    given: bool,
}

impl OutputDir {
    pub(super) fn given(dir: PathBuf) -> Self {
        let made = std::fs::create_dir_all(&dir)
            .map_err(|error| format!("{}: {error}", dir.display()))
            .map(|()| dir);
        Self {
            path: OnceLock::from(made),
            given: true,
        }
    }

    pub(super) fn get(&self) -> Result<PathBuf, String> {
        self.path.get_or_init(temporary).clone()
    }
}

impl Drop for OutputDir {
    fn drop(&mut self) {
        if let Some(Ok(dir)) = self.path.get().filter(|_| !self.given) {
            // The directory is empty: each output is removed when its compiler exits.
            let _ = std::fs::remove_dir(dir);
        }
    }
}

/// Creates a directory below the one for temporary files. Its name is unpredictable, and creation
/// fails if it exists.
fn temporary() -> Result<PathBuf, String> {
    // The keys are random in each process.
    let random = RandomState::new().hash_one(std::process::id());
    let dir = std::env::temp_dir().join(format!("snmalloc-{random:016x}"));
    std::fs::create_dir(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    Ok(dir)
}
