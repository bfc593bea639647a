// SPDX-License-Identifier: MIT
//! The two back ends of the plan. Neither knows an option that isn't in it.

mod cc;
mod cmake;

use std::path::Path;

use snmalloc_toolchains::{Builder, Choice, Compiler, Missing, Plan, Tool};

/// The archive is `lib<this>.a`.
pub const LIBRARY: &str = "snmalloc-shim";

/// What is to be done.
pub struct Work<'a> {
    pub plan: &'a Plan,
    pub compiler: &'a Compiler,
    /// The one that comes with the compiler; `None`: the builder's choice is right.
    pub archiver: Option<&'a Tool>,
    pub shim: &'a Path,
    pub out_dir: &'a Path,
}

/// Leaves the archive in the output directory, and beside it the command it was
/// compiled with (`compile_commands.json`).
///
/// # Errors
/// The compiler's or CMake's own words, and the command to repeat.
pub fn build(choice: &Choice, work: &Work<'_>) -> Result<(), Missing> {
    match choice.builder {
        Builder::Cc => cc::build(work),
        Builder::Cmake => cmake::build(work, choice.cmake.as_ref()),
    }
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+./:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
