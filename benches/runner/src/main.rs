//! `cargo xtask bench`: measures this repository's allocator against others.
//!
//! [`variants`] lists how a program is built for each allocator, [`build`] builds it,
//! [`run`] measures and [`instructions`] counts; the [`report`] is data, which [`table`]
//! and [`html`] show and [`baseline`] compares with an earlier one.

mod baseline;
mod build;
mod cargo;
mod cli;
mod command;
mod context;
#[cfg(test)]
mod documents;
mod failure;
mod html;
mod instructions;
mod interrupt;
mod list;
mod machine;
mod measure;
mod memory;
mod memory_row;
mod memory_table;
mod page_tables;
mod parallel;
mod plot;
mod progress;
mod report;
mod row;
mod run;
mod stats;
mod table;
mod variants;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use crate::context::Context;
use crate::progress::Progress;

fn main() -> ExitCode {
    let args = cli::Args::parse();
    let progress = Progress::new(args.verbose, args.quiet);
    let result = interrupt::install()
        .and_then(|()| Context::new(progress))
        .and_then(|context| command::run(&args, &context));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            progress::print_error(failure.message());
            failure.exit_code()
        }
    }
}
