//! Libraries that Android programs need next to them.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use snmalloc_toolchains::find::android::shared_std;

use crate::context::Context;
use crate::failure::Failure;
use crate::plan::cargo_command::Resolved;

pub const SHARED_STD: &str = "libc++_shared.so";

/// Copies the shared C++ library next to the output: an app's package takes it from there, and
/// so does the runner.
pub fn copy_shared_std(
    resolved: &Resolved,
    script_out_dir: &Path,
    context: &Context,
) -> Result<(), Failure> {
    let compiler = &resolved.toolchain.compiler;
    let file = shared_std(&resolved.target, compiler, &context.machine)?;
    copy_next_to(&file, script_out_dir)?;
    Ok(())
}

/// The build script's directory is `PROFILE/build/PACKAGE/out`; the output is in `PROFILE` and
/// the directories below it.
fn copy_next_to(file: &Path, script_out_dir: &Path) -> anyhow::Result<()> {
    let profile = script_out_dir
        .ancestors()
        .nth(3)
        .context("cargo's directories")?;
    for dir in [
        profile.to_owned(),
        profile.join("deps"),
        profile.join("examples"),
    ] {
        if dir.is_dir() {
            let to = dir.join(SHARED_STD);
            fs::copy(file, &to).with_context(|| format!("{}", to.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{SHARED_STD, copy_next_to};
    use std::fs;

    #[test]
    fn library_is_copied_next_to_programs_and_examples() {
        let dir = tempfile::tempdir().unwrap();
        let profile = dir.path().join("aarch64-linux-android/debug");
        let out_dir = profile.join("build/snmalloc-sys-0/out");
        fs::create_dir_all(&out_dir).unwrap();
        fs::create_dir_all(profile.join("examples")).unwrap();
        let library = dir.path().join("in the NDK");
        fs::write(&library, "library").unwrap();
        copy_next_to(&library, &out_dir).unwrap();
        assert!(profile.join(SHARED_STD).is_file());
        assert!(profile.join("examples").join(SHARED_STD).is_file());
        assert!(!profile.join("deps").exists());
    }
}
