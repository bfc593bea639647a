//! `cargo xtask audit`: checks the dependencies against the rules in deny.toml and against
//! the known advisories.

use snmalloc_toolchains::{Error, Machine as _};

use crate::cli::AuditArgs;
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::command::Job;
use xtask::process::log::{run_logged, run_quiet};

/// The directories of the lock files: the workspace's, those of the benchmarks, the fuzz targets',
/// the models', and those of the examples, which readers start from.
const LOCKED: [&str; 9] = [
    ".",
    "benches",
    "benches/programs",
    "fuzz",
    "models",
    "examples/android",
    "examples/cdylib",
    "examples/cli",
    "examples/no-std",
];

pub fn run(args: &AuditArgs, context: &Context) -> Result<(), Failure> {
    tool("cargo-deny", context)?;
    let mut failures = Vec::new();
    let mut check = |name: &str, args: &[&str], dir: &str| -> Result<(), Failure> {
        let log = format!("audit-{name}-{}", dir.replace(['/', '.'], "-"));
        let what = format!("{name} of {dir}/Cargo.lock");
        let (outcome, _, log) = run_logged(&job(args, context), &log, &what, context)?;
        if !outcome.success {
            failures.push(format!("{what}: not clean; log: {log}"));
        }
        Ok(())
    };
    for dir in LOCKED {
        let manifest = format!("{dir}/Cargo.toml");
        let deny = ["deny", "--manifest-path", &manifest, "check"];
        // A crate that is skipped for one manifest needn't be in the others.
        let allowed = ["-A", "unmatched-skip", "-A", "unmatched-skip-root"];
        let checks = ["bans", "licenses", "sources"];
        check("rules", &[&deny[..], &allowed, &checks].concat(), dir)?;
    }
    let fetch = job(&["deny", "fetch", "db"], context);
    let (fetched, _, log) = run_quiet(&fetch, "audit-fetch", "advisories", context)?;
    if fetched.success {
        tool("cargo-audit", context)?;
        for dir in LOCKED {
            let (manifest, lock) = (format!("{dir}/Cargo.toml"), format!("{dir}/Cargo.lock"));
            let deny = ["deny", "--manifest-path", &manifest, "check", "advisories"];
            check("advisories", &deny, dir)?;
            check(
                "audit",
                &["audit", "--deny", "warnings", "--file", &lock],
                dir,
            )?;
        }
    } else {
        let output = std::fs::read_to_string(&log).unwrap_or_default();
        let missing = Error::new("the database of advisories can't be had")
            .searched(log.display().to_string())
            .output(&output)
            .fix("run it where github.com/RustSec/advisory-db can be fetched");
        if args.deny_skip {
            return Err(missing.into());
        }
        let why = output.lines().rfind(|line| !line.trim().is_empty());
        context.progress.error(&format!(
            "advisories: skipped: {}: {}",
            missing.what,
            why.unwrap_or_default()
        ));
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Failure::Failed(failures.join("\n")))
    }
}

fn tool(name: &str, context: &Context) -> Result<(), Failure> {
    if context.machine.find_program(name).is_some() {
        return Ok(());
    }
    Err(Error::new(format!("{name} isn't installed"))
        .searched(format!("PATH, for {name}"))
        .fix(format!("cargo install --locked {name}"))
        .into())
}

fn job(args: &[&str], context: &Context) -> Job {
    Job {
        program: std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: Vec::new(),
        cwd: context.root.clone(),
    }
}
