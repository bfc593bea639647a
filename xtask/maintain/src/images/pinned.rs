//! The base image from a registry, pinned by its digest.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use xtask::context::Context;
use xtask::engine::client::Client;
use xtask::failure::Failure;
use xtask::images::base::LOCAL_BASE;
use xtask::images::step;
use xtask::process::command::Job;

/// A Dockerfile of one line, since bots can update that.
const FILE: &str = "docker/base.Dockerfile";

/// Pulls the pinned image, and tags it with the name that the base is looked up by.
///
/// # Errors
/// The engine can't pull it.
pub fn pull(engine: &Client, context: &Context) -> Result<(), Failure> {
    let name = name(&context.root)?;
    let job = Job {
        program: engine.program.clone(),
        args: vec!["pull".to_owned(), name.clone()],
        env: Vec::new(),
        cwd: context.root.clone(),
    };
    step(&job, "image-base-pull", &name, engine, context)?;
    engine.output_of(&["tag", &name, LOCAL_BASE])?;
    Ok(())
}

/// The image's name with its digest.
fn name(root: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(root.join(FILE)).context(FILE)?;
    Ok(pinned(&text)
        .with_context(|| format!("{FILE} names no image by its digest"))?
        .to_owned())
}

fn pinned(text: &str) -> Option<&str> {
    let name = text.lines().find_map(|line| line.strip_prefix("FROM "))?;
    name.contains("@sha256:").then(|| name.trim())
}

#[cfg(test)]
mod tests {
    use super::pinned;

    #[test]
    fn only_a_name_with_a_digest_is_pinned() {
        for (text, expected) in [
            ("# a\nFROM debian:x@sha256:12\n", Some("debian:x@sha256:12")),
            ("FROM debian:x\n", None),
            ("# FROM debian:x@sha256:12\n", None),
            ("", None),
        ] {
            assert_eq!(pinned(text), expected, "{text}");
        }
    }
}
