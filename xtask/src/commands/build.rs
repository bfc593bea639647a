//! `cargo xtask build`.

use crate::build::run::{BuildRun, Builders};
use crate::cli::BuildArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::plan::cargo_command;
use crate::request::BuildRequest;

pub fn run(args: &BuildArgs, context: &Context) -> Result<(), Failure> {
    let request = BuildRequest::from(args);
    let build_run = BuildRun {
        verb: "build",
        builders: Builders::Chosen,
        runs_programs: false,
        last: &[],
        compile: None,
        job: &|resolved| {
            let subcommand = ["build", "-p", "snmalloc-rs", "--lib", "--examples"];
            cargo_command::cargo_job(resolved, &request, &subcommand, &[], context)
        },
    };
    build_run.run(&request, context)
}
