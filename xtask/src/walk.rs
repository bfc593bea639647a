//! The walk from the targets that are asked for to a report, which `build` and
//! `test` share.

use std::fs;

use anyhow::Context as _;
use snmalloc_toolchains::{Builder, Missing, Target};

use crate::android;
use crate::archive::ARCHIVE;
use crate::cli::{BuildArgs, BuilderArg, StdArg};
use crate::context::Context;
use crate::engine::host::{self, Outcome};
use crate::failure::Failure;
use crate::job::Job;
use crate::report::{Report, Row, Status};
use crate::resolve::{self, Resolved};
use crate::rust_std::RustStd;

/// What a command does with each target and builder.
pub struct Walk<'a> {
    pub verb: &'static str,
    pub both_builders_on_host: bool,
    pub runs_programs: bool,
    pub job: &'a dyn Fn(&Resolved) -> Job,
}

impl Walk<'_> {
    pub fn run(&self, args: &BuildArgs, context: &Context) -> Result<(), Failure> {
        let results = self.rows(args, context)?;
        if args.dry_run {
            return if results.iter().any(|row| row.missing) {
                Err(Failure::Reported(3))
            } else {
                Ok(())
            };
        }
        Report { results }.finish(args.json, context.progress.quiet)
    }

    /// Carries everything out; one row for each target and builder.
    pub fn rows(&self, args: &BuildArgs, context: &Context) -> Result<Vec<Row>, Failure> {
        resolve::check_args(args)?;
        let targets = resolve::targets(&args.target, context)?;
        let mut rows = Vec::new();
        for target in targets {
            match self.target_rows(&target, args, context) {
                Ok(more) => rows.extend(more),
                Err(Failure::Missing(missing)) => {
                    rows.push(missing_row(&target, &missing));
                }
                // The other targets still have their turn.
                Err(Failure::Failed(reason)) => rows.push(Row {
                    status: Status::Failed,
                    ..Row::skipped(&target.triple, None, reason)
                }),
                Err(other) => return Err(other),
            }
        }
        Ok(rows)
    }

    fn target_rows(
        &self,
        target: &Target,
        args: &BuildArgs,
        context: &Context,
    ) -> Result<Vec<Row>, Failure> {
        let native = target.triple == context.host;
        let (toolchain, mut std) = resolve::toolchain(args, target, context)?;
        for note in &toolchain.compiler.notes {
            context.progress.line(&format!("{}: {note}", target.triple));
        }
        if let (true, Err(missing)) = (self.runs_programs, &toolchain.runner) {
            return Err(missing.clone().into());
        }
        if let RustStd::ByRustup { otherwise } = std {
            std = ask_rustup(target, *otherwise, args, context)?;
        }
        if std == (RustStd::FromSource { bootstrap: true }) {
            context.progress.line(&format!(
                "{}: Rust's std is built from source by a stable toolchain (RUSTC_BOOTSTRAP=1)",
                target.triple
            ));
        }
        let both = self.both_builders_on_host && native && args.builder == BuilderArg::Auto;
        let mut rows = Vec::new();
        for (builder, reason) in resolve::builders(args, target, both, context)? {
            let reason = match reason {
                Ok(reason) => reason,
                Err(missing) if both => {
                    rows.push(builder_skipped(target, builder, &missing, context));
                    continue;
                }
                Err(missing) => return Err(missing.into()),
            };
            let resolved = Resolved {
                target: target.clone(),
                builder,
                builder_reason: reason,
                std: std.clone(),
                toolchain: toolchain.clone(),
                native,
            };
            rows.extend(self.row(&resolved, args, context)?);
        }
        Ok(rows)
    }

    fn row(
        &self,
        resolved: &Resolved,
        args: &BuildArgs,
        context: &Context,
    ) -> Result<Option<Row>, Failure> {
        let job = (self.job)(resolved);
        let (triple, builder) = (&resolved.target.triple, resolved.builder.name());
        if args.dry_run {
            println!("{job}");
            return Ok(None);
        }
        context.progress.line(&format!(
            "{triple}: builder {builder}, because {}",
            resolved.builder_reason
        ));
        let (outcome, seconds, log) = logged(
            &job,
            &format!("{}-{triple}-{builder}", self.verb),
            &format!("{} {triple} with {builder}", self.verb),
            context,
        )?;
        let shared_std = args.features.iter().any(|f| f == "android-shared-std");
        if let (true, true, "android", Some(dir)) = (
            outcome.success,
            shared_std,
            resolved.target.os.as_str(),
            &outcome.out_dir,
        ) {
            android::copy_shared_std(resolved, dir, context)?;
        }
        Ok(Some(Row {
            target: triple.clone(),
            builder: Some(builder),
            engine: "host",
            std: Some(resolved.std.name()),
            runner: resolved.runner_name().filter(|_| self.runs_programs),
            status: if outcome.success {
                Status::Passed
            } else {
                Status::Failed
            },
            reason: (!outcome.success).then(|| format!("{}; log: {log}", outcome.ended)),
            seconds,
            tests: self.runs_programs.then_some(outcome.tests),
            artifact: outcome
                .out_dir
                .map(|dir| dir.join(ARCHIVE))
                .filter(|archive| archive.is_file()),
            missing: false,
        }))
    }
}

