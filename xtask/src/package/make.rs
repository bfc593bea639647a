//! The packages, made by cargo in a tree of their own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{Crate, PUBLISHED, contents, stage};
use crate::context::Context;
use crate::failure::Failure;
use crate::job::Job;
use crate::logged::logged;

/// Where they are made.
pub struct Places {
    /// A clone of the repository.
    pub tree: PathBuf,
    /// Where cargo puts the packages.
    pub target: PathBuf,
    /// The registry in cargo's configuration that they are for; cargo's own if none.
    pub registry: Option<String>,
}

impl Places {
    pub fn below(base: &Path, registry: Option<&str>) -> Self {
        Self {
            tree: base.join("tree"),
            target: base.join("target"),
            registry: registry.map(str::to_owned),
        }
    }

    pub fn package_job(&self) -> Job {
        // That what was copied here is dirty was asked of git before. To cargo the C++
        // source always is, which no commit holds: snmalloc-sys' package says so.
        let mut words = vec!["package", "--locked", "--no-verify", "--allow-dirty"];
        for name in PUBLISHED {
            words.extend(["--package", name]);
        }
        words.extend(self.registry_words());
        self.cargo(&words, &self.tree, &[])
    }

    pub fn registry_words(&self) -> impl Iterator<Item = &str> {
        let name = self.registry.iter();
        name.flat_map(|name| ["--registry", name.as_str()])
    }

    /// cargo, with the packages' target directory.
    pub fn cargo(&self, words: &[&str], cwd: &Path, env: &[(&str, &str)]) -> Job {
        let target = self.target.display().to_string();
        let own = [("CARGO_TARGET_DIR", &*target)];
        let env = env.iter().chain(&own);
        Job {
            program: std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
            args: words.iter().map(|word| (*word).to_owned()).collect(),
            env: env
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            cwd: cwd.to_owned(),
        }
    }

    /// Makes the packages anew; `log` names the log.
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
        let (outcome, _, log) = logged(&self.package_job(), log, "package", context)?;
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
/// The packages lack a licence, or don't hold what their lists say.
pub fn check(packages: &[Crate], root: &Path) -> Result<(), Failure> {
    let licences = contents::licences_missing(packages);
    if !licences.is_empty() {
        return Err(Failure::Failed(licences.join("\n")));
    }
    match contents::wrong(root, packages)? {
        Some(wrong) => Err(Failure::Failed(wrong)),
        None => Ok(()),
    }
}
