//! `cargo xtask vendor`: copies the locked C++ source into the crate.

use crate::source;
use xtask::context::Context;
use xtask::failure::Failure;

pub fn run(context: &Context) -> Result<(), Failure> {
    let step = context.progress.step("copy the C++ source".to_owned());
    let (version, files) = source::copy(&context.root)?;
    step.end(&format!("snmalloc {version}, {files} files"));
    Ok(())
}
