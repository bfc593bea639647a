// SPDX-License-Identifier: MIT
//! Checks whether a user's own source tree compiles with the shim.

use std::path::Path;

use snmalloc_toolchains::{Error, Machine};

use super::{NAME, VERSION};

/// Declarations in snmalloc's internals that the shim depends on and that have changed between
/// versions: a file below `src/snmalloc`, and text in it. The shim uses them in
/// `internals_core.h` and `internals_front.h`.
const FORMS: [(&str, &str); 4] = [
    ("mem/corealloc.h", "bool flush()"),
    ("mem/corealloc.h", "small_fast_free_lists["),
    ("mem/freelist_queue.h", "void drain_and_reset("),
    ("mem/metadata.h", "void claim_for_backend("),
];

/// Checks before the compiler runs, since its errors would be about templates.
///
/// # Errors
/// The missing declaration, and the versions that fit.
pub(super) fn check(variable: &str, dir: &Path, machine: &dyn Machine) -> Result<(), Error> {
    let missing = FORMS.iter().find(|(file, text)| {
        let source = machine.read(&dir.join("src/snmalloc").join(file));
        !source.is_some_and(|source| source.contains(text))
    });
    let Some((file, text)) = missing else {
        return Ok(());
    };
    Err(Error::new(format!(
        "{variable} is `{}`, a snmalloc that doesn't fit: this crate needs the C++ of {NAME} \
         {VERSION}, or a later one with the same internals",
        dir.display()
    ))
    .searched(format!("src/snmalloc/{file} (no `{text}` in it)"))
    .fix(format!("unset {variable}, which selects the right version")))
}
