//! `cargo xtask matrix`: lists the pipelines' jobs for the services that start them.

use std::fmt::Write as _;

use serde::Serialize;

use crate::ci::{self, Event, Job, Place};
use crate::cli::{MatrixArgs, MatrixFormat};
use xtask::failure::Failure;

/// One job, as JSON.
#[derive(Serialize)]
struct MatrixRow {
    job: &'static str,
    workflow: &'static str,
    about: &'static str,
    /// The smallest event that runs it.
    event: &'static str,
    /// GitHub's label for the runner.
    runner: &'static str,
    /// The arguments of `.ci/provision` that prepare the runner, separated by spaces.
    provision: String,
    /// True if the base image must exist.
    base: bool,
    /// The MSYS2 environment that must come first in PATH, if any.
    msystem: Option<&'static str>,
    /// The timeout in minutes.
    minutes: u32,
    engine: &'static str,
    builder: &'static str,
    features: &'static [&'static str],
    emulator: Option<&'static str>,
    targets: Vec<&'static str>,
    /// The arguments of `cargo xtask ci` for this event, after the job's name.
    args: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<&'static [&'static str]>,
}

/// A job matrix for GitHub.
#[derive(Serialize)]
struct Matrix {
    include: Vec<MatrixRow>,
}

/// The jobs with all details, as JSON.
#[derive(Serialize)]
struct Jobs {
    event: &'static str,
    jobs: Vec<MatrixRow>,
}

pub fn run(args: &MatrixArgs) -> Result<(), Failure> {
    let jobs = ci::at(args.event, args.workflow);
    let lines = |steps: bool| {
        jobs.iter()
            .map(|job| line(job, args.event, steps))
            .collect()
    };
    match args.format {
        MatrixFormat::Github => {
            let matrix = Matrix {
                include: lines(false),
            };
            println!("{}", json(serde_json::to_string(&matrix))?);
        }
        MatrixFormat::Json => {
            let jobs = Jobs {
                event: args.event.name(),
                jobs: lines(true),
            };
            println!("{}", json(serde_json::to_string_pretty(&jobs))?);
        }
        MatrixFormat::Cirrus => print!("{}", cirrus(&jobs)?),
        MatrixFormat::Markdown => print!("{}", markdown(&jobs)),
    }
    Ok(())
}

fn json(text: serde_json::Result<String>) -> Result<String, Failure> {
    text.map_err(|error| Failure::Failed(error.to_string()))
}

fn line(job: &'static Job, event: Event, steps: bool) -> MatrixRow {
    let part = job.part > 0 && event == Event::PullRequest;
    MatrixRow {
        job: job.name,
        workflow: job.workflow.name(),
        about: job.about,
        event: job.from.name(),
        runner: job.place.runner(),
        provision: job.provision.join(" "),
        base: job.base,
        msystem: job.place.msystem(),
        minutes: job.minutes,
        engine: job.engine,
        builder: job.builder,
        features: job.features,
        emulator: job.emulator,
        targets: job.targets(),
        args: if part { "--part" } else { "" },
        steps: steps.then_some(job.steps),
    }
}

/// The text of `.cirrus.yml`.
fn cirrus(jobs: &[&'static Job]) -> Result<String, Failure> {
    let mut text = String::from(
        "# The FreeBSD job the crate has always had: the same command as everywhere. Made by\n\
         # `cargo xtask matrix --format cirrus`.\n\
         # The service that read this file ended in June 2026: nothing runs it, and it counts\n\
         # for no coverage. What runs is .github/workflows/bsd.yml.\n",
    );
    let here = jobs.iter().filter(|job| job.place == Place::FreeBsd);
    for job in here.clone() {
        // Writing to a string never fails.
        let _ = write!(
            text,
            "{name}_task:\n  freebsd_instance:\n    image_family: freebsd-14-2\n  timeout_in: {minutes}m\n  \
             install_script: pkg install -y rust git cmake ninja\n  \
             test_script: cargo xtask ci --job {name}\n",
            name = job.name,
            minutes = job.minutes,
        );
    }
    if here.count() == 0 {
        return Err(Failure::Usage(
            "Cirrus CI has machines for FreeBSD only, and no job of these runs on it; leave out \
             `--workflow`, or say `--workflow bsd`"
                .to_owned(),
        ));
    }
    Ok(text)
}

fn markdown(jobs: &[&'static Job]) -> String {
    let mut text = String::from(
        "| job | workflow | machine | from | engine | targets | what it shows |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for job in jobs {
        let targets: Vec<String> = job.targets().iter().map(|t| format!("`{t}`")).collect();
        // Writing to a string never fails.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} | {} |",
            job.name,
            job.workflow.name(),
            job.place.description(),
            job.from.name(),
            job.engine,
            targets.join(", "),
            job.about
        );
    }
    text
}
