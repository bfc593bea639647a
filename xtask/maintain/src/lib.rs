//! The commands of `cargo xtask` that maintainers and pipelines type: images, packages, checks of
//! this repository, CI's jobs. They are a separate package, so a first `cargo xtask build` doesn't
//! compile them.

mod ci;
mod cli;
mod commands;
mod images;
mod lock;
pub mod properties;
mod release;
#[cfg(test)]
mod rooms;
mod source;

use std::process::ExitCode;

use xtask::context::Context;
use xtask::failure::Failure;

use crate::cli::Maintain;

/// Runs the command line: any command of `cargo xtask`.
pub fn main() -> ExitCode {
    xtask::main_with(run)
}

fn run(command: &Maintain, context: &Context) -> Result<(), Failure> {
    match command {
        Maintain::Image(args) => commands::image::run(&args.command, context),
        Maintain::Vendor => commands::vendor::run(context),
        Maintain::Parity(args) => commands::parity::run(args, context),
        Maintain::Package(args) => commands::package::run(args, context),
        Maintain::Publish(args) => commands::publish::run(args, context),
        Maintain::Semver => commands::semver::run(context),
        Maintain::Audit(args) => commands::audit::run(args, context),
        Maintain::Tidy(args) => commands::tidy::run(args, context),
        Maintain::Compile(args) => commands::compile::run(args, context),
        Maintain::Rungs(args) => commands::rungs::run(args, context),
        Maintain::Ci(args) => commands::ci::run(args, context),
        Maintain::Matrix(args) => commands::matrix::run(args),
        Maintain::Minimum(args) => commands::minimum::run(args, context),
    }
}
