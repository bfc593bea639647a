// SPDX-License-Identifier: MIT
//! Whether a user's own source tree is one that the shim compiles with.

use std::path::Path;

use snmalloc_toolchains::{Machine, Missing};

use super::{NAME, VERSION};

/// Forms of snmalloc's internals that the shim builds on and that have changed:
/// a file below `src/snmalloc`, and text in it.
const FORMS: [(&str, &str); 4] = [
    ("mem/corealloc.h", "bool flush()"),
    ("mem/corealloc.h", "small_fast_free_lists["),
    ("mem/freelist_queue.h", "void drain_and_reset("),
    ("mem/metadata.h", "void claim_for_backend("),
];

/// Checks before the compiler runs, whose errors would be about templates.
///
/// # Errors
/// Which form is missing, and which versions fit.
pub(super) fn check(variable: &str, dir: &Path, machine: &dyn Machine) -> Result<(), Missing> {
    let missing = FORMS.iter().find(|(file, text)| {
        let source = machine.read(&dir.join("src/snmalloc").join(file));
        !source.is_some_and(|source| source.contains(text))
    });
    let Some((file, text)) = missing else {
        return Ok(());
    };
    Err(Missing::new(format!(
        "{variable} is `{}`, a snmalloc that doesn't fit: this crate needs the C++ of {NAME} \
         {VERSION}, or a later one with the same internals",
        dir.display()
    ))
    .looked(format!("src/snmalloc/{file} (no `{text}` in it)"))
    .fix(format!("unset {variable}, which selects the right version")))
}
