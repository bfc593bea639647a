//! `cargo xtask ci`: runs a job of the pipelines on this machine.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use serde_json::Value;
use snmalloc_toolchains::{Error, Machine as _};

use crate::ci::compile::days;
use crate::ci::{self, Given, Job, Rotation, workflows};
use crate::cli::CiArgs;
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::command::Job as StepCommand;
use xtask::process::interrupt::{self, Guarded};
use xtask::report::Tests;

pub fn run(args: &CiArgs, context: &Context) -> Result<(), Failure> {
    if args.list {
        return list(context);
    }
    if let Some(job) = args.job.iter().find(|job| args.part && job.part == 0) {
        let name = job.name;
        return Err(Failure::Usage(format!(
            "job `{name}` has no parts: leave out `--part`"
        )));
    }
    // A dry run needs no particular machine and no tools.
    for job in args.job.iter().filter(|_| !args.dry_run) {
        ready(job, context)?;
    }
    for job in &args.job {
        run_job(job, args, context)?;
    }
    Ok(())
}

fn list(context: &Context) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for job in ci::all() {
        let here = match job.place.is_here(context.host, &context.machine) {
            false => "elsewhere",
            true if missing_tool(job, context).is_some() => "incomplete",
            true => "here",
        };
        writeln!(
            out,
            "{:<20} {:<8} {:<13} {here:<10} {}; needs {}",
            job.name,
            job.workflow.name(),
            job.from.name(),
            job.about,
            job.place.description()
        )?;
    }
    Ok(())
}

/// # Errors
/// This machine isn't the one that the job needs, or a tool for its steps is missing.
fn ready(job: &Job, context: &Context) -> Result<(), Failure> {
    let machine = &context.machine;
    if !job.place.is_here(context.host, machine) {
        let place = job.place.description();
        let elsewhere = Error::new(format!("job `{}` needs {place}", job.name))
            .searched(format!(
                "this machine, which is {} on {}",
                machine.os(),
                machine.arch()
            ))
            .fix(format!(
                "run `cargo xtask ci --job {}` there; the workflow `{}` does, on {}",
                job.name,
                job.workflow.name(),
                job.place.runner()
            ));
        return Err(elsewhere.into());
    }
    if let Some((tool, fix)) = missing_tool(job, context) {
        let what = format!("job `{}` needs {tool}, which isn't here", job.name);
        return Err(Error::new(what).searched("PATH").fix(*fix).into());
    }
    Ok(())
}

/// The first of the job's tools that is not installed, and the command that installs it.
fn missing_tool(job: &Job, context: &Context) -> Option<&'static (&'static str, &'static str)> {
    let here = |tool: &str| context.machine.find_program(tool).is_some();
    job.tools.iter().find(|(tool, _)| !here(tool))
}

fn run_job(job: &'static Job, args: &CiArgs, context: &Context) -> Result<(), Failure> {
    let out = context.target_dir().join("ci").join(job.name);
    let commands = commands(job, &out, args, context)?;
    if args.dry_run {
        for line in &commands {
            println!("{line}");
        }
        return Ok(());
    }
    // Reports of an earlier run would be counted as this run's.
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
    }
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    let start = Instant::now();
    let mut tests = Tests::default();
    for (number, command) in commands.iter().enumerate() {
        let number = number + 1;
        let at = format!("{}, step {number} of {}", job.name, commands.len());
        context
            .progress
            .line(&format!("{at}: {}", without_directory(command)));
        let keep = output_file(command, &out, number);
        let status = execute(command, keep.as_deref(), &context.root)?;
        if let Some(file) = &keep {
            add(&mut tests, file);
        }
        if !status.success() {
            let part = if args.part { " --part" } else { "" };
            let again = format!("cargo xtask ci --job {}{part}", job.name);
            return Err(Failure::Failed(format!(
                "{at} failed ({status}): `{}`; to run the job again: `{again}`",
                without_directory(command)
            )));
        }
    }
    let seconds = start.elapsed().as_secs();
    context.progress.line(&format!(
        "{}: {} steps done, {seconds} s",
        job.name,
        commands.len()
    ));
    if tests != Tests::default() {
        println!(
            "{}: {} passed, {} failed, {} skipped",
            job.name, tests.passed, tests.failed, tests.ignored
        );
    }
    Ok(())
}

