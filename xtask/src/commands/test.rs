//! `cargo xtask test`.

use crate::cli::TestArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::resolve;
use crate::walk::Walk;

pub fn run(args: &TestArgs, context: &Context) -> Result<(), Failure> {
    let walk = Walk {
        verb: "test",
        both_builders_on_host: true,
        runs_programs: true,
        job: &|resolved| {
            let words: &[&str] = if resolved.native {
                &["test", "--workspace", "--no-fail-fast"]
            } else {
                &[
                    "test",
                    "-p",
                    "snmalloc-sys",
                    "-p",
                    "snmalloc-rs",
                    "--no-fail-fast",
                ]
            };
            resolve::cargo_job(resolved, &args.build, words, &args.args, context)
        },
    };
    walk.run(&args.build, context)
}
