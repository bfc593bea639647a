//! A directory that is removed when it is dropped, or else by the next one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use snmalloc_toolchains::Error;

use crate::failure::Failure;

pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates an empty directory in `base`.
    ///
    /// # Errors
    /// The directory can't be created.
    pub fn new_in(base: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(base).with_context(|| base.display().to_string())?;
        Ok(Self::named(base, "")?)
    }

    /// Like [`Self::new_in`], in the system's directory for temporary files.
    pub fn temporary() -> Result<Self, Failure> {
        Self::named(&std::env::temp_dir(), "snmalloc-xtask-").map_err(|error| {
            Error::new(format!("no directory for temporary files: {error:#}"))
                .fix("set TMPDIR to a directory that exists and is writable, or unset it")
                .into()
        })
    }

    fn named(base: &Path, before: &str) -> anyhow::Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        remove_left(base, before, "");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = base.join(format!("{before}{}-{count}", std::process::id()));
        // An earlier process with the same ID may have left one.
        let _ = fs::remove_dir_all(&dir);
        // Fails for one that another user made.
        fs::create_dir(&dir).with_context(|| dir.display().to_string())?;
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

/// Removes what killed processes have left in a directory: entries whose name is a process ID
/// between `before` and `after`; a further number may follow the ID.
pub fn remove_left(dir: &Path, before: &str, after: &str) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let id = name
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .and_then(|rest| rest.split('-').next()?.parse().ok());
        if id.is_some_and(|id| !is_running(id)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(unix)]
fn is_running(id: u32) -> bool {
    use nix::errno::Errno;
    use nix::sys::signal::kill;
    use nix::unistd::Pid;
    // Another user's process can't be signalled.
    i32::try_from(id).is_ok_and(|id| kill(Pid::from_raw(id), None) != Err(Errno::ESRCH))
}

/// Nothing is removed.
#[cfg(not(unix))]
fn is_running(_id: u32) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Scratch, remove_left};
    use std::fs;

    #[test]
    fn directories_of_killed_processes_are_removed() {
        let base = tempfile::tempdir().unwrap();
        let make = |name: &str| fs::create_dir_all(base.path().join(name).join("root")).unwrap();
        let has = |name: &str| base.path().join(name).exists();
        // No process has the highest number.
        let dead = format!("{}-0", i32::MAX);
        let own = format!("{}-77", std::process::id());
        for name in [&dead, &own, "other", "upstream.2147483647.tmp"] {
            make(name);
        }
        let scratch = Scratch::new_in(base.path()).unwrap();
        assert!(!has(&dead) && has(&own) && has("other") && scratch.path().is_dir());
        assert!(has("upstream.2147483647.tmp"));
        remove_left(base.path(), "upstream.", ".tmp");
        assert!(!has("upstream.2147483647.tmp") && has("other"));
    }
}
