//! `cargo xtask bench`: measures this repository's allocator against others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use snmalloc_bench_protocol::Workload;

use crate::build::{self, Built, Programs};
use crate::cli::Args;
use crate::context::Context;
use crate::failure::Failure;
use crate::instructions::{self, Counter, Instructions};
use crate::machine::{Machine, load, processors, said_version, version};
use crate::measure::{Plan, Runs};
use crate::memory;
use crate::memory_row::MemoryRow;
use crate::report::{Allocator, Report, SCHEMA, Settings, summary};
use crate::row::{Cell, Row};
use crate::variants::{Variant, chosen};
use crate::{baseline, html, list, table};

pub fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    if args.list {
        print!("{}", list::text());
        return Ok(());
    }
    if cfg!(not(unix)) {
        return Err(Failure::Usage(
            "bench measures processor time with getrusage, which only Unix has".to_owned(),
        ));
    }
    args.check()?;
    // Report errors in the baseline before minutes are spent.
    let read = |file: &Path| baseline::read(file, args.programs);
    let then = args.baseline.as_deref().map(read).transpose()?;
    let page = args
        .html
        .clone()
        .unwrap_or_else(|| context.target_dir().join("bench/report.html"));
    let workloads = args.workloads();
    let variants = chosen(&args.against, args.lto);
    let counter = counter(&workloads);
    let begun = Instant::now();
    let built = build::all(
        args.package(),
        &variants,
        counter.as_ref().ok(),
        args.offline,
        context,
    )?;
    let build_seconds = begun.elapsed().as_secs_f64();
    let report = report(
        args,
        &workloads,
        &variants,
        &built,
        counter,
        build_seconds,
        context,
    )?;
    let changes = then
        .as_ref()
        .map(|then| baseline::changes(&then.workloads, &report.workloads));
    write(&page, &html::page(&report))?;
    let mut text = table::text(&report);
    if let Some((then, changes)) = then.as_ref().zip(changes.as_ref()) {
        text = format!("{text}\n{}", baseline::text(changes, then, &report));
    }
    // The table is the requested output; with `--json`, it goes to stderr.
    if !args.json {
        print!("{text}");
    } else if !context.progress.quiet {
        eprint!("{text}");
    }
    context.progress.line(&format!("page: {}", page.display()));
    if args.json {
        let mut document = serde_json::to_value(&report).map_err(anyhow::Error::from)?;
        if let Some(changes) = &changes {
            document["changes"] = serde_json::to_value(changes).map_err(anyhow::Error::from)?;
        }
        let text = serde_json::to_string_pretty(&document).map_err(anyhow::Error::from)?;
        println!("{text}");
    }
    if !report.missing.is_empty() {
        return Err(Failure::Failed(format!(
            "{} figures are missing",
            report.missing.len()
        )));
    }
    let worse = changes.iter().flatten().filter(|it| it.is_regression());
    match worse.count() {
        0 => Ok(()),
        _ if !args.fail_on_regression => Ok(()),
        count => Err(Failure::Failed(format!(
            "{count} figures are worse than the baseline's"
        ))),
    }
}

/// The program that counts instructions, if a workload is to be counted.
fn counter(workloads: &[&Workload]) -> Result<Counter, String> {
    if workloads.iter().any(|workload| workload.counted) {
        Counter::find()
    } else {
        Err("none of these workloads is one to count".to_owned())
    }
}