/// The job's steps as commands to run from the root of the repository.
fn commands(
    job: &'static Job,
    out: &Path,
    args: &CiArgs,
    context: &Context,
) -> Result<Vec<StepCommand>, Failure> {
    let files = workflows::files(&context.root)?;
    let files = files.iter().map(|file| file.display().to_string());
    let mut targets = job.targets();
    if args.part {
        let Rotation { taken, left } = Rotation::of_day(job, days());
        let (number, all) = (taken.len(), targets.len());
        let left = left.join(", ");
        let text = format!("{}: {number} of {all} targets; left out: {left}", job.name);
        context.progress.line(&text);
        targets = taken;
    }
    let given = Given {
        targets,
        base: args.base.clone(),
        out: out.display().to_string(),
        workflows: files.collect(),
    };
    let commands = job.lines(&given);
    Ok(commands
        .into_iter()
        .map(|step| step_command(step, job, context))
        .collect())
}

/// Parses a step: `in DIRECTORY`, variables, the program, its arguments.
fn step_command(step: Vec<String>, job: &Job, context: &Context) -> StepCommand {
    let mut step = step.into_iter().peekable();
    let mut cwd = context.root.clone();
    if step.next_if(|arg| arg == "in").is_some() {
        cwd.extend(step.next());
    }
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let mut env: Vec<(String, String)> = job.env.iter().map(pair).collect();
    let is_variable = |arg: &String| {
        let name = arg.split('=').next().unwrap_or_default();
        arg.contains('=') && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    while let Some(arg) = step.next_if(is_variable) {
        let (name, value) = arg.split_once('=').unwrap_or((&arg, ""));
        env.push((name.to_owned(), value.to_owned()));
    }
    StepCommand {
        program: step.next().unwrap_or_default(),
        args: step.collect(),
        env,
        cwd,
    }
}

/// Formats the command for a reader, without the directory.
fn without_directory(step: &StepCommand) -> String {
    let text = step.to_string();
    let shown = text.split_once(" && ").map(|(_, shown)| shown.to_owned());
    shown.unwrap_or(text)
}

/// The file for the document that a step prints.
fn output_file(step: &StepCommand, out: &Path, number: usize) -> Option<PathBuf> {
    let form = step.args.iter().find_map(|arg| match arg.as_str() {
        "--json" => Some("json"),
        "cargo-config" => Some("toml"),
        _ => None,
    })?;
    Some(out.join(format!("{number}.{form}")))
}

/// The process for a step. `cargo xtask` is the running executable: cargo would rebuild
/// xtask if the job's flags differ, and Windows can't overwrite an executable that runs.
fn command(step: &StepCommand, root: &Path) -> Result<Command, Failure> {
    let own = step.program == "cargo" && step.cwd == root;
    match step.args.split_first() {
        Some((first, rest)) if own && first == "xtask" => {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(rest);
            Ok(command)
        }
        _ => {
            let mut command = Command::new(&step.program);
            // The variable is set by the cargo that started us, not for the step.
            command.args(&step.args).env_remove("CARGO_MANIFEST_DIR");
            Ok(command)
        }
    }
}

fn execute(
    step: &StepCommand,
    keep: Option<&Path>,
    root: &Path,
) -> Result<std::process::ExitStatus, Failure> {
    let stdout = match keep {
        Some(file) => File::create(file)
            .with_context(|| file.display().to_string())?
            .into(),
        None => Stdio::inherit(),
    };
    let mut command = command(step, root)?;
    command
        .envs(step.env.iter().map(|(name, value)| (name, value)))
        .current_dir(&step.cwd)
        .stdin(Stdio::null())
        .stdout(stdout);
    let mut guarded = match Guarded::spawn(&mut command) {
        Err(_) if interrupt::interrupted() => return Err(Failure::Interrupted),
        spawned => spawned.with_context(|| format!("{} can't be run", step.program))?,
    };
    let status = guarded.child.wait()?;
    if interrupt::interrupted() {
        return Err(Failure::Interrupted);
    }
    Ok(status)
}

/// Adds the test counts of a report; a file that is not a report counts none.
fn add(tests: &mut Tests, file: &Path) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let report: Value = serde_json::from_str(&text).unwrap_or_default();
    let rows = report["results"].as_array().cloned().unwrap_or_default();
    for row in rows {
        let count = |what: &str| row["tests"][what].as_u64().unwrap_or_default();
        tests.passed += count("passed");
        tests.failed += count("failed");
        tests.ignored += count("ignored");
    }
}
