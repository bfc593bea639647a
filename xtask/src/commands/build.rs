//! `cargo xtask build`.

use crate::cli::BuildArgs;
use crate::context::Context;
use crate::engine::{Builders, EngineRun};
use crate::failure::Failure;
use crate::plan::cargo_command;
use crate::request::BuildRequest;

pub fn run(args: &BuildArgs, context: &Context) -> Result<(), Failure> {
    let request = BuildRequest::from(args);
    let engine_run = EngineRun {
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
    engine_run.run(&request, context)
}
