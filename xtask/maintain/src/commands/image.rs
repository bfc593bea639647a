//! `cargo xtask image`.

use std::collections::BTreeSet;

use serde::Serialize;
use snmalloc_toolchains::Error;
use snmalloc_toolchains::catalog::Image;

use crate::cli::{ImageBuildArgs, ImageChoice, ImageCleanArgs, ImageCommand, ImageListArgs};
use crate::images::{bake, debootstrap, pinned};
use xtask::context::Context;
use xtask::engine::client::{self, Client};
use xtask::failure::Failure;
use xtask::images::build::{self, NAME_LABEL, PART_LABEL};
use xtask::images::recipe::{NDK, REPOSITORY, Recipe};
use xtask::images::{self, base};
use xtask::plan::targets::{self, RequestedTarget};
use xtask::process::command::Job;
use xtask::process::log::run_logged;
use xtask::request::TargetSelection;

pub fn run(command: &ImageCommand, context: &Context) -> Result<(), Failure> {
    match command {
        ImageCommand::Build(args) => build_all(args, context),
        ImageCommand::List(args) => list(args, false, context),
        ImageCommand::Inspect(args) => list(args, true, context),
        ImageCommand::Clean(args) => clean(args, context),
        ImageCommand::Base(args) => {
            let engine = client::choose(args.engine, context)?;
            if !args.renew && engine.image(base::LOCAL_BASE, "{{.Id}}")?.is_some() {
                context
                    .progress
                    .line(&format!("{}: there already", base::LOCAL_BASE));
                return Ok(());
            }
            if args.pull {
                pinned::pull(&engine, context)
            } else {
                debootstrap::make(&engine, context)
            }
        }
        ImageCommand::Bake => {
            print!("{}", bake::text());
            Ok(())
        }
    }
}

fn build_all(args: &ImageBuildArgs, context: &Context) -> Result<(), Failure> {
    let requested = targets::requested(&(&args.choice.select).into(), None, context)?;
    let mut images: Vec<(&str, Image)> = Vec::new();
    for requested in &requested {
        match images::of(&requested.target) {
            Ok(image) => images.push((&requested.target.triple, image)),
            Err(missing) if requested.from_group => context.progress.line(&missing.what),
            Err(missing) => return Err(missing.into()),
        }
    }
    let engine = client::choose(args.choice.engine, context)?;
    let base = base::find(args.choice.base.as_deref(), &engine)?;
    let mut recipes = images::recipes(images.into_iter(), &base, context)?;
    if let Some(ndk) = &args.ndk {
        let android = recipes
            .iter_mut()
            .find(|(recipe, _)| recipe.image.family == "android");
        let Some((recipe, _)) = android else {
            return Err(Failure::Usage(
                "--ndk is for Android's image: name a target of Android's".to_owned(),
            ));
        };
        *recipe = recipe.clone().with_ndk(ndk)?;
    }
    for (recipe, _) in recipes {
        if args.dry_run {
            println!("{}", build::job(&recipe, &engine, context)?);
        } else if !images::ensure_built(&recipe, &engine, context)? {
            context
                .progress
                .line(&format!("{}: there already", recipe.tag));
        }
        if let Some(registry) = &args.push {
            push(&recipe, registry, args.dry_run, &engine, context)?;
        }
    }
    Ok(())
}

