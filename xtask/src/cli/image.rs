//! The flags of `cargo xtask image`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Selection;

#[derive(Args)]
pub struct ImageArgs {
    #[command(subcommand)]
    pub command: ImageCommand,
}

#[derive(Subcommand)]
pub enum ImageCommand {
    /// Build the images of targets; those that are there already are left alone
    Build(ImageBuildArgs),
    /// List every image, the targets it is for, and whether it is there
    List(ImageListArgs),
    /// Tell all about the images of targets: tag, Dockerfile, arguments, size
    Inspect(ImageListArgs),
    /// Remove what `build` has made: every image of an older Dockerfile or base, and
    /// with targets named, theirs
    Clean(ImageCleanArgs),
    /// Make the image that the others start from out of Debian's packages, without any
    /// image registry (needs root and debootstrap); or pull it
    Base(ImageBaseArgs),
    /// Print docker/docker-bake.hcl, for `docker buildx bake`
    Bake,
}

/// Whose images.
#[derive(Args)]
pub struct ImageChoice {
    #[command(flatten)]
    pub select: Selection,
    /// The image to start from [default: that of `image base`, else debian:bookworm-slim]
    #[arg(long, value_name = "IMAGE", help_heading = "Images")]
    pub base: Option<String>,
    /// The container engine [default: docker, else podman]
    #[arg(long, value_enum, help_heading = "Images")]
    pub engine: Option<EngineArg>,
}

#[derive(Args)]
pub struct ImageBuildArgs {
    #[command(flatten)]
    pub choice: ImageChoice,
    /// Put this NDK into Android's image, which is then for your own use: the NDK's
    /// licence keeps it from being passed on
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "push",
        help_heading = "Images"
    )]
    pub ndk: Option<PathBuf>,
    /// Push the images to this registry (and path) after building them
    #[arg(long, value_name = "REGISTRY", help_heading = "Images")]
    pub push: Option<String>,
    /// Print the commands that would run, ready to paste, and run none
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
}

#[derive(Args)]
pub struct ImageListArgs {
    #[command(flatten)]
    pub choice: ImageChoice,
    /// Print one JSON document
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
    /// The container engine [default: docker, else podman]
    #[arg(long, value_enum)]
    pub engine: Option<EngineArg>,
    /// Pull it from a registry, by the digest in docker/base.Dockerfile
    #[arg(long)]
    pub pull: bool,
    /// Make or pull it anew where it is there; other than the same one has every image
    /// built anew
    #[arg(long)]
    pub renew: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    Docker,
    Podman,
}
