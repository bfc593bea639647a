//! The flags of `cargo xtask env`.

use clap::{Args, ValueEnum};

#[derive(Args)]
pub struct EnvArgs {
    /// The target triple
    #[arg(long, value_name = "TRIPLE")]
    pub target: String,
    /// How the variables are written
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    pub shell: Shell,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// `export`, for `eval`
    Sh,
    /// `set -gx`
    Fish,
    /// `$env:`
    Powershell,
    /// One JSON object
    Json,
    /// For `.cargo/config.toml`
    CargoConfig,
}
