//! The arguments of `bench`: the runner of the benches workspace parses them.

use std::ffi::OsString;

use clap::Args;

#[derive(Args)]
pub struct BenchArgs {
    /// Arguments for the runner; `cargo xtask bench --help` lists them
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGS"
    )]
    pub args: Vec<OsString>,
}
