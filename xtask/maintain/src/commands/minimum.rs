//! `cargo xtask minimum`: tests the lowest versions that the published crates' manifests allow.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cargo_metadata::MetadataCommand;
use snmalloc_toolchains::Error;
use xshell::{Shell, cmd};

use crate::cli::{Minimum, MinimumArgs};
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::command::Job;
use xtask::process::log::run_logged;

const CRATES: [&str; 6] = [
    "-p",
    "snmalloc-toolchains",
    "-p",
    concat!("snmalloc-sys@", env!("CARGO_PKG_VERSION")),
    "-p",
    "snmalloc-rs",
];

pub fn run(args: &MinimumArgs, context: &Context) -> Result<(), Failure> {
    match args.of {
        Minimum::Rust => rust(context),
        Minimum::Versions => versions(context),
    }
}

/// Builds the crates with the oldest supported Rust, with and without default features.
fn rust(context: &Context) -> Result<(), Failure> {
    let version = rust_version(&context.root)?;
    let shell = Shell::new().map_err(anyhow::Error::from)?;
    let toolchain = format!("{version}.0");
    let query = cmd!(shell, "rustup which rustc --toolchain {toolchain}");
    let query = query.quiet().ignore_stderr();
    let install = cmd!(
        shell,
        "rustup toolchain install {toolchain} --profile minimal --no-self-update"
    );
    let install = install.quiet().ignore_stdout().ignore_stderr();
    let rustc_path = query
        .read()
        .or_else(|_| install.run().and_then(|()| query.read()));
    let Ok(rustc) = rustc_path else {
        let missing = Error::new(format!("Rust {version}, the oldest allowed, isn't here"))
            .searched(format!(
                "rustup, for toolchain {toolchain}, which it couldn't install either"
            ))
            .fix(format!(
                "rustup toolchain install {toolchain} --profile minimal"
            ));
        return Err(missing.into());
    };
    let cargo = Path::new(&rustc).with_file_name("cargo");
    for features in [
        &[][..],
        &["--no-default-features", "--features", "build_cc"],
    ] {
        let all = [&["build", "--locked", "--lib", "--examples"], &CRATES[..]].concat();
        // Only snmalloc-sys and snmalloc-rs have features; snmalloc-toolchains has none.
        let without_tests = [&["build", "--locked", "--lib", "--examples"], &CRATES[2..]].concat();
        let args = if features.is_empty() {
            all
        } else {
            without_tests
        };
        let env = [("RUSTC".to_owned(), rustc.clone())];
        let args = [&args, features].concat();
        step(&cargo, &args, &env, &context.root, "minimum-rust", context)?;
    }
    context.progress.line(&format!("Rust {version} is enough"));
    Ok(())
}

/// The `rust-version` of the published crates, such as `1.85`.
fn rust_version(root: &Path) -> Result<String> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let mut packages = metadata.packages.iter();
    let package = packages.find(|package| package.name.as_str() == "snmalloc-rs");
    let version = package.and_then(|package| package.rust_version.as_ref());
    let version = version.context("snmalloc-rs has no rust-version")?;
    Ok(format!("{}.{}", version.major, version.minor))
}

/// Tests the crates with the oldest direct dependencies, in a copy of the tree: the
/// workspace's lock file stays unchanged. xtask's packages are left out: users don't depend on
/// them.
fn versions(context: &Context) -> Result<(), Failure> {
    let copy = context.target_dir().join("minimum-versions");
    copy_of_the_tree(&context.root, &copy)?;
    let cargo = PathBuf::from(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    let unstable = [("RUSTC_BOOTSTRAP".to_owned(), "1".to_owned())];
    for (args, env) in [
        (vec!["update", "-Zdirect-minimal-versions"], &unstable[..]),
        ([&["test", "--locked"], &CRATES[..]].concat(), &[]),
    ] {
        step(&cargo, &args, env, &copy, "minimum-versions", context)?;
    }
    context.progress.line("the oldest dependencies are enough");
    Ok(())
}

/// Copies the published crates' files, without those that git ignores; build output of
/// earlier runs stays.
fn copy_of_the_tree(root: &Path, copy: &Path) -> Result<()> {
    let shell = Shell::new()?;
    shell.change_dir(root);
    for dir in ["toolchains", "snmalloc-sys", "snmalloc-rs"] {
        shell.remove_path(copy.join(dir))?;
    }
    let files = cmd!(
        shell,
        "git ls-files --cached --others --exclude-standard toolchains snmalloc-sys snmalloc-rs"
    )
    .quiet()
    .read()?;
    for name in files.lines() {
        let (from, to) = (root.join(name), copy.join(name));
        if let Some(dir) = to.parent().filter(|_| from.is_file()) {
            fs::create_dir_all(dir)?;
            fs::copy(&from, &to).with_context(|| to.display().to_string())?;
        }
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let without = manifest.replace(", \"xtask\", \"xtask/maintain\"]", "]");
    anyhow::ensure!(
        without != manifest,
        "Cargo.toml: xtask's packages aren't the last members; commands/minimum.rs must learn where"
    );
    fs::write(copy.join("Cargo.toml"), without)?;
    Ok(())
}

fn step(
    cargo: &Path,
    args: &[&str],
    env: &[(String, String)],
    cwd: &Path,
    log: &str,
    context: &Context,
) -> Result<(), Failure> {
    let target = context.target_dir().join(log).join("target");
    let mut env = env.to_vec();
    env.push(("CARGO_TARGET_DIR".to_owned(), target.display().to_string()));
    let job = Job {
        program: cargo.display().to_string(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env,
        cwd: cwd.to_owned(),
    };
    let what = format!("cargo {}", args.join(" "));
    let (outcome, _, log) = run_logged(&job, log, &what, context)?;
    if outcome.success {
        return Ok(());
    }
    Err(Failure::Failed(format!("`{what}` failed; log: {log}")))
}
