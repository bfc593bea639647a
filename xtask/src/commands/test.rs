//! `cargo xtask test`.

use crate::cli::TestArgs;
use crate::context::Context;
use crate::engine::{Builders, EngineRun};
use crate::failure::Failure;
use crate::plan::cargo_command;
use crate::plan::cargo_command::Resolved;
use crate::request::BuildRequest;

pub fn run(args: &TestArgs, context: &Context) -> Result<(), Failure> {
    let request = BuildRequest::from(&args.build);
    let crates = [
        "-p",
        concat!("snmalloc-sys@", env!("CARGO_PKG_VERSION")),
        "-p",
        "snmalloc-rs",
    ];
    let job = |subcommand: &[&str], packages: &[&str], resolved: &Resolved, last: &[String]| {
        cargo_command::cargo_job(
            resolved,
            &request,
            &[subcommand, packages].concat(),
            last,
            context,
        )
    };
    let engine_run = EngineRun {
        verb: "test",
        builders: Builders::BothHere,
        runs_programs: true,
        last: &args.args,
        job: &|resolved| {
            // A container has no git and no other tools for xtask's own tests. These choose their
            // builders themselves: one run is enough.
            let whole = resolved.native && resolved.first && request.engine.inside.is_none();
            let what: &[&str] = if whole { &["--workspace"] } else { &crates };
            let mut last = args.args.clone();
            if !whole {
                // They compile the C++ themselves, whatever the builder: once is enough.
                for test in ["upstream_tests_pass", "sanitizers_report_nothing"] {
                    last.extend(["--skip".to_owned(), test.to_owned()]);
                }
            }
            job(&["test", "--no-fail-fast"], what, resolved, &last)
        },
        // The artifacts that `cargo test` would build; this build can continue after an error.
        compile: Some(&|resolved| {
            let subcommand = ["build", "--lib", "--tests", "--examples"];
            job(&subcommand, &crates, resolved, &[])
        }),
    };
    engine_run.run(&request, context)
}
