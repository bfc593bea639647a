//! `cargo xtask doctor`: checks this machine's tools for targets.

use serde::Serialize;
use snmalloc_toolchains::install_commands;

mod checks;

use crate::cli::DoctorArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::plan::targets;
use crate::process::parallel::{Share, parallel_map};
use crate::report::fixes::first_fixes;
use checks::diagnose;

/// The result of one check.
#[derive(Serialize)]
struct Check {
    what: &'static str,
    ok: bool,
    /// The check may fail and the target still builds.
    optional: bool,
    /// The result, or the missing tool and how to get it.
    found: String,
    path: Option<String>,
    version: Option<String>,
    /// The variable or path that decided.
    decided_by: Option<String>,
    /// Other facts that led to the result.
    notes: Vec<String>,
    /// The error, in one sentence.
    missing: Option<String>,
    /// Commands that fix it, best first.
    fixes: Vec<String>,
}

#[derive(Serialize)]
struct Diagnosis {
    target: String,
    /// The target can be built and tested here.
    ready: bool,
    checks: Vec<Check>,
}

pub fn run(args: &DoctorArgs, context: &Context) -> Result<(), Failure> {
    let requested = targets::requested(&(&args.select).into(), None, context)?;
    let max = Share::new(None, &context.machine).jobs;
    // Some compilers need a second for their first answer.
    let step = (requested.len() > 1).then(|| {
        let what = format!("ask the tools for {} targets", requested.len());
        context.progress.step(what)
    });
    let diagnoses = parallel_map(max, &requested, |requested| diagnose(requested, context));
    drop(step);
    if args.json {
        let document = serde_json::json!({ "targets": diagnoses });
        let text = serde_json::to_string_pretty(&document).map_err(anyhow::Error::from)?;
        println!("{text}");
    } else if requested.iter().any(|requested| requested.from_group) {
        print_compact(&diagnoses);
    } else {
        diagnoses.iter().for_each(print);
        print_together(&diagnoses);
    }
    if diagnoses.iter().all(|diagnosis| diagnosis.ready) {
        Ok(())
    } else {
        Err(Failure::Reported(3))
    }
}

fn state(diagnosis: &Diagnosis) -> &'static str {
    match diagnosis.ready {
        true => "ready",
        false => "not ready",
    }
}

fn print(diagnosis: &Diagnosis) {
    println!("{}: {}", diagnosis.target, state(diagnosis));
    for check in &diagnosis.checks {
        let mark = match (check.ok, check.optional) {
            (true, _) => "ok",
            (false, true) => "--",
            (false, false) => "!!",
        };
        const INDENT: &str = "\n                   ";
        let text = check.found.replace('\n', INDENT);
        println!("  {mark} {:13} {text}", check.what);
        for note in &check.notes {
            println!("  {:16} {}", "", note.replace('\n', INDENT));
        }
    }
}

/// Prints one install command, if the package manager can install several missing tools.
fn print_together(diagnoses: &[Diagnosis]) {
    let checks = diagnoses.iter().flat_map(|diagnosis| &diagnosis.checks);
    let best: Vec<&str> = checks
        .filter(|check| !check.ok && !check.optional)
        .filter_map(|check| Some(check.fixes.first()?.as_str()))
        .collect();
    if let Some(line) = install_commands(&best) {
        println!("\nto install what is missing: {line}");
    }
}

/// Prints a line per target, then the fixes that help most targets.
fn print_compact(diagnoses: &[Diagnosis]) {
    let width = diagnoses.iter().map(|d| d.target.len()).max().unwrap_or(0);
    let mut misses = Vec::new();
    for diagnosis in diagnoses {
        let missing_checks = diagnosis
            .checks
            .iter()
            .filter(|check| !check.ok && !check.optional);
        let mut output_of: Vec<&str> = Vec::new();
        for check in missing_checks {
            output_of.extend(check.missing.as_deref());
            misses.push((diagnosis.target.as_str(), check.fixes.as_slice()));
        }
        let detail = if diagnosis.ready {
            diagnosis.checks[0].found.clone()
        } else {
            output_of.join("; ")
        };
        println!(
            "{:width$}  {:9}  {detail}",
            diagnosis.target,
            state(diagnosis)
        );
    }
    let ready = diagnoses.iter().filter(|diagnosis| diagnosis.ready).count();
    println!("\n{ready} of {} targets are ready", diagnoses.len());
    for fix in first_fixes(&misses) {
        println!("{fix}");
    }
}
