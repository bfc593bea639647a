//! The flags of engines: where things run.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::request::{EngineKind, EngineRequest};

/// Engine selection.
#[derive(Args, Clone)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// Engine to run in: this machine, target containers, or cross
    #[arg(long = "engine", value_enum, default_value_t = EngineKind::Host)]
    pub kind: EngineKind,
    /// Existing image to use instead of the target's
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Memory limit of containers, such as `2g`
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<String>,
    /// CPU limit of containers, such as `1.5`
    #[arg(long, value_name = "N", value_parser = cpus)]
    pub cpus: Option<String>,
    /// Remove build results of containers afterwards
    ///
    /// Images and logs stay.
    #[arg(long)]
    pub clean: bool,
    /// File for the results of a run inside a container
    #[arg(long, value_name = "FILE", hide = true)]
    pub inside: Option<PathBuf>,
}

impl From<&EngineArgs> for EngineRequest {
    fn from(args: &EngineArgs) -> Self {
        Self {
            kind: args.kind,
            image: args.image.clone(),
            memory: args.memory.clone(),
            cpus: args.cpus.clone(),
            clean: args.clean,
            inside: args.inside.clone(),
        }
    }
}

/// Parses docker or podman.
pub(super) fn container_engine() -> impl TypedValueParser<Value = EngineKind> {
    PossibleValuesParser::new(["docker", "podman"]).map(|name| match name.as_str() {
        "docker" => EngineKind::Docker,
        _ => EngineKind::Podman,
    })
}

/// A size in the container engines' syntax.
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
    /// Target triple; repeatable
    #[arg(long, value_name = "TRIPLE", required = true)]
    pub target: Vec<String>,
    /// Image name [default: from `cargo xtask image list`]
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
}
