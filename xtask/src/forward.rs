//! Runs the commands of package `xtask-maintain`: cargo compiles it when one is first typed, so
//! that the first `cargo xtask build` doesn't wait for it.

use std::env;
use std::process::Command;

use clap::Subcommand as _;

use crate::cli::Forwarded;
use crate::context::repository;
use crate::failure::Failure;
use crate::process::replace::replace_with;

/// Returns true if the command line is `help` for one of the commands.
pub fn is_help() -> bool {
    let mut args = env::args().skip(1);
    args.next().is_some_and(|arg| arg == "help")
        && args
            .next()
            .is_some_and(|arg| Forwarded::has_subcommand(&arg))
}

/// Runs the whole command line again, with `xtask-maintain`.
pub fn run() -> Result<(), Failure> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg("run");
    let program = format!("xtask-maintain{}", env::consts::EXE_SUFFIX);
    // The first build takes a while: show cargo's output.
    if env::current_exe().is_ok_and(|exe| exe.with_file_name(program).exists()) {
        cargo.arg("--quiet");
    }
    cargo.args(["--package", "xtask-maintain", "--manifest-path"]);
    cargo.arg(repository()?.join("Cargo.toml")).arg("--");
    cargo.args(env::args_os().skip(1));
    replace_with(&mut cargo)
}
