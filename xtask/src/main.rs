//! Builds and tests snmalloc-rs for every target.
//!
//! `main` only dispatches: flags are in [`cli`], each command has a file in [`commands`], and
//! the commands to run are data ([`job`]) that an engine ([`engine`]) executes.

mod archive;
mod carry;
mod cli;
mod commands;
mod compile;
mod context;
mod documents;
mod engine;
mod failure;
mod image;
mod interrupt;
mod job;
mod joint;
mod logged;
mod lto;
mod mends;
mod nearest;
mod package;
mod pipeline;
mod progress;
mod report;
mod resolve;
mod rungs;
mod rust_std;
mod scratch;
mod select;
mod side;
mod skips;
mod test_progress;
mod tools;
mod walk;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::context::Context;

fn main() -> ExitCode {
    progress::end_with_the_reader();
    let cli = Cli::parse();
    let result = interrupt::install()
        .and_then(|()| Context::new(&cli.output))
        .and_then(|context| match &cli.command {
            Command::Build(args) => commands::build::run(args, &context),
            Command::Test(args) => commands::test::run(args, &context),
            Command::Parity(args) => commands::parity::run(args, &context),
            Command::Bench(args) => commands::bench::run(args, &cli.output, &context),
            Command::Targets(args) => commands::targets::run(args, &context),
            Command::Env(args) => commands::env::run(args, &context),
            Command::Doctor(args) => commands::doctor::run(args, &context),
            Command::OnDevice(args) => commands::on_device::run(args),
            Command::Image(args) => commands::image::run(&args.command, &context),
            Command::CrossConfig(args) => commands::cross_config::run(args, &context),
            Command::Vendor => commands::vendor::run(&context),
            Command::Package(args) => commands::package::run(args, &context),
            Command::Publish(args) => commands::publish::run(args, &context),
            Command::Semver => commands::semver::run(&context),
            Command::Audit(args) => commands::audit::run(args, &context),
            Command::Tidy(args) => commands::tidy::run(args, &context),
            Command::Compile(args) => commands::compile::run(args, &context),
            Command::Rungs(args) => commands::rungs::run(args, &context),
            Command::Ci(args) => commands::ci::run(args, &context),
            Command::Matrix(args) => commands::matrix::run(args),
            Command::Minimum(args) => commands::minimum::run(args, &context),
            Command::ZigLink { words } => tools::zig_link::run(words),
        });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                progress::print_error(&message);
            }
            failure.exit_code()
        }
    }
}
