//! The tree that packages are made from: a clone. Stray files in the user's own tree get
//! into no package, and that tree stays unchanged.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use snmalloc_toolchains::Error;

use crate::source;
use xtask::failure::Failure;
use xtask::process::interrupt;

/// Runs git; returns its output.
fn git(root: &Path, args: &[&str]) -> Result<String, Failure> {
    let mut git = Command::new("git");
    // Guarded: a clone that goes on would write into the next run's.
    let output = interrupt::output(git.arg("-C").arg(root).args(args));
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::from(
            Error::new(format!("git can't be run: {error}"))
                .searched("PATH, for git")
                .fix("install git"),
        ),
        _ => Failure::Failed(format!("git can't be run: {error}")),
    })?;
    if !output.status.success() {
        let command = format!("git -C {} {}", root.display(), args.join(" "));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        if has_commit(root) {
            return Err(Failure::Failed(format!(
                "`{command}` failed{}",
                excerpt(&errors)
            )));
        }
        let missing = Error::new("packages are made from git's last commit, and there is none");
        let missing = missing.searched(command).output(&errors);
        let fix = "run it in a clone of the repository that has a commit";
        return Err(missing.fix(fix).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The errors in git's output: on a full disk, it names each file that it can't write.
fn excerpt(output: &str) -> String {
    const MOST: usize = 5;
    let is_error = |line: &&str| line.starts_with("error: ") || line.starts_with("fatal: ");
    let errors: Vec<&str> = output.lines().filter(is_error).collect();
    let lines = match errors.is_empty() {
        true => output.lines().collect(),
        false => errors,
    };
    let mut text = String::new();
    for line in lines.iter().take(MOST) {
        text.extend(["\n  | ", line]);
    }
    if lines.len() > MOST {
        text.push_str(&format!("\n  | … and {} more lines", lines.len() - MOST));
    }
    if output.contains("unable to write file") || output.contains("No space left") {
        text.push_str("\n  help: the disk may be full");
    }
    text
}

fn has_commit(root: &Path) -> bool {
    let mut git = Command::new("git");
    git.arg("-C").arg(root);
    git.args(["rev-parse", "--quiet", "--verify", "HEAD"]);
    git.output().is_ok_and(|output| output.status.success())
}

/// The time of the package's contents, in seconds since 1970: `SOURCE_DATE_EPOCH`, or the
/// commit's own time.
pub fn time(root: &Path) -> Result<u64, Failure> {
    if let Ok(set) = std::env::var("SOURCE_DATE_EPOCH") {
        return set.parse().map_err(|_| {
            Failure::Usage(format!(
                "SOURCE_DATE_EPOCH is `{set}`, which isn't a number of seconds"
            ))
        });
    }
    let output = git(root, &["log", "-1", "--format=%ct"])?;
    Ok(output
        .trim()
        .parse()
        .context("git prints the commit's time")?)
}

/// The uncommitted changes, as `git status` prints them.
pub fn uncommitted(root: &Path) -> Result<Vec<String>, Failure> {
    let output = git(root, &["status", "--porcelain"])?;
    Ok(output.lines().map(str::to_owned).collect())
}

/// Clones the commit, with or without the uncommitted changes, and adds the C++ source.
pub fn make(root: &Path, tree: &Path, with_uncommitted: bool) -> Result<(), Failure> {
    let to = tree.to_string_lossy();
    git(root, &["clone", "--quiet", "--shared", ".", &to])?;
    if with_uncommitted {
        let names = git(
            root,
            &[
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ],
        )?;
        for name in names.split_terminator('\0') {
            let (from, to) = (root.join(name), tree.join(name));
            if from.is_file() {
                let dir = to.parent().context("a file lies in a directory")?;
                fs::create_dir_all(dir)?;
                fs::copy(&from, &to).with_context(|| from.display().to_string())?;
            } else if to.is_file() {
                fs::remove_file(&to)?;
            }
        }
    }
    source::copy(tree)?;
    Ok(())
}
