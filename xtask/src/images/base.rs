//! The image that the others start from.

use snmalloc_toolchains::Error;

use crate::engine::client::Client;
use crate::engine::diagnose;
use crate::failure::Failure;

/// The default base image, as in the Dockerfiles.
pub const DEFAULT: &str = "debian:bookworm-slim";

/// The image that `image base` makes; preferred to the default if it exists.
pub const LOCAL_BASE: &str = "snmalloc-rs/base:bookworm";

/// An image to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    pub name: String,
    /// The engine's ID for its exact contents.
    pub id: String,
    /// The CPU it is for.
    pub arch: String,
}

/// Finds the requested base, or the first of `LOCAL_BASE` and `DEFAULT` that exists.
///
/// # Errors
/// It doesn't exist here; nothing is pulled from a registry.
pub fn find(choice: Option<&str>, engine: &Client) -> Result<Base, Failure> {
    let names = choice.map_or(vec![LOCAL_BASE, DEFAULT], |name| vec![name]);
    for name in &names {
        let properties = engine.image(name, "{{.Id}} {{.Os}} {{.Architecture}}")?;
        let Some(properties) = properties else {
            continue;
        };
        let mut args = properties.split_whitespace().map(str::to_owned);
        let base = Base {
            name: (*name).to_owned(),
            id: args.next().unwrap_or_default(),
            arch: args.nth(1).unwrap_or_default(),
        };
        return Ok(base);
    }
    let program = &engine.program;
    let missing = Error::new("there is no base image to start from")
        .searched(format!("{program}'s images, for {}", names.join(", ")));
    Err(match choice {
        Some(name) => missing.fix(format!("{program} pull {name}")),
        None => missing.fix(diagnose::MAKE_BASE).fix(diagnose::PULL_BASE),
    }
    .into())
}

/// Returns an error for an image for CPU `of`, if the engine can't run its programs.
///
/// # Errors
/// The engine doesn't respond.
pub fn other_arch(name: &str, of: &str, engine: &Client) -> Result<Option<Error>, Failure> {
    let arch = engine.arch()?;
    if of == arch || of.is_empty() {
        return Ok(None);
    }
    let what = format!(
        "the image {name} is for {of}, and {} runs on {arch}",
        engine.program
    );
    let searched = format!("{} image inspect {name}", engine.program);
    Ok(Some(Error::new(what).searched(searched)))
}
