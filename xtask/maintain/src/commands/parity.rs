//! `cargo xtask parity`: proves that both builders make the same allocator.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow};
use serde::{Deserialize, Serialize};

use crate::ci::archive::{Archive, differences};
use crate::cli::ParityArgs;
use xtask::context::Context;
use xtask::engine::container::Containers;
use xtask::engine::{self, Builders, EngineRun};
use xtask::failure::Failure;
use xtask::plan::{cargo_command, resolve, targets};
use xtask::process::interrupt::interrupted;
use xtask::process::parallel::{Share, parallel_map};
use xtask::process::run::ARCHIVE;
use xtask::report::{self, Report, Row, Status};
use xtask::request::{BuildRequest, BuilderChoice, EngineKind};

/// The result of one comparison.
#[derive(Serialize, Deserialize)]
struct Comparison {
    target: String,
    /// Functions compared byte by byte.
    functions: usize,
    variables: usize,
    /// Macros that are defined in both.
    macros: usize,
    differences: Vec<String>,
}

pub fn run(args: &ParityArgs, context: &Context) -> Result<(), Failure> {
    let request = &BuildRequest::from(&args.build);
    if request.builder != BuilderChoice::Auto {
        return Err(Failure::Usage(
            "parity compares both builders: leave out --builder".to_owned(),
        ));
    }
    if !args.outputs.is_empty() {
        let compared = compare("as given", &args.outputs[0], &args.outputs[1])?;
        return finish(&[compared], &[], request, context);
    }
    let engine_run = EngineRun {
        verb: "parity",
        builders: Builders::Both,
        runs_programs: false,
        last: &[],
        compile: None,
        job: &|resolved| {
            let command = ["build", "-p", "snmalloc-rs", "--lib"];
            cargo_command::cargo_job(resolved, request, &command, &[], context)
        },
    };
    if request.engine.kind == EngineKind::Cross {
        return Err(Failure::Usage(NOT_BY_CROSS.to_owned()));
    }
    if request.dry_run {
        return engine_run.run(request, context);
    }
    match request.engine.kind {
        EngineKind::Host | EngineKind::Cross => {}
        EngineKind::Container | EngineKind::Docker | EngineKind::Podman => {
            return in_containers(request, context);
        }
    }
    let rows = engine_run.rows(request, context)?;
    let (built, others): (Vec<Row>, Vec<Row>) = rows
        .into_iter()
        .partition(|row| row.status == Status::Passed);
    // The rows of a target's two builders are adjacent.
    let pairs: Vec<&[Row]> = built
        .windows(2)
        .filter(|pair| pair[0].target == pair[1].target)
        .collect();
    let max = Share::new(request.jobs, &context.machine).jobs;
    let compared = parallel_map(max, &pairs, |pair| {
        let dirs = [output_dir(&pair[0])?, output_dir(&pair[1])?];
        compare(&pair[0].target, dirs[0], dirs[1])
    });
    let comparisons: Vec<Comparison> = compared.into_iter().collect::<Result<_>>()?;
    finish(&comparisons, &others, request, context)
}

const NOT_BY_CROSS: &str = "parity runs the compilers again where they ran: use `--engine \
                            container`, which has the same images";

/// Compares the builds inside their containers, and collects the results.
fn in_containers(request: &BuildRequest, context: &Context) -> Result<(), Failure> {
    resolve::check_args(request)?;
    let requested = targets::requested(&request.targets, request.toolchain, context)?;
    let denied = targets::denied(&request.deny_skip, &requested)?;
    let mut found = ComparisonDocument::default();
    let containers = Containers::find("parity", &[], request, context)?;
    for results in engine::results(&containers, &requested)? {
        match results.document::<ComparisonDocument>()? {
            Ok(more) => {
                found.results.extend(more.results);
                found.not_compared.extend(more.not_compared);
            }
            Err(row) => found.not_compared.push(row),
        }
    }
    for row in &mut found.not_compared {
        row.deny_skip(&denied);
    }
    let result = finish(&found.results, &found.not_compared, request, context);
    if interrupted() {
        return Err(Failure::Interrupted);
    }
    result
}

/// The document that `--json` prints.
#[derive(Default, Deserialize)]
struct ComparisonDocument {
    results: Vec<Comparison>,
    not_compared: Vec<Row>,
}

