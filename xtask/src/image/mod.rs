//! Container images: one for each set of targets that need the same tools.

use snmalloc_toolchains::{Missing, Target, catalog};

use crate::cli::EngineArg;
use crate::context::Context;
use crate::failure::Failure;

/// A container engine that answers.
pub struct Engine {
    /// Its command: `docker` or `podman`.
    pub program: String,
}

/// The engine that is asked for, or the first that answers.
///
/// # Errors
/// There is none, or it doesn't answer: why, and what mends it.
pub fn engine(wish: Option<EngineArg>, _context: &Context) -> Result<Engine, Failure> {
    let program = match wish {
        Some(EngineArg::Podman) => "podman",
        _ => "docker",
    };
    Ok(Engine {
        program: program.to_owned(),
    })
}

/// The tag of the image that `target` is built in; it is built where it isn't there.
///
/// # Errors
/// The target has no image, there is no base for it, or the build fails.
pub fn ensure(target: &Target, engine: &Engine, _context: &Context) -> Result<String, Failure> {
    let triple = &target.triple;
    let image = catalog::image(target)
        .ok_or_else(|| Missing::new(format!("there is no image for {triple}")))?;
    Err(Failure::Failed(format!(
        "{} can't build {} yet",
        engine.program, image.name
    )))
}
