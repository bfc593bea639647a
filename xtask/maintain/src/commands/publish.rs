//! `cargo xtask publish`: uploads the packages that are missing in the registry. If a run
//! was stopped, the next one does the rest.

use std::path::Path;

use snmalloc_toolchains::Machine as _;

use crate::cli::PublishArgs;
use crate::lock::lock;
use crate::release::published::{self, Lookup};
use crate::release::{Crate, make, tag};
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::log::run_logged;

/// The action for a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The registry has the same bytes: do nothing.
    Skip,
    /// The crate exists, this version doesn't.
    Upload,
    /// The crate doesn't exist: this is its first version.
    UploadFirst,
}

pub fn run(args: &PublishArgs, context: &Context) -> Result<(), Failure> {
    if let Some(tag) = &args.tag {
        tag::check(tag, &context.root)?;
    }
    let base = context.target_dir().join("publishing");
    let _lock = lock(&base, &context.progress)?;
    let dirs = make::Dirs::below(&base, args.registry.as_deref());
    let packages = dirs.make(false, "publish-package", context)?;
    make::check(&packages, &context.root)?;
    if let Some(dir) = &args.from {
        same_as_in(dir, &packages)?;
    }
    // Look up all packages before the first upload: start only if all can be published.
    let requested =
        |package: &Crate| args.package.is_empty() || args.package.contains(&package.name);
    let mut steps = Vec::new();
    for package in packages.into_iter().filter(requested) {
        let step = step(&package, args, context)?;
        steps.push((package, step));
    }
    refuse_first_versions(&steps, context)?;
    for (package, step) in &steps {
        let line = output_of(package, *step);
        match step {
            _ if args.dry_run => println!("{line}"),
            Step::Skip => context.progress.line(&line),
            Step::Upload | Step::UploadFirst => upload(package, &dirs, args, context)?,
        }
    }
    Ok(())
}

/// # Errors
/// A package differs from the one with its name in `dir`, byte for byte.
fn same_as_in(dir: &Path, packages: &[Crate]) -> Result<(), Failure> {
    let mut differing = String::new();
    for package in packages {
        let attested = Crate::read(dir, &package.name, &package.version)?;
        if attested.sha256 != package.sha256 {
            differing += &format!(
                "\n  searched: {}: {}\n  searched: {}, made now: {}",
                attested.file.display(),
                attested.sha256,
                package.file.display(),
                package.sha256
            );
        }
    }
    if differing.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "the packages made now aren't those in {}{differing}\n  help: run it in the commit that \
         those were made from, with the same version of cargo",
        dir.display()
    )))
}

fn step(package: &Crate, args: &PublishArgs, context: &Context) -> Result<Step, Failure> {
    match ask(package, args, context)? {
        Lookup::Found(published) if published.sha256 == package.sha256 => Ok(Step::Skip),
        Lookup::Found(published) => Err(other(package, &published.sha256)),
        Lookup::NoVersion => Ok(Step::Upload),
        Lookup::NoCrate => Ok(Step::UploadFirst),
    }
}

fn ask(package: &Crate, args: &PublishArgs, context: &Context) -> Result<Lookup, Failure> {
    let requirement = format!("={}", package.version);
    let registry = args.registry.as_deref();
    published::ask(&package.name, &requirement, registry, context)
}

fn other(package: &Crate, published: &str) -> Failure {
    let Crate { name, version, .. } = package;
    Failure::Failed(format!(
        "the registry has another {name} {version}\n  searched: the registry: {published}\n  \
         searched: {}: {}\n  help: give Cargo.toml a new version: one that was published can't be \
         changed\n  help: if it was published manually from this commit, use the \
         version of cargo that made it",
        package.file.display(),
        package.sha256
    ))
}

/// # Errors
/// A crate is not in the registry, and this is a GitHub workflow: its token can't create
/// a crate.
fn refuse_first_versions(steps: &[(Crate, Step)], context: &Context) -> Result<(), Failure> {
    let first = steps.iter().filter(|(_, step)| *step == Step::UploadFirst);
    let names: Vec<&str> = first.map(|(package, _)| package.name.as_str()).collect();
    if names.is_empty() || context.machine.var("GITHUB_ACTIONS").as_deref() != Some("true") {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "no version of {} was ever published, and a workflow's token can't create a crate\n  to \
         fix: publish the first version manually, from this commit and with this version of \
         cargo: cargo login && cargo xtask publish --package {}\n  then: name this workflow as \
         its trusted publisher, and run it again",
        names.join(", "),
        names.join(" --package ")
    )))
}

fn output_of(package: &Crate, step: Step) -> String {
    let does = match step {
        Step::Skip => "is in the registry, and is left alone",
        Step::Upload => "would be uploaded",
        Step::UploadFirst => "would be uploaded, as the first version",
    };
    format!(
        "{} {} {does} ({} KiB, SHA-256 {})",
        package.name,
        package.version,
        package.bytes / 1024,
        package.sha256
    )
}

/// Uploads a package, waits until it can be downloaded, and compares it.
fn upload(
    package: &Crate,
    dirs: &make::Dirs,
    args: &PublishArgs,
    context: &Context,
) -> Result<(), Failure> {
    let Crate { name, version, .. } = package;
    let mut cargo_args = vec!["publish", "--locked", "--no-verify", "--allow-dirty"];
    cargo_args.extend(["--package", name]);
    cargo_args.extend(dirs.registry_args());
    let job = dirs.cargo(&cargo_args, &dirs.tree, &[]);
    let again = "run it again, and what is there by then is left alone";
    let what = format!("publish {name} {version}");
    let (outcome, _, log) = run_logged(&job, &format!("publish-{name}"), &what, context)?;
    if !outcome.success {
        return Err(Failure::Failed(format!(
            "{name} {version} was not published; log: {log}\n  help: fix what cargo reports; then {again}"
        )));
    }
    match ask(package, args, context)? {
        Lookup::Found(published) if published.sha256 == package.sha256 => {
            let sha256 = &published.sha256;
            context
                .progress
                .line(&format!("{name} {version} is published (SHA-256 {sha256})"));
            Ok(())
        }
        Lookup::Found(published) => Err(other(package, &published.sha256)),
        Lookup::NoCrate | Lookup::NoVersion => Err(Failure::Failed(format!(
            "{name} {version} was uploaded, and the registry doesn't show it yet; log: {log}\n  to \
             fix: wait; then {again}"
        ))),
    }
}