/// Runs a job under a progress line, with a log of its own; the end of the log
/// is shown if it fails. Returns the outcome, the seconds, and the log's path.
pub fn logged(
    job: &Job,
    name: &str,
    what: &str,
    context: &Context,
) -> Result<(Outcome, f64, String), Failure> {
    let logs = context.target_dir().join("logs");
    fs::create_dir_all(&logs).with_context(|| format!("{}", logs.display()))?;
    let log = logs.join(format!("{name}.log"));
    // Each run starts its own log.
    let _ = fs::remove_file(&log);
    let step = context.progress.step(what.to_owned());
    let outcome = host::run(job, &log, &step)?;
    let seconds = step.end(if outcome.success { "done" } else { "failed" });
    if !outcome.success && !context.progress.verbose {
        show_end(&log);
    }
    Ok((outcome, seconds, log.display().to_string()))
}

/// Shows the last lines of a log.
fn show_end(log: &std::path::Path) {
    const MOST: usize = 60;
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    for line in &lines[lines.len().saturating_sub(MOST)..] {
        eprintln!("  | {line}");
    }
}

/// Lets rustup install the target's standard library; if it can't, or installs
/// it for another toolchain than the one that runs, the next way.
pub fn ask_rustup(
    target: &Target,
    otherwise: Result<RustStd, Missing>,
    args: &BuildArgs,
    context: &Context,
) -> Result<RustStd, Failure> {
    let job = resolve::rustup_job(target, context);
    if args.dry_run {
        println!("{job}");
        return Ok(RustStd::Installed);
    }
    let what = format!("rustup target add {}", target.triple);
    logged(&job, &format!("rustup-{}", target.triple), &what, context)?;
    match resolve::rust_std(StdArg::Prebuilt, target, true, context) {
        Ok(std) => Ok(std),
        Err(Failure::Missing(_)) => Ok(otherwise?),
        Err(other) => Err(other),
    }
}

/// A builder that this machine lacks is no failure of the tests; but CI provides
/// both, and there it is told as missing.
fn builder_skipped(target: &Target, builder: Builder, missing: &Missing, context: &Context) -> Row {
    context.progress.line(&format!(
        "{} with {}: skipped, because {missing}",
        target.triple,
        builder.name()
    ));
    Row {
        missing: std::env::var_os("CI").is_some_and(|value| !value.is_empty()),
        ..Row::skipped(&target.triple, Some(builder.name()), missing.what.clone())
    }
}

/// The message is shown at once; the report repeats its first line.
fn missing_row(target: &Target, missing: &Missing) -> Row {
    crate::progress::print_error(&missing.to_string());
    Row {
        missing: true,
        ..Row::skipped(&target.triple, None, missing.what.clone())
    }
}
