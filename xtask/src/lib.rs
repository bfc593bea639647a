//! Builds and tests snmalloc-rs for every target: the program `cargo xtask`.
//!
//! A command (`commands`) converts the flags (`cli`) into plain data (`request`); `plan` decides
//! what would run, `build` runs it with an `engine`, and `report` prints the results. The test
//! `rooms` checks that imports run down.

mod build;
#[cfg(feature = "maintain")]
mod ci;
mod cli;
mod commands;
mod context;
mod engine;
mod failure;
mod images;
mod maintain;
mod plan;
mod process;
#[cfg(any(feature = "fuzz", all(test, feature = "maintain")))]
pub mod properties;
#[cfg(feature = "maintain")]
mod release;
mod report;
mod request;
#[cfg(test)]
mod rooms;
mod runners;
mod source;
mod suggest;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::failure::Failure;
use crate::process::{interrupt, progress};

/// Runs the command line.
pub fn main() -> ExitCode {
    progress::exit_on_broken_pipe();
    #[cfg(not(feature = "maintain"))]
    if maintain::is_help_for_maintainers() {
        return exit(maintain::forward());
    }
    let cli = Cli::parse();
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
            Command::Image(args) => commands::image::run(&args.command, &context),
            Command::CrossConfig(args) => commands::cross_config::run(args, &context),
            Command::Vendor => commands::vendor::run(&context),
            #[cfg(feature = "maintain")]
            Command::Maintain(command) => maintain::run(command, &context),
            #[cfg(not(feature = "maintain"))]
            Command::Maintain(_) => maintain::forward(),
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
