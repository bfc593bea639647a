//! The flags of `cargo xtask env`.

use clap::{Args, ValueEnum};

#[derive(Args)]
pub struct EnvArgs {
    /// Target triple
    #[arg(long, value_name = "TRIPLE")]
    pub target: String,
    /// Output format
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
    /// A JSON object
    Json,
    /// For `.cargo/config.toml`
    CargoConfig,
}
