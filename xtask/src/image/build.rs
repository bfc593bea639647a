//! Building an image: the command line, and carrying it out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use snmalloc_toolchains::{Machine, Missing};

use super::engine::Engine;
use super::recipe::Recipe;
use super::{base, certificates, step};
use crate::context::Context;
use crate::failure::Failure;
use crate::job::Job;

/// Every image's label, with its own name; and that of all its parts.
pub const NAME_LABEL: &str = "snmalloc-rs.name";
pub const PART_LABEL: &str = "snmalloc-rs.image";

/// Proxies are named to the builder, not shown: it takes their values from the
/// environment and keeps them in no image.
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
/// Why it can't be built, as far as the builder's words are understood.
pub fn build(recipe: &Recipe, engine: &Engine, context: &Context) -> Result<(), Failure> {
    base::check_arch(&recipe.base, engine)?;
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
    Err(Missing::new(format!(
        "{} has built {name} and doesn't have it: its builder keeps images to itself",
        engine.program
    ))
    .fix("docker buildx use default")
    .into())
}

/// The command line that builds it.
///
/// # Errors
/// The build context can't be written.
pub fn job(recipe: &Recipe, engine: &Engine, context: &Context) -> Result<Job, Failure> {
    let dir = build_context(context)?;
    let args = args(recipe, &dir, &context.root, &context.machine);
    Ok(Job {
        program: engine.program.clone(),
        args,
        env: Vec::new(),
        cwd: context.root.clone(),
    })
}

fn args(recipe: &Recipe, dir: &Path, root: &Path, machine: &dyn Machine) -> Vec<String> {
    let image = &recipe.image;
    let file = root.join(format!("docker/{}.Dockerfile", image.family));
    // A plain builder would keep the container of a step that failed.
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
    args.extend(["--label".to_owned(), format!("{NAME_LABEL}={}", image.name)]);
    args.extend(["--tag".to_owned(), recipe.tag.clone()]);
    args.push(dir.display().to_string());
    args
}

/// The directory that the builder is given: `docker`, or where this machine trusts
/// authorities of its own, a copy with those in it.
fn build_context(context: &Context) -> Result<PathBuf, Failure> {
    let docker = context.root.join("docker");
    let certificates = certificates::of_machine(&context.machine);
    if certificates.is_empty() {
        return Ok(docker);
    }
    let copy = context.target_dir().join("image/context");
    let given = copy.join("certificates");
    // Those that aren't trusted any more must go.
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
mod tests {
    use super::args;
    use crate::image::base::Base;
    use crate::image::recipe::Recipe;
    use snmalloc_toolchains::{DescribedMachine, Target, catalog};
    use std::path::Path;

    #[test]
    fn the_command_line_is_the_recipe() {
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let recipe = Recipe {
            image: catalog::image(&target).unwrap(),
            base: Base {
                name: "local/debian".to_owned(),
                id: "1".to_owned(),
                arch: "amd64".to_owned(),
            },
            tag: "snmalloc-rs/gnu-aarch64-linux-gnu:0".to_owned(),
        };
        let machine = DescribedMachine::new("linux", "x86_64")
            .with_var("HTTPS_PROXY", "http://user:secret@proxy.example");
        let line = args(&recipe, Path::new("/r/docker"), Path::new("/r"), &machine);
        assert_eq!(
            line.join(" "),
            "build --network=host --force-rm --file /r/docker/gnu.Dockerfile --build-arg BASE=local/debian \
             --build-arg PACKAGES=g++-aarch64-linux-gnu --build-arg HTTPS_PROXY \
             --label snmalloc-rs.name=gnu-aarch64-linux-gnu \
             --tag snmalloc-rs/gnu-aarch64-linux-gnu:0 /r/docker"
        );
    }
}
