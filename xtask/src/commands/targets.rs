//! `cargo xtask targets`: lists the catalog, and the targets that this machine can build.

use serde::Serialize;
use snmalloc_toolchains::{Group, Target, catalog, find};

use crate::cli::TargetsArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::process::parallel::{Share, parallel_map};
use crate::report::target_table::target_table;

/// One target, as JSON.
#[derive(Serialize)]
struct TargetRow {
    target: &'static str,
    /// Its group's name; none if the target isn't supported.
    group: Option<&'static str>,
    tier: u8,
    supported: bool,
    /// The reason if the target isn't supported.
    reason: Option<&'static str>,
    /// This machine has a compiler for it.
    ready: bool,
    /// The missing tool, if it can't be built.
    missing: Option<String>,
    /// The runner for its programs on this machine.
    runner: Option<String>,
    /// The rung it has reached: refused, planned, compiled, linked or tested.
    rung: &'static str,
    /// The requirement for the next rung.
    next: Option<String>,
    /// The container image that builds it.
    image: Option<String>,
}

pub fn run(args: &TargetsArgs, context: &Context) -> Result<(), Failure> {
    if args.markdown {
        print!("{}", target_table(&entries(&args.groups.group)));
        return Ok(());
    }
    let max = Share::new(None, &context.machine).jobs;
    let entries = entries(&args.groups.group);
    let lines = parallel_map(max, &entries, |entry| line(entry, context));
    if args.json {
        let document = serde_json::json!({ "targets": lines });
        let text = serde_json::to_string_pretty(&document).map_err(anyhow::Error::from)?;
        println!("{text}");
        return Ok(());
    }
    let width = lines.iter().map(|l| l.target.len()).max().unwrap_or(0);
    for line in &lines {
        let state = match (line.supported, line.ready) {
            (false, _) => "refused",
            (true, true) => "ready",
            (true, false) => "missing",
        };
        let detail = match (line.reason, &line.missing, &line.runner) {
            (Some(reason), _, _) => reason.to_owned(),
            (_, Some(missing), _) => missing.clone(),
            (_, _, Some(runner)) => format!("tests run: {runner}"),
            _ => "nothing here runs its tests".to_owned(),
        };
        println!(
            "{:width$}  {:7}  tier {}  {:8}  {state:7}  {detail}",
            line.target,
            line.group.unwrap_or("-"),
            line.tier,
            line.rung
        );
    }
    Ok(())
}

/// The entries of the groups; all entries if no group is named.
fn entries(groups: &[Group]) -> Vec<&'static catalog::Entry> {
    let named = |entry: &&catalog::Entry| {
        groups.is_empty() || group(entry).is_some_and(|group| groups.contains(&group))
    };
    catalog::ENTRIES.iter().filter(named).collect()
}

fn group(entry: &catalog::Entry) -> Option<Group> {
    let target = Target::from_triple(entry.triple).filter(|_| entry.refused.is_none())?;
    Group::of(&target)
}

fn line(entry: &'static catalog::Entry, context: &Context) -> TargetRow {
    let found = Target::from_triple(entry.triple)
        .filter(|_| entry.refused.is_none())
        .map(|target| find::toolchain(&target, context.host, &context.machine));
    let (ready, missing, runner) = match found {
        None => (false, None, None),
        Some(Err(missing)) => (false, Some(missing.what), None),
        Some(Ok(toolchain)) => {
            let runner = toolchain.runner.ok().map(|command| {
                if command.is_empty() {
                    "native".to_owned()
                } else {
                    command.join(" ")
                }
            });
            (true, None, runner)
        }
    };
    TargetRow {
        target: entry.triple,
        group: group(entry).map(Group::name),
        tier: entry.tier,
        supported: entry.refused.is_none(),
        reason: entry.refused,
        ready,
        missing,
        runner,
        rung: entry.rung.name(),
        next: catalog::one_rung_up(entry),
        image: image(entry),
    }
}

fn image(entry: &catalog::Entry) -> Option<String> {
    let target = Target::from_triple(entry.triple)?;
    catalog::image(&target).map(|image| image.name)
}
