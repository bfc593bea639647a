//! `cargo xtask compile`: compiles only the C++, for every target that this machine has a
//! compiler and headers for.

use serde::Serialize;
use snmalloc_toolchains::{Rung, catalog};

use crate::ci::compile::{CompileRow, CompileRun, Implied, Pairs, StandIns, of_the_day};
use crate::ci::rungs;
use crate::cli::{CompileArgs, PairsArg};
use crate::source;
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::plan::{resolve, targets};
use xtask::process::parallel::{Share, parallel_map};

#[derive(Serialize)]
struct Document<'a> {
    results: &'a [CompileRow],
}

pub fn run(args: &CompileArgs, context: &Context) -> Result<(), Failure> {
    let requested = targets::requested(&(&args.select).into(), None, context)?;
    let share = Share::new(args.jobs, &context.machine);
    resolve::check_features(&args.features)?;
    let compile_run = CompileRun {
        context,
        source: source::locked(&context.root)?.0,
        stand_ins: StandIns::make(context)?,
        implied: Implied::read(&context.root)?,
        features: args.features.iter().map(String::as_str).collect(),
        pairs: match args.pairs {
            _ if !args.features.is_empty() => Pairs::None,
            PairsArg::None => Pairs::None,
            PairsArg::All => Pairs::All,
            PairsArg::Rotating => Pairs::Rotating(args.rotation.unwrap_or_else(of_the_day)),
        },
    };
    let step = context
        .progress
        .step(format!("compile for {} targets", requested.len()));
    let numbered: Vec<_> = requested.iter().enumerate().collect();
    let rows = parallel_map(share.jobs, &numbered, |(index, requested)| {
        let row = compile_run.row(&requested.target, *index);
        if let Ok(row) = &row {
            step.part_done(&line(row));
        }
        row
    });
    let rows = rows
        .into_iter()
        .collect::<Result<Vec<CompileRow>, Failure>>()?;
    let compiled = rows.iter().filter(|row| row.compiled).count();
    step.end(&format!("{compiled} of {} compiled", rows.len()));
    if args.json {
        let document = Document { results: &rows };
        let text = serde_json::to_string_pretty(&document).map_err(anyhow::Error::from)?;
        println!("{text}");
    }
    if args.select.all {
        let tried: Vec<&str> = rows.iter().map(|row| row.target.as_str()).collect();
        let reached = rows.iter().filter(|row| row.compiled);
        let reached = reached.map(|row| (row.target.clone(), row.by.clone().unwrap_or_default()));
        let (bless, root) = (args.bless, &context.root);
        return rungs::settle(Rung::Compiled, &tried, &reached.collect(), bless, root);
    }
    match rows.iter().find(|row| !row.compiled) {
        None => Ok(()),
        Some(row) => Err(Failure::Failed(format!(
            "{}: {}",
            row.target,
            row.reason.clone().unwrap_or_default()
        ))),
    }
}

/// A row for people, with the requirement for the next rung.
fn line(row: &CompileRow) -> String {
    let features = row.pairs.join("; ");
    let by = row.by.as_deref().unwrap_or("nothing");
    let with = match features.as_str() {
        "" => String::new(),
        _ if row.pairs.len() > 3 => format!(", and with {} pairs of features", row.pairs.len()),
        features => format!(", and with {features}"),
    };
    match row.compiled {
        true => {
            let next = catalog::entry(&row.target).and_then(catalog::one_rung_up);
            let next = next.map_or(String::new(), |next| format!("; next: {next}"));
            format!(
                "{}: compiled by {by}{with} in {:.1} s{next}",
                row.target, row.seconds
            )
        }
        false => format!(
            "{}: not compiled: {}",
            row.target,
            row.reason.clone().unwrap_or_default()
        ),
    }
}
