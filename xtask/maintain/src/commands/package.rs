//! `cargo xtask package`: makes the published crates, checks and tests them, and writes
//! checksums and a bill of materials.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use snmalloc_toolchains::{Builder, Error, Target, builder_can_work, vars};

use crate::cli::PackageArgs;
use crate::lock::lock;
use crate::release::{Crate, contents, make, sbom, stage, tag, unpack};
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::command::Job;
use xtask::process::log::run_logged;
use xtask::report::{Status, Tests};
use xtask::request::BuilderChoice;

/// The packages, and the results of their tests.
#[derive(Serialize)]
struct PackageReport {
    packages: Vec<Crate>,
    checksums: PathBuf,
    bill_of_materials: PathBuf,
    results: Vec<TestResult>,
}

/// The test result of the unpacked packages with one builder.
#[derive(Serialize)]
struct TestResult {
    builder: &'static str,
    status: Status,
    tests: Tests,
    seconds: f64,
}

pub fn run(args: &PackageArgs, context: &Context) -> Result<(), Failure> {
    if let Some(tag) = &args.tag {
        tag::check(tag, &context.root)?;
    }
    let dirs = PackageDirs::new(args, context);
    let builders = builders(args, context)?;
    if args.dry_run {
        println!("{}", dirs.make.package_job());
        if !builders.is_empty() {
            println!("{}", dirs.fetch_job());
        }
        for builder in builders {
            println!("{}", dirs.test_job(builder));
        }
        return Ok(());
    }
    let _lock = lock(&context.target_dir().join("packaging"), &context.progress)?;
    let packages = package(&dirs, args, context)?;
    let mut results = Vec::new();
    if !builders.is_empty() {
        unpack(&dirs, &packages, context)?;
    }
    for builder in builders {
        results.push(test_with(builder, &dirs, context)?);
    }
    let failed = results.iter().any(|tried| tried.status != Status::Passed);
    if failed {
        return Err(Failure::Failed(
            "the packages are not given out: their own tests fail".to_owned(),
        ));
    }
    let time = stage::time(&context.root)?;
    let bill = sbom::make(&dirs.make.tree, &packages, time)?;
    let made = give_out(&dirs.out, packages, &bill, results)?;
    let _ = fs::remove_dir_all(&dirs.make.tree);
    print_json(&made, args, context)
}

/// The builders to test with.
fn builders(args: &PackageArgs, context: &Context) -> Result<Vec<&'static str>, Failure> {
    if args.no_test {
        return Ok(Vec::new());
    }
    let builders = match args.builder {
        BuilderChoice::Auto => vec!["cc", "cmake"],
        BuilderChoice::Cc => vec!["cc"],
        BuilderChoice::Cmake => vec!["cmake"],
    };
    let here = Target::from_triple(context.host)
        .with_context(|| format!("this machine's target {}", context.host))?;
    if let Some((variable, _)) = vars::lookup(&context.machine, "SNMALLOC_SOURCE_DIR", &here, false)
    {
        return Err(Failure::Usage(format!(
            "{variable} is set, and packages are tested with the source that is in them: unset it"
        )));
    }
    let dir = context.target_dir();
    for builder in &builders {
        // Fail now, not after the other builder's tests, which take minutes.
        let kind = if *builder == "cmake" {
            Builder::Cmake
        } else {
            Builder::Cc
        };
        builder_can_work(kind, &here, context.host, &dir, &context.machine)
            .map_err(|missing| missing.fix("--builder cc tests with the other builder alone"))?;
    }
    Ok(builders)
}

/// The directories for all files.
struct PackageDirs {
    make: make::Dirs,
    /// The unpacked packages, as a user gets them, in a workspace.
    unpacked: PathBuf,
    out: PathBuf,
}

impl PackageDirs {
    fn new(args: &PackageArgs, context: &Context) -> Self {
        let base = context.target_dir().join("packaging");
        let out = args.out_dir.clone();
        Self {
            make: make::Dirs::below(&base, None),
            unpacked: base.join("unpacked"),
            out: out.unwrap_or_else(|| context.target_dir().join("package")),
        }
    }

    /// Fetches everything in the lock file: the tests run offline.
    fn fetch_job(&self) -> Job {
        let args = ["fetch", "--locked"];
        self.make.cargo(&args, &self.make.tree, &[])
    }

