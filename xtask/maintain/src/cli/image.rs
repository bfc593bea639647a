//! The flags of `cargo xtask image`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use xtask::cli::{Selection, container_engine};
use xtask::request::EngineKind;

#[derive(Args)]
pub struct ImageArgs {
    #[command(subcommand)]
    pub command: ImageCommand,
}

#[derive(Subcommand)]
pub enum ImageCommand {
    /// Build the images of targets, unless they exist
    Build(ImageBuildArgs),
    /// List images, their targets, and whether they exist
    List(ImageListArgs),
    /// Show an image's tag, Dockerfile, arguments and size
    Inspect(ImageListArgs),
    /// Remove images of older Dockerfiles or bases, or of the given targets
    Clean(ImageCleanArgs),
    /// Make the base image with debootstrap (needs root), or pull it
    ///
    /// debootstrap needs no image registry.
    Base(ImageBaseArgs),
    /// Print docker/docker-bake.hcl, for `docker buildx bake`
    Bake,
}

/// Image selection.
#[derive(Args)]
pub struct ImageChoice {
    #[command(flatten)]
    pub select: Selection,
    /// Base image [default: `image base`, else debian:bookworm-slim]
    #[arg(long, value_name = "IMAGE", help_heading = "Images")]
    pub base: Option<String>,
    /// Container engine [default: docker, else podman]
    #[arg(long, value_name = "ENGINE", value_parser = container_engine(), help_heading = "Images")]
    pub engine: Option<EngineKind>,
}

#[derive(Args)]
pub struct ImageBuildArgs {
    #[command(flatten)]
    pub choice: ImageChoice,
    /// Android NDK to copy into the image
    ///
    /// The image is then for your own use: the NDK's licence forbids redistribution.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "push",
        help_heading = "Images"
    )]
    pub ndk: Option<PathBuf>,
    /// Registry (and path) to push the images to
    #[arg(long, value_name = "REGISTRY", help_heading = "Images")]
    pub push: Option<String>,
    /// Print the commands instead of running them
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
}

#[derive(Args)]
pub struct ImageListArgs {
    #[command(flatten)]
    pub choice: ImageChoice,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

#[derive(Args)]
pub struct ImageCleanArgs {
    #[command(flatten)]
    pub choice: ImageChoice,
}

#[derive(Args)]
pub struct ImageBaseArgs {
    /// Container engine [default: docker, else podman]
    #[arg(long, value_name = "ENGINE", value_parser = container_engine())]
    pub engine: Option<EngineKind>,
    /// Pull it by the digest in docker/base.Dockerfile
    #[arg(long)]
    pub pull: bool,
    /// Replace an existing base image
    ///
    /// A different base invalidates every image.
    #[arg(long)]
    pub renew: bool,
}
