//! `cargo xtask build`.

use crate::build::run::{BuildRun, Builders};
use crate::cli::BuildArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::plan::resolve;

pub fn run(args: &BuildArgs, context: &Context) -> Result<(), Failure> {
    let walk = BuildRun {
        verb: "build",
        builders: Builders::Chosen,
        runs_programs: false,
        last: &[],
        compile: None,
        job: &|resolved| {
            let subcommand = ["build", "-p", "snmalloc-rs", "--lib", "--examples"];
            resolve::cargo_job(resolved, args, &subcommand, &[], context)
        },
    };
    walk.run(args, context)
}
