//! Builds and tests snmalloc-rs for every target: the program `cargo xtask`, and what it shares with
//! the package `xtask-maintain`.
//!
//! A command (`commands`) converts the flags (`cli`) into plain data (`request`); `plan` decides
//! what would run, an `engine` runs it, and `report` prints the results. A test
//! of `xtask-maintain` (`rooms`) checks that imports run down.

#![allow(
    missing_docs,
    reason = "nobody but `xtask-maintain` uses this library: names and types say enough"
)]

pub mod cli;
pub mod commands;
pub mod context;
pub mod engine;
pub mod failure;
mod forward;
pub mod images;
pub mod plan;
pub mod process;
pub mod report;
pub mod request;
pub mod runners;
pub mod suggest;

use std::process::ExitCode;

use clap::{Parser as _, Subcommand};

use crate::cli::{Cli, Command, Forwarded};
use crate::context::Context;
use crate::failure::Failure;
use crate::process::{interrupt, progress};

/// Runs the command line; has cargo run `xtask-maintain` for the commands that are there.
pub fn main() -> ExitCode {
    if forward::is_help() {
        return exit(forward::run());
    }
    main_with::<Forwarded>(|_, _| forward::run())
}

/// Runs the command line, with `maintain` for further commands.
pub fn main_with<M: Subcommand>(
    maintain: impl FnOnce(&M, &Context) -> Result<(), Failure>,
) -> ExitCode {
    progress::exit_on_broken_pipe();
    let cli = Cli::<M>::parse();
    let result = interrupt::install()
        .and_then(|()| Context::new(cli.output.into()))
        .and_then(|context| match &cli.command {
            Command::Build(args) => commands::build::run(args, &context),
            Command::Test(args) => commands::test::run(args, &context),
            Command::Bench(args) => commands::bench::run(args, &cli.output, &context),
            Command::Targets(args) => commands::targets::run(args, &context),
            Command::Env(args) => commands::env::run(args, &context),
            Command::Doctor(args) => commands::doctor::run(args, &context),
            Command::OnDevice(args) => commands::on_device::run(args),
            Command::CrossConfig(args) => commands::cross_config::run(args, &context),
            Command::Maintain(command) => maintain(command, &context),
            Command::ZigLink { args } => runners::zig_link::run(args),
        });
    exit(result)
}

fn exit(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // A terminal interrupts children too: their failures are not the reason.
            let failure = match interrupt::interrupted() {
                true => Failure::Interrupted,
                false => failure,
            };
            if let Some(message) = failure.message() {
                progress::print_error(&message);
            }
            failure.exit_code()
        }
    }
}
