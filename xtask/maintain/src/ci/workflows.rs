//! Checks the pipeline files: their `cargo xtask` commands must parse, and their targets must
//! be in the catalog.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use snmalloc_toolchains::catalog;

use crate::ci::ParseCommand;

/// The paths of the workflow files, sorted.
pub fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let dir = root.join(".github/workflows");
    let mut files = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| dir.display().to_string())? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

/// The errors in the commands of all workflows and of `.cirrus.yml`.
pub fn findings(root: &Path, parse: ParseCommand) -> Result<Vec<String>> {
    let mut all = files(root)?;
    all.push(root.join(".cirrus.yml"));
    let mut findings = Vec::new();
    for file in all {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let name = file.strip_prefix(root).unwrap_or(&file);
        findings.extend(findings_in(&name.display().to_string(), &text, parse));
    }
    Ok(findings)
}

fn findings_in(name: &str, text: &str, parse: ParseCommand) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let at = format!("{name}:{}", number + 1);
        if line.trim_start().starts_with('#') {
            continue;
        }
        for args in commands(line) {
            if let Err(error) = parse(args) {
                findings.push(format!("{at}: {error}"));
            }
        }
        for target in targets(line) {
            match catalog::entry(target) {
                None => findings.push(format!("{at}: there is no target `{target}`")),
                Some(entry) => findings.extend(
                    entry
                        .refused
                        .map(|why| format!("{at}: `{target}` is refused: {why}")),
                ),
            }
        }
    }
    findings
}

/// The arguments after each `cargo xtask` in a line of shell. Known variables are replaced by
/// a possible value.
fn commands(line: &str) -> Vec<Vec<String>> {
    let given = |arg: String| match arg.as_str() {
        "$GITHUB_EVENT_NAME" => "pull_request".to_owned(),
        "$JOB" | "$env:JOB" => "linux".to_owned(),
        "$WORKFLOW" => "ci".to_owned(),
        "$ARGS" => "--part".to_owned(),
        _ => arg,
    };
    line.split("cargo xtask ")
        .skip(1)
        .map(|rest| {
            let command = rest
                .split(['#', '|', '&', '>', ')', ';'])
                .next()
                .unwrap_or_default();
            let args = shell_words::split(command).unwrap_or_else(|_| vec![command.to_owned()]);
            args.into_iter().map(given).collect()
        })
        .collect()
}

/// The words after `--target`, and all words that look like a triple.
fn targets(line: &str) -> Vec<&str> {
    const SYSTEMS: [&str; 8] = [
        "-linux-",
        "-windows-",
        "-apple-",
        "-freebsd",
        "-netbsd",
        "-openbsd",
        "-android",
        "-wasi",
    ];
    let parts = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '.');
    let args: Vec<&str> = line.split(parts).filter(|arg| !arg.is_empty()).collect();
    let named = args
        .windows(2)
        .filter(|pair| pair[0] == "--target")
        .map(|pair| pair[1]);
    let look = args.iter().copied().filter(|arg| {
        let cpu = arg.split('-').next().unwrap_or_default();
        let known = |entry: &catalog::Entry| entry.triple.split('-').next() == Some(cpu);
        catalog::ENTRIES.iter().any(known) && SYSTEMS.iter().any(|system| arg.contains(system))
    });
    let mut finding: Vec<&str> = named.chain(look).collect();
    finding.dedup();
    finding
}

#[cfg(test)]
mod tests {
    use super::findings_in;
    use crate::cli::parse_command;

    #[test]
    fn unknown_commands_and_targets_are_reported_with_line_numbers() {
        for (line, expected) in [
            ("run: cargo xtask ci --job linux", None),
            ("run: cargo xtask ci --job \"$JOB\"", None),
            ("run: cargo xtask ci --job \"$JOB\" $ARGS", None),
            (
                "echo \"matrix=$(cargo xtask matrix --event \"$GITHUB_EVENT_NAME\")\" >> x",
                None,
            ),
            ("# cargo xtask nonsense", None),
            ("run: cargo xtask nonsense", Some("nonsense")),
            ("run: cargo xtask ci --job lunix", Some("lunix")),
            (
                "run: cargo xtask ci --job tidy && cargo xtask ci --jbo x",
                Some("--jbo"),
            ),
            ("run: cargo xtask ci --job \"$OTHER\"", Some("$OTHER")),
            (
                "run: rustup target add aarch64-unknown-linux-gmu",
                Some("no target `aarch64-unknown-linux-gmu`"),
            ),
            ("run: cargo build --target nonsense", Some("no target")),
            ("run: rustup target add wasm32-wasip1", Some("is refused")),
            ("run: rustup target add x86_64-linux-android", None),
        ] {
            let findings = findings_in("w.yml", line, parse_command).join("\n");
            match expected {
                None => assert_eq!(findings, "", "{line}"),
                Some(args) => assert!(
                    findings.starts_with("w.yml:1: ") && findings.contains(args),
                    "{line}: {findings}"
                ),
            }
        }
    }
}