/// Pushes the image to a registry, under its local name.
fn push(
    recipe: &Recipe,
    registry: &str,
    dry_run: bool,
    engine: &Client,
    context: &Context,
) -> Result<(), Failure> {
    let (_, name) = recipe.tag.split_once('/').unwrap_or(("", &recipe.tag));
    let remote = format!("{}/{name}", registry.trim_end_matches('/'));
    for args in [["tag", &recipe.tag, &remote].as_slice(), &["push", &remote]] {
        let job = Job {
            program: engine.program.clone(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            env: Vec::new(),
            cwd: context.root.clone(),
        };
        if dry_run {
            println!("{job}");
            continue;
        }
        let what = format!("{} {remote}", args[0]);
        let log = format!("image-{}-{}", args[0], recipe.image.name);
        let (outcome, _, log) = run_logged(&job, &log, &what, context)?;
        if !outcome.success {
            return Err(Failure::Failed(format!(
                "{remote} could not be pushed; `{} login` may be needed; log: {log}",
                engine.program
            )));
        }
    }
    Ok(())
}

/// One image, as JSON.
#[derive(Serialize)]
struct ImageRow {
    image: String,
    tag: String,
    /// The image exists, and matches the current recipe.
    built: bool,
    /// The size in bytes.
    size: Option<u64>,
    created: Option<String>,
    dockerfile: String,
    base: String,
    base_id: String,
    args: Vec<(String, String)>,
    packages: Vec<String>,
    targets: Vec<String>,
}

fn list(args: &ImageListArgs, fully: bool, context: &Context) -> Result<(), Failure> {
    let selection = TargetSelection::from(&args.choice.select);
    let images: Vec<(String, Image)> = if selection.is_empty() && !fully {
        let all = bake::all().into_iter();
        all.flat_map(|(image, targets)| {
            targets
                .into_iter()
                .map(move |target| (target.to_owned(), image.clone()))
        })
        .collect()
    } else {
        images_of(&targets::requested(&selection, None, context)?)?
    };
    let engine = client::choose(args.choice.engine, context)?;
    let base = base::find(args.choice.base.as_deref(), &engine)?;
    let named = images.iter().map(|(name, image)| (&**name, image.clone()));
    let existing = tags(&engine)?;
    let mut lines = Vec::new();
    for (recipe, targets) in images::recipes(named, &base, context)? {
        let mut line = ImageRow {
            image: recipe.image.name.clone(),
            built: existing.contains(&recipe.tag),
            size: None,
            created: None,
            dockerfile: format!("docker/{}.Dockerfile", recipe.image.family),
            base: recipe.base.name,
            base_id: recipe.base.id,
            args: recipe.image.args,
            packages: recipe.image.packages,
            targets: targets.iter().map(|name| (*name).to_owned()).collect(),
            tag: recipe.tag,
        };
        if line.built {
            let output_of = engine.image(&line.tag, "{{.Size}} {{.Created}}")?;
            if let Some((size, created)) = output_of.as_deref().and_then(|t| t.split_once(' ')) {
                line.size = size.parse().ok();
                line.created = Some(created.to_owned());
            }
        }
        lines.push(line);
    }
    if args.json {
        let document = serde_json::json!({ "engine": engine.program, "images": lines });
        let text = serde_json::to_string_pretty(&document).map_err(anyhow::Error::from)?;
        println!("{text}");
    } else if fully {
        lines.iter().for_each(show);
    } else {
        let width = lines.iter().map(|line| line.tag.len()).max().unwrap_or(0);
        for line in &lines {
            let state = if line.built { "there" } else { "-" };
            println!(
                "{:width$}  {state:5}  {}",
                line.tag,
                line.targets.join(", ")
            );
        }
    }
    Ok(())
}

fn show(line: &ImageRow) {
    let state = match line.size {
        Some(size) => format!("{} MB", size / 1_000_000),
        None => "not built".to_owned(),
    };
    println!("{}", line.tag);
    println!("  built       {state}{}", created(line));
    println!("  targets     {}", line.targets.join(", "));
    println!("  dockerfile  {}", line.dockerfile);
    println!("  base        {} ({})", line.base, line.base_id);
    for (name, value) in &line.args {
        println!("  argument    {name}={value}");
    }
}

fn created(line: &ImageRow) -> String {
    let created = line.created.as_deref();
    created.map_or(String::new(), |at| format!(", {at}"))
}

/// The images of the requested targets. A target without an image is an error if it was
/// named, and is skipped if it came from a group.
fn images_of(requested: &[RequestedTarget]) -> Result<Vec<(String, Image)>, Error> {
    let mut images = Vec::new();
    for requested in requested {
        match images::of(&requested.target) {
            Ok(image) => images.push((requested.target.triple.clone(), image)),
            Err(_) if requested.from_group => {}
            Err(missing) => return Err(missing),
        }
    }
    Ok(images)
}

/// The tags of all images that were built on this machine.
fn tags(engine: &Client) -> Result<BTreeSet<String>, Failure> {
    let filter = format!("label={NAME_LABEL}");
    let format = "{{.Repository}}:{{.Tag}}";
    let output_of = engine.output_of(&["image", "ls", "--filter", &filter, "--format", format])?;
    let names = output_of.lines().map(|name| {
        // podman prefixes the names of images from no registry with `localhost/`.
        name.strip_prefix("localhost/").unwrap_or(name).to_owned()
    });
    Ok(names.collect())
}

/// Removes images of older recipes, and for named targets the newest image too.
fn clean(args: &ImageCleanArgs, context: &Context) -> Result<(), Failure> {
    let ImageChoice {
        select,
        base,
        engine,
    } = &args.choice;
    let selection = TargetSelection::from(select);
    let engine = client::choose(*engine, context)?;
    let named = if selection.is_empty() {
        Vec::new()
    } else {
        images_of(&targets::requested(&selection, None, context)?)?
    };
    let mut keep = BTreeSet::new();
    // Without a base, the newest recipes are unknown.
    match base::find(base.as_deref(), &engine) {
        Ok(base) => {
            for (image, _) in bake::all() {
                if !named.iter().any(|(_, named)| *named == image) {
                    keep.insert(Recipe::new(&image, &base, &context.root)?.tag);
                }
            }
        }
        Err(Failure::Missing(_)) if base.is_none() => {}
        Err(other) => return Err(other),
    }
    let mut removed = 0;
    for tag in tags(&engine)? {
        // The user made the tags that name a registry: they stay.
        let is_ours = tag.starts_with(&format!("{REPOSITORY}/"));
        let plain = tag.split_once(NDK).map_or(&*tag, |(plain, _)| plain);
        if is_ours && !keep.contains(plain) {
            engine.output_of(&["image", "rm", &tag])?;
            context.progress.line(&format!("{tag}: removed"));
            removed += 1;
        }
    }
    // Remove the layers that failed builds and removed images left.
    let filter = format!("label={PART_LABEL}");
    engine.output_of(&["image", "prune", "--force", "--filter", &filter])?;
    context.progress.line(&format!("{removed} images removed"));
    Ok(())
}
