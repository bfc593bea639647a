//! Replaces xtask by another program.

use std::process::Command;

use anyhow::Context as _;

use crate::failure::Failure;

/// Runs the command in place of this process: it handles interrupts, and its exit code is
/// returned.
#[cfg(unix)]
pub fn replace_with(command: &mut Command) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(error).with_context(|| format!("can't run {:?}", command.get_program()))?
}

#[cfg(not(unix))]
pub fn replace_with(command: &mut Command) -> Result<(), Failure> {
    let status = command.status();
    let status = status.with_context(|| format!("can't run {:?}", command.get_program()))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(Failure::Reported(u8::try_from(code).unwrap_or(1))),
        None => Err(Failure::Interrupted),
    }
}
