//! Makes the packages with cargo, in a separate tree.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::release::{Crate, PUBLISHED, contents, stage};
use xtask::context::Context;
use xtask::failure::Failure;
use xtask::process::command::Job;
use xtask::process::log::run_logged;

/// The directories in which the packages are made.
pub struct Dirs {
    /// A clone of the repository.
    pub tree: PathBuf,
    /// cargo's target directory for the packages.
    pub target: PathBuf,
    /// The target registry, by its name in cargo's configuration; none for cargo's default.
    pub registry: Option<String>,
}

impl Dirs {
    pub fn below(base: &Path, registry: Option<&str>) -> Self {
        Self {
            tree: base.join("tree"),
            target: base.join("target"),
            registry: registry.map(str::to_owned),
        }
    }

    pub fn package_job(&self) -> Job {
        // `make` has checked for uncommitted changes. cargo always finds some: no commit holds
        // the C++ source that is part of snmalloc-sys' package.
        let mut args = vec!["package", "--locked", "--no-verify", "--allow-dirty"];
        for name in PUBLISHED {
            args.extend(["--package", name]);
        }
        args.extend(self.registry_args());
        self.cargo(&args, &self.tree, &[])
    }

    pub fn registry_args(&self) -> impl Iterator<Item = &str> {
        let name = self.registry.iter();
        name.flat_map(|name| ["--registry", name.as_str()])
    }

    /// A cargo command with the packages' target directory.
    pub fn cargo(&self, args: &[&str], cwd: &Path, env: &[(&str, &str)]) -> Job {
        let target = self.target.display().to_string();
        let own = [("CARGO_TARGET_DIR", &*target)];
        let env = env.iter().chain(&own);
        Job {
            program: std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            env: env
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            cwd: cwd.to_owned(),
        }
    }

    /// Makes the packages; `log` is the name of the log.
    pub fn make(
        &self,
        with_uncommitted: bool,
        log: &str,
        context: &Context,
    ) -> Result<Vec<Crate>, Failure> {
        let changes = stage::uncommitted(&context.root)?;
        if !changes.is_empty() && !with_uncommitted {
            return Err(Failure::Failed(format!(
                "the tree has changes that no commit holds\n  {}\n  help: commit them\n  help: \
                 `cargo xtask package --allow-dirty` packages the tree as it is",
                changes.join("\n  ")
            )));
        }
        for dir in [&self.tree, &self.target.join("package")] {
            if dir.exists() {
                fs::remove_dir_all(dir).with_context(|| dir.display().to_string())?;
            }
        }
        fs::create_dir_all(&self.target)?;
        stage::make(&context.root, &self.tree, with_uncommitted)?;
        let (outcome, _, log) = run_logged(&self.package_job(), log, "package", context)?;
        if !outcome.success {
            return Err(Failure::Failed(format!("cargo package failed; log: {log}")));
        }
        let version = env!("CARGO_PKG_VERSION");
        let made = PUBLISHED
            .iter()
            .map(|name| Crate::read(&self.target.join("package"), name, version))
            .collect::<anyhow::Result<_>>()?;
        Ok(made)
    }
}

/// # Errors
/// A package has no licence, or its contents differ from its list.
pub fn check(packages: &[Crate], root: &Path) -> Result<(), Failure> {
    let licences = contents::licences_missing(packages);
    if !licences.is_empty() {
        return Err(Failure::Failed(licences.join("\n")));
    }
    match contents::mismatch(root, packages)? {
        Some(mismatch) => Err(Failure::Failed(mismatch)),
        None => Ok(()),
    }
}