/// Prints the comparisons and the skipped targets; returns the command's result.
fn finish(
    comparisons: &[Comparison],
    others: &[Row],
    request: &BuildRequest,
    context: &Context,
) -> Result<(), Failure> {
    for comparison in comparisons {
        context.progress.line(&format!(
            "{}: {} functions, {} variables and {} macros compared, {} differences",
            comparison.target,
            comparison.functions,
            comparison.variables,
            comparison.macros,
            comparison.differences.len()
        ));
        for difference in &comparison.differences {
            eprintln!("  {difference}");
        }
    }
    for row in others {
        let reason = row.reason.as_deref().unwrap_or_default();
        let how = match row.status {
            Status::Failed => "failed",
            _ => "skipped",
        };
        let line = format!("{}: {how}: {reason}", row.target);
        match row.status {
            Status::Failed => context.progress.error(&line),
            _ => context.progress.line(&line),
        }
    }
    let found = serde_json::json!({ "results": comparisons, "not_compared": others });
    report::print_json(&found, request)?;
    if others.iter().any(|row| row.status == Status::Failed) {
        return Err(Failure::Reported(1));
    }
    if comparisons.iter().any(|c| !c.differences.is_empty()) {
        return Err(Failure::Failed("the builders' archives differ".to_owned()));
    }
    Report::result(others)
}

/// snmalloc-sys's output directory.
fn output_dir(row: &Row) -> Result<&Path> {
    let dir = row.artifact.as_deref().and_then(Path::parent);
    dir.with_context(|| format!("cargo did not name the output directory of {}", row.target))
}

/// Compares the output directories of two builds.
fn compare(target: &str, left: &Path, right: &Path) -> Result<Comparison> {
    let archives = [left, right].map(|dir| Archive::read(&dir.join(ARCHIVE)));
    let [first, second] = archives;
    let (first, second) = (first?, second?);
    if first.functions.is_empty() {
        return Err(anyhow!(
            "{} holds no function",
            left.join(ARCHIVE).display()
        ));
    }
    let (macros_first, macros_second) = (macros(left)?, macros(right)?);
    let mut found: Vec<String> = Vec::new();
    for line in macros_first.symmetric_difference(&macros_second) {
        let side = if macros_first.contains(line) {
            "first"
        } else {
            "second"
        };
        found.push(format!("macro only in the {side}: {line}"));
    }
    found.extend(differences(&first, &second));
    Ok(Comparison {
        target: target.to_owned(),
        functions: first.functions.len(),
        variables: first.variables.len(),
        macros: macros_first.intersection(&macros_second).count(),
        differences: found,
    })
}

/// One entry of a `compile_commands.json`.
#[derive(Deserialize)]
struct CompileCommand {
    directory: PathBuf,
    /// CMake's form: one shell command.
    command: Option<String>,
    /// The cc builder's form.
    arguments: Option<Vec<String>>,
}

/// Every macro that was defined when the archive was compiled: runs the compiler again
/// with the recorded command.
fn macros(dir: &Path) -> Result<BTreeSet<String>> {
    let file = dir.join("compile_commands.json");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let commands: Vec<CompileCommand> =
        serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let entry = commands.into_iter().next().context("no compile command")?;
    let command = match (entry.arguments, entry.command) {
        (Some(command), _) => command,
        (None, Some(line)) => shell_words::split(&line)?,
        (None, None) => return Err(anyhow!("{}: no command", file.display())),
    };
    let (program, args) = command.split_first().context("an empty command")?;
    let output = Command::new(program)
        .args(without_output(args))
        .args(["-E", "-dM"])
        .current_dir(entry.directory)
        .output()
        .with_context(|| program.clone())?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(anyhow!("{program} -E -dM failed: {stderr}"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().map(str::to_owned).collect())
}

/// The arguments without `-o FILE` and without CMake's options for the dependency file.
fn without_output(args: &[String]) -> Vec<&String> {
    let mut rest = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-o" | "-MF" | "-MT" => {
                args.next();
            }
            "-MD" | "-c" => {}
            _ => rest.push(arg),
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::without_output;

    #[test]
    fn only_output_options_are_dropped() {
        let args = [
            "-DX", "-MD", "-MT", "a", "-MF", "b", "-o", "c.o", "-c", "d.cc",
        ]
        .map(str::to_owned);
        assert_eq!(without_output(&args), ["-DX", "d.cc"]);
    }
}
