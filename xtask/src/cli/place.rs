//! The flags of engines: where things run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where it runs.
#[derive(Args, Clone)]
#[command(next_help_heading = "Where it runs")]
pub struct Place {
    /// Where everything runs: on this machine with what it has, or in each target's
    /// container image, by docker or podman directly or through `cross`
    #[arg(long, value_enum, default_value_t = Where::Host)]
    pub engine: Where,
    /// Use this image, which must be there, instead of the target's own
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// The most memory that a container may use, such as `2g`
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<String>,
    /// How many processors a container may use, such as `1.5`
    #[arg(long, value_name = "N", value_parser = cpus)]
    pub cpus: Option<String>,
    /// Afterwards remove what was built in or for containers: nothing of them stays
    /// but images and logs
    #[arg(long)]
    pub clean: bool,
    /// We are in a container: what came out is written to this file
    #[arg(long, value_name = "FILE", hide = true)]
    pub inside: Option<PathBuf>,
}

/// Where things run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Where {
    /// This machine
    Host,
    /// Containers, by docker or else podman
    Container,
    /// Containers, by cross
    Cross,
    /// Containers, by docker
    Docker,
    /// Containers, by podman
    Podman,
}

impl Where {
    /// The word for it in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Cross => "cross",
            Self::Container | Self::Docker | Self::Podman => "container",
        }
    }
}

/// A size as container engines read it.
fn memory(text: &str) -> Result<String, String> {
    let number = text.trim_end_matches(['b', 'k', 'm', 'g', 'B', 'K', 'M', 'G']);
    match number.parse::<u64>() {
        Ok(1..) if text.len() <= number.len() + 1 => Ok(text.to_owned()),
        _ => Err("a number, and b, k, m or g after it, such as 2g".to_owned()),
    }
}

fn cpus(text: &str) -> Result<String, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(text.to_owned()),
        _ => Err("a number such as 2 or 1.5".to_owned()),
    }
}

#[derive(Args)]
pub struct CrossConfigArgs {
    /// The target triple; may be given several times
    #[arg(long, value_name = "TRIPLE", required = true)]
    pub target: Vec<String>,
    /// The image's name [default: that of `cargo xtask image list`]
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
}
