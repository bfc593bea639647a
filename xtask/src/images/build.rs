//! Builds an image.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use snmalloc_toolchains::{Error, Machine};

use crate::context::Context;
use crate::engine::client::Client;
use crate::engine::diagnose;
use crate::failure::Failure;
use crate::images::recipe::Recipe;
use crate::images::{base, certificates, step};
use crate::process::command::Job;

/// The label of every image, with its name; `PART_LABEL` is on all of its parts.
pub const NAME_LABEL: &str = "snmalloc-rs.name";
pub const PART_LABEL: &str = "snmalloc-rs.image";

/// Proxies are passed by name, without their values: the builder takes those from the
/// environment, and stores them in no image.
const PROXIES: [&str; 8] = [
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
];

/// Builds the image.
///
/// # Errors
/// The image can't be built; known messages of the builder are explained.
pub fn build(recipe: &Recipe, engine: &Client, context: &Context) -> Result<(), Failure> {
    if let Some(missing) = base::other_arch(&recipe.base.name, &recipe.base.arch, engine)? {
        let missing = missing.fix("name another with --base");
        return Err(missing.fix(diagnose::MAKE_BASE).into());
    }
    let job = job(recipe, engine, context)?;
    let name = &recipe.image.name;
    step(
        &job,
        &format!("image-{name}"),
        &format!("image {}", recipe.tag),
        engine,
        context,
    )?;
    if engine.image(&recipe.tag, "{{.Id}}")?.is_some() {
        return Ok(());
    }
    Err(Error::new(format!(
        "{} has built {name} and doesn't have it: its builder keeps images to itself",
        engine.program
    ))
    .fix("docker buildx use default")
    .into())
}

/// The command that builds it.
///
/// # Errors
/// The build context can't be written.
pub fn job(recipe: &Recipe, engine: &Client, context: &Context) -> Result<Job, Failure> {
    let dir = build_context(context)?;
    let mut file = context
        .root
        .join(format!("docker/{}.Dockerfile", recipe.image.family));
    let mut env = Vec::new();
    match caches(engine, &context.machine) {
        Caches::No if recipe.ndk.is_some() => {
            let what = format!("{}'s plain builder can't be given an NDK", engine.program);
            return Err(Error::new(what)
                .searched(format!("{} buildx version", engine.program))
                .fix("install docker's buildx, or use --engine podman (4 or newer)")
                .fix("leave out --ndk: `--engine container` mounts this machine's NDK")
                .into());
        }
        Caches::No => file = without_mounts(&file, context)?,
        Caches::Yes => {}
        // A client that has both builders may choose the plain one by default.
        Caches::ByBuildKit => env.push(("DOCKER_BUILDKIT".to_owned(), "1".to_owned())),
    }
    let args = args(recipe, &dir, &file, &context.machine);
    Ok(Job {
        program: engine.program.clone(),
        args,
        env,
        cwd: context.root.clone(),
    })
}

/// True if an engine's builder supports cache mounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caches {
    No,
    Yes,
    ByBuildKit,
}

fn caches(engine: &Client, machine: &dyn Machine) -> Caches {
    let program = Path::new(&engine.program);
    let ask = |args: &[&str]| {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let output = machine.run(program, &args, "").ok()?;
        output.success.then_some(output.stdout)
    };
    if engine.program == "podman" {
        // podman before version 4 doesn't support them.
        let version = ask(&["version", "--format", "{{.Client.Version}}"]).unwrap_or_default();
        let major = version
            .split('.')
            .next()
            .and_then(|n| n.trim().parse().ok());
        return match major {
            Some(4u32..) => Caches::Yes,
            _ => Caches::No,
        };
    }
    match machine.var("DOCKER_BUILDKIT").as_deref() {
        Some("0") => Caches::No,
        Some("1") => Caches::ByBuildKit,
        _ if ask(&["buildx", "version"]).is_some() => Caches::ByBuildKit,
        _ => Caches::No,
    }
}

/// Copies a Dockerfile without its mounts, for a builder that refuses them.
fn without_mounts(file: &Path, context: &Context) -> Result<PathBuf, Failure> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let dir = context.target_dir().join("image");
    fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    let copy = dir.join(file.file_name().unwrap_or_default());
    fs::write(&copy, plain(&text)).with_context(|| copy.display().to_string())?;
    Ok(copy)
}

fn plain(text: &str) -> String {
    let mut plain = String::new();
    for line in text.lines() {
        match line
            .strip_prefix("RUN --mount=")
            .and_then(|l| l.split_once(' '))
        {
            Some((_, command)) => plain.extend(["RUN ", command]),
            None => plain.push_str(line),
        }
        plain.push('\n');
    }
    plain
}

fn args(recipe: &Recipe, dir: &Path, file: &Path, machine: &dyn Machine) -> Vec<String> {
    let image = &recipe.image;
    // `--force-rm`: a plain builder would keep the container of a failed step.
    let mut args: Vec<String> = ["build", "--network=host", "--force-rm", "--file"]
        .map(str::to_owned)
        .to_vec();
    args.push(file.display().to_string());
    let base = ("BASE".to_owned(), recipe.base.name.clone());
    for (name, value) in std::iter::once(&base).chain(&image.args) {
        args.extend(["--build-arg".to_owned(), format!("{name}={value}")]);
    }
    for name in PROXIES.iter().filter(|name| machine.var(name).is_some()) {
        args.extend(["--build-arg".to_owned(), (*name).to_owned()]);
    }
    if let Some(ndk) = &recipe.ndk {
        let ndk = format!("ndk={}", ndk.display());
        args.extend(["--build-context".to_owned(), ndk]);
    }
    args.extend(["--label".to_owned(), format!("{NAME_LABEL}={}", image.name)]);
    args.extend(["--tag".to_owned(), recipe.tag.clone()]);
    args.push(dir.display().to_string());
    args
}

/// The build context: `docker`, or a copy with additional certificates if this machine trusts
/// any.
fn build_context(context: &Context) -> Result<PathBuf, Failure> {
    let docker = context.root.join("docker");
    let certificates = certificates::on_machine(&context.machine);
    if certificates.is_empty() {
        return Ok(docker);
    }
    let copy = context.target_dir().join("image/context");
    let given = copy.join("certificates");
    // Remove those that are no longer trusted.
    let _ = fs::remove_dir_all(&given);
    copy_files(&docker.join("install"), &copy.join("install"))?;
    copy_files(&docker.join("certificates"), &given)?;
    for (name, file) in certificates {
        copy_file(&file, &given.join(name))?;
    }
    Ok(copy)
}

fn copy_files(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        copy_file(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests;
