//! `cargo xtask parity`: proves that both builders make the same allocator.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow};
use serde::{Deserialize, Serialize};
use snmalloc_toolchains::Target;

use crate::archive::{ARCHIVE, Archive, differences};
use crate::cli::{BuilderArg, ParityArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::resolve::{self, Resolved};
use crate::rust_std::RustStd;
use crate::walk::{ask_rustup, logged};

/// What one comparison found.
#[derive(Serialize)]
struct Comparison {
    target: String,
    /// Functions compared byte by byte.
    functions: usize,
    variables: usize,
    /// Macros that were defined in both.
    macros: usize,
    differences: Vec<String>,
}

pub fn run(args: &ParityArgs, context: &Context) -> Result<(), Failure> {
    if args.build.builder != BuilderArg::Auto {
        return Err(Failure::Usage(
            "parity compares both builders: leave out --builder".to_owned(),
        ));
    }
    let comparisons = if args.outputs.is_empty() {
        resolve::check_args(&args.build)?;
        let targets = resolve::targets(&args.build.target, context)?;
        let mut comparisons = Vec::new();
        for target in &targets {
            comparisons.extend(of_target(target, args, context)?);
        }
        comparisons
    } else {
        vec![compare("as given", &args.outputs[0], &args.outputs[1])?]
    };
    let mut differ = false;
    for comparison in &comparisons {
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
        differ |= !comparison.differences.is_empty();
    }
    if args.build.json {
        let text = serde_json::to_string_pretty(&serde_json::json!({ "results": comparisons }))
            .map_err(anyhow::Error::from)?;
        println!("{text}");
    }
    if differ {
        return Err(Failure::Failed("the builders' archives differ".to_owned()));
    }
    Ok(())
}

fn of_target(
    target: &Target,
    args: &ParityArgs,
    context: &Context,
) -> Result<Option<Comparison>, Failure> {
    let host = context.host;
    let (toolchain, std) = resolve::toolchain(&args.build, target, context)?;
    let std = match std {
        RustStd::ByRustup { otherwise } => ask_rustup(target, *otherwise, &args.build, context)?,
        std => std,
    };
    let mut outputs = Vec::new();
    for (builder, reason) in resolve::builders(&args.build, target, true, context)? {
        let resolved = Resolved {
            target: target.clone(),
            builder,
            builder_reason: reason?,
            std: std.clone(),
            toolchain: toolchain.clone(),
            native: target.triple == host,
        };
        outputs.extend(build(&resolved, args, context)?);
    }
    match outputs.as_slice() {
        [left, right] => Ok(Some(compare(&target.triple, left, right)?)),
        // A dry run has nothing to compare.
        _ => Ok(None),
    }
}

/// Builds the allocator, and returns snmalloc-sys's output directory.
fn build(
    resolved: &Resolved,
    args: &ParityArgs,
    context: &Context,
) -> Result<Option<PathBuf>, Failure> {
    let words = ["build", "-p", "snmalloc-rs", "--lib"];
    let job = resolve::cargo_job(resolved, &args.build, &words, &[], context);
    if args.build.dry_run {
        println!("{job}");
        return Ok(None);
    }
    let (triple, builder) = (&resolved.target.triple, resolved.builder);
    let name = format!("parity-{triple}-{}", builder.name());
    let what = format!("build {triple} with {}", builder.name());
    let (outcome, _, log) = logged(&job, &name, &what, context)?;
    if !outcome.success {
        return Err(Failure::Failed(format!("the build failed; log: {log}")));
    }
    let dir = outcome
        .out_dir
        .with_context(|| format!("cargo did not name the output directory; log: {log}"))?;
    Ok(Some(dir))
}

/// Compares what two builds left in their output directories.
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
    /// As CMake writes it: one line for a shell.
    command: Option<String>,
    /// As the cc builder writes it.
    arguments: Option<Vec<String>>,
}

/// Every macro that was defined when the archive was compiled: the compiler is
/// asked again, with the very command that it was called with.
fn macros(dir: &Path) -> Result<BTreeSet<String>> {
    let file = dir.join("compile_commands.json");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let commands: Vec<CompileCommand> =
        serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let entry = commands.into_iter().next().context("no compile command")?;
    let words = match (entry.arguments, entry.command) {
        (Some(words), _) => words,
        (None, Some(line)) => shell_words::split(&line)?,
        (None, None) => return Err(anyhow!("{}: no command", file.display())),
    };
    let (program, args) = words.split_first().context("an empty command")?;
    let output = Command::new(program)
        .args(without_output(args))
        .args(["-E", "-dM"])
        .current_dir(entry.directory)
        .output()
        .with_context(|| program.clone())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(anyhow!("{program} -E -dM failed: {said}"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().map(str::to_owned).collect())
}

/// The arguments without `-o FILE` and the dependency file that CMake asks for.
fn without_output(args: &[String]) -> Vec<&String> {
    let mut kept = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-o" | "-MF" | "-MT" => {
                args.next();
            }
            "-MD" | "-c" => {}
            _ => kept.push(arg),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::without_output;

    #[test]
    fn only_the_outputs_are_left_out() {
        let args = [
            "-DX", "-MD", "-MT", "a", "-MF", "b", "-o", "c.o", "-c", "d.cc",
        ]
        .map(str::to_owned);
        assert_eq!(without_output(&args), ["-DX", "d.cc"]);
    }
}
