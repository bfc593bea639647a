//! `cargo xtask rungs`: compares reports of builds and tests with the catalog.

use std::fs;

use anyhow::Context as _;

use crate::ci::rungs::{self, Record};
use crate::cli::RungsArgs;
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::report::{Report, Row, Status};

pub fn run(args: &RungsArgs, context: &Context) -> Result<(), Failure> {
    let mut rows: Vec<Row> = Vec::new();
    for file in &args.reports {
        let of_file = || file.display().to_string();
        let text = fs::read_to_string(file).with_context(of_file)?;
        let report: Report = serde_json::from_str(&text).with_context(of_file)?;
        rows.extend(report.results);
    }
    let mut tried: Vec<&str> = rows.iter().map(|row| row.target.as_str()).collect();
    tried.dedup();
    // With two builders, a target has two rows, and both must pass.
    let passed = |target: &str| {
        let mut own = rows.iter().filter(|row| row.target == target);
        own.all(|row| row.status == Status::Passed)
    };
    let by = |target: &str| {
        let row = rows.iter().find(|row| row.target == target)?;
        row.runner.clone()
    };
    let reached: Record = tried
        .iter()
        .filter(|target| passed(target))
        .map(|target| {
            (
                (*target).to_owned(),
                by(target).unwrap_or_else(|| "linker".to_owned()),
            )
        })
        .collect();
    rungs::settle(args.rung, &tried, &reached, args.bless, &context.root)
}