fn report(
    args: &Args,
    workloads: &[&'static Workload],
    variants: &[&'static Variant],
    built: &[Programs],
    counter: Result<Counter, String>,
    build_seconds: f64,
    context: &Context,
) -> Result<Report, Failure> {
    let mut machine = Machine::look(context)?;
    let limit = Duration::from_secs(args.time_limit.get() as u64);
    let begun = Instant::now();
    let allocators = allocators(args, variants, built, context)?;
    let programs: Vec<(&str, &Path)> = variants
        .iter()
        .zip(built)
        .filter_map(|(it, built)| Some((it.name, built.measured.as_ref().ok()?.path.as_path())))
        .collect();
    let plan = Plan {
        programs: programs
            .iter()
            .map(|(name, path)| ((*name).to_owned(), PathBuf::from(path)))
            .collect(),
        workloads: workloads.to_vec(),
        rounds: args
            .rounds
            .map_or(if args.quick { 3 } else { 7 }, usize::from),
        scale: if args.quick { 1 } else { 2 },
        threads: processors().min(4),
        limit,
    };
    let instructions = match counter {
        Err(reason) => Instructions {
            reason: Some(reason),
            ..Instructions::default()
        },
        Ok(counter) => {
            let programs: Vec<(String, Built)> = variants
                .iter()
                .zip(built)
                .map(|(it, built)| (it.name.to_owned(), built.counted.clone()))
                .collect();
            instructions::count(counter, &programs, workloads, limit, context)?
        }
    };
    machine.load_before = load();
    let measured = match workloads {
        [] => Vec::new(),
        _ => plan.measure(context)?,
    };
    let memory = memory::measure(args, variants, built, limit, context)?;
    machine.load_after = load();
    let rows: Vec<Row> = workloads
        .iter()
        .zip(&measured)
        .map(|(workload, runs)| {
            let results = cells(&allocators, &plan, runs);
            Row::new(
                workload,
                workload.iterations * plan.scale,
                results,
                &allocators,
            )
        })
        .collect();
    Ok(Report {
        schema: SCHEMA.to_owned(),
        machine,
        settings: Settings {
            programs: args.programs,
            quick: args.quick,
            rounds: plan.rounds,
            threads: plan.threads,
            scale: plan.scale,
            build_seconds,
            measure_seconds: begun.elapsed().as_secs_f64(),
        },
        summary: summary(&allocators, &rows),
        missing: missing(&rows, &instructions, &memory),
        allocators,
        workloads: rows,
        instructions,
        memory,
    })
}

fn allocators(
    args: &Args,
    variants: &[&'static Variant],
    built: &[Programs],
    context: &Context,
) -> Result<Vec<Allocator>, Failure> {
    let each = variants.iter().zip(built).map(|(variant, built)| {
        let program = built.measured.as_ref();
        let said = program.map_or_else(|_| String::new(), |it| said_version(&it.path));
        Ok(Allocator {
            name: variant.name.to_owned(),
            about: variant.about.to_owned(),
            role: variant.role,
            version: version(variant, &said, args.package(), context)?,
            failure: program.err().cloned(),
        })
    });
    each.collect()
}

/// A cell for every allocator, including those that never ran.
fn cells(allocators: &[Allocator], plan: &Plan, runs: &[Runs]) -> BTreeMap<String, Cell> {
    let names = plan.programs.iter().map(|(name, _)| name);
    let by_name: BTreeMap<&String, &Runs> = names.zip(runs).collect();
    allocators
        .iter()
        .map(|it| {
            let cell = match (&it.failure, by_name.get(&it.name)) {
                (None, Some(runs)) => Cell::of(runs),
                (failure, _) => Cell::Failed {
                    failure: failure
                        .clone()
                        .unwrap_or_else(|| "was never run".to_owned()),
                },
            };
            (it.name.clone(), cell)
        })
        .collect()
}

/// All expected figures that are missing.
fn missing(rows: &[Row], instructions: &Instructions, memory: &[MemoryRow]) -> Vec<String> {
    let mut missing: Vec<String> = memory.iter().flat_map(MemoryRow::missing).collect();
    for row in rows {
        for (name, cell) in &row.results {
            if let Cell::Failed { failure } = cell {
                missing.push(format!("{}, {name}: {failure}", row.name));
            }
        }
    }
    for (workload, counts) in &instructions.counts {
        for (name, count) in counts {
            if let instructions::Count::Failed { failure } = count {
                missing.push(format!("{workload}, {name}, instructions: {failure}"));
            }
        }
    }
    missing
}

/// Writes to a temporary name first: an interrupted run leaves the earlier page.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
    let dir = dir.unwrap_or(Path::new("."));
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let fresh = file.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&fresh, text).with_context(|| fresh.display().to_string())?;
    fs::rename(&fresh, file).with_context(|| file.display().to_string())?;
    Ok(())
}