    fn test_job(&self, builder: &str) -> Job {
        let args = ["test", "--offline", "--workspace", "--no-fail-fast"];
        let env = [("SNMALLOC_BUILDER", builder)];
        self.make.cargo(&args, &self.unpacked, &env)
    }
}

/// Makes the packages, and checks their contents.
fn package(
    dirs: &PackageDirs,
    args: &PackageArgs,
    context: &Context,
) -> Result<Vec<Crate>, Failure> {
    if dirs.unpacked.exists() {
        let dir = &dirs.unpacked;
        fs::remove_dir_all(dir).with_context(|| dir.display().to_string())?;
    }
    let packages = dirs.make.make(args.allow_dirty, "package", context)?;
    if args.bless {
        contents::bless(&context.root, &packages)?;
    }
    make::check(&packages, &context.root)?;
    Ok(packages)
}

/// Unpacks the packages, and fetches the dependencies of their tests.
fn unpack(dirs: &PackageDirs, packages: &[Crate], context: &Context) -> Result<(), Failure> {
    let lock = context.root.join("Cargo.lock");
    unpack::workspace(packages, &dirs.unpacked, &lock)?;
    let what = "fetch what the packages need";
    let (outcome, _, log) = run_logged(&dirs.fetch_job(), "package-fetch", what, context)?;
    if outcome.success {
        return Ok(());
    }
    let missing = Error::new("the crates that the packages need can't be had")
        .searched(log)
        .fix("run it again where the registry can be reached");
    Err(missing.into())
}

fn test_with(
    builder: &'static str,
    dirs: &PackageDirs,
    context: &Context,
) -> Result<TestResult, Failure> {
    let what = format!("test the unpacked packages with {builder}");
    let name = format!("package-{builder}");
    let (outcome, seconds, log) = run_logged(&dirs.test_job(builder), &name, &what, context)?;
    if !outcome.success {
        context
            .progress
            .error(&format!("{builder}: failed; log: {log}"));
    }
    Ok(TestResult {
        builder,
        status: if outcome.success {
            Status::Passed
        } else {
            Status::Failed
        },
        tests: outcome.tests,
        seconds,
    })
}

/// Copies everything to the output directory. The checksums are written last: if they
/// exist, the files that they cover are complete.
fn give_out(
    out: &Path,
    packages: Vec<Crate>,
    bill: &str,
    results: Vec<TestResult>,
) -> Result<PackageReport, Failure> {
    fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    let checksums = out.join("SHA256SUMS");
    if checksums.exists() {
        fs::remove_file(&checksums)?;
    }
    let mut sums = String::new();
    let mut packaged = Vec::new();
    for mut package in packages {
        let name = package
            .file
            .file_name()
            .context("a file has a name")?
            .to_owned();
        let to = out.join(&name);
        fs::copy(&package.file, &to).with_context(|| to.display().to_string())?;
        let _ = writeln!(sums, "{}  {}", package.sha256, name.to_string_lossy());
        package.file = to;
        packaged.push(package);
    }
    let name = format!("snmalloc-rs-{}.cdx.json", env!("CARGO_PKG_VERSION"));
    let bill_of_materials = out.join(&name);
    fs::write(&bill_of_materials, bill)?;
    let _ = writeln!(sums, "{}  {name}", crate::release::sha256(bill.as_bytes()));
    fs::write(&checksums, sums)?;
    Ok(PackageReport {
        packages: packaged,
        checksums,
        bill_of_materials,
        results,
    })
}

fn print_json(made: &PackageReport, args: &PackageArgs, context: &Context) -> Result<(), Failure> {
    if args.json {
        let text = serde_json::to_string_pretty(made).map_err(anyhow::Error::from)?;
        println!("{text}");
        return Ok(());
    }
    for package in &made.packages {
        let files = package.contents.len();
        let kib = package.bytes / 1024;
        let file = package.file.display();
        context
            .progress
            .line(&format!("{file}: {files} files, {kib} KiB"));
    }
    for tried in &made.results {
        let Tests {
            passed,
            failed,
            ignored,
        } = tried.tests;
        context.progress.line(&format!(
            "tested with {}: {passed} passed, {failed} failed, {ignored} ignored",
            tried.builder
        ));
    }
    Ok(())
}
