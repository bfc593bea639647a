//! Locks a directory that two commands can't use at once.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use fs4::{FileExt, TryLockError};

use xtask::failure::Failure;
use xtask::process::interrupt::interrupted;
use xtask::process::progress::Progress;

/// Waits until no other command has locked `dir`, which is created. Dropping the result unlocks
/// it, as does the end of the process.
///
/// # Errors
/// An interrupt while waiting, or a directory that can't be written to.
pub fn lock(dir: &Path, progress: &Progress) -> Result<File, Failure> {
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let path = dir.join("lock");
    let file = File::create(&path).with_context(|| path.display().to_string())?;
    let mut waits = false;
    loop {
        match FileExt::try_lock(&file) {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| path.display().to_string())?;
            }
            Err(TryLockError::WouldBlock) if interrupted() => return Err(Failure::Interrupted),
            Err(TryLockError::WouldBlock) => {}
        }
        if !waits {
            let line = format!("waiting for another command in {}", dir.display());
            progress.line(&line);
            waits = true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
