//! The arguments of `bench`: the runner of the benches workspace parses them.

use std::ffi::OsString;

use clap::Args;

#[derive(Args)]
pub struct BenchArgs {
    /// Passed on to the runner; `cargo xtask bench --help` lists its flags
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGS"
    )]
    pub args: Vec<OsString>,
}
