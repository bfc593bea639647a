//! Finds cross, and checks what it requires.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use snmalloc_toolchains::{Error, Machine as _};

use crate::context::Context;
use crate::failure::Failure;

/// The oldest supported version.
const OLDEST: (u32, u32, u32) = (0, 2, 5);

/// Finds cross; checks its version, and that rustup is installed, which it runs.
pub fn find(context: &Context) -> Result<PathBuf, Failure> {
    let machine = &context.machine;
    let install = "cargo install cross --version 0.2.5 --locked";
    let Some(cross) = machine.find_program("cross") else {
        return Err(Error::new("`cross` is not installed")
            .searched("PATH, for cross")
            .fix(install)
            .into());
    };
    let version_text = version_output(&cross)?;
    match version(&version_text) {
        Some(version) if version >= OLDEST => {}
        _ => {
            return Err(Error::new(format!("{} is too old", cross.display()))
                .searched("cross --version (0.2.5 is the oldest that is known to work)")
                .output(&version_text)
                .fix(install)
                .into());
        }
    }
    if machine.find_program("rustup").is_none() {
        return Err(Error::new("cross requires rustup, which is not installed")
            .searched("PATH, for rustup")
            .fix("install rustup, or use `--engine container`, which needs none")
            .into());
    }
    Ok(cross)
}

/// The output of `cross --version`. In a workspace, cross would then have rustup install the
/// toolchain, which updates an installed one.
fn version_output(cross: &Path) -> Result<String, Failure> {
    let output = Command::new(cross)
        .arg("--version")
        .current_dir(std::env::temp_dir())
        .env("CROSS_CUSTOM_TOOLCHAIN", "1")
        .output()
        .with_context(|| cross.display().to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Parses `cross 0.2.5 (a commit)`.
fn version(text: &str) -> Option<(u32, u32, u32)> {
    let line = text.lines().find_map(|line| line.strip_prefix("cross "))?;
    let mut numbers = line
        .split_whitespace()
        .next()?
        .split(['.', '-'])
        .map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions() {
        assert_eq!(version("cross 0.2.5\ncargo 1.95.0\n"), Some((0, 2, 5)));
        assert_eq!(version("cross 0.3.0-dev (abc 2026)"), Some((0, 3, 0)));
        assert_eq!(version("other"), None);
    }
}
