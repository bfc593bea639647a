//! The parts of this machine that a container sees.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use snmalloc_toolchains::env_vars::{self, Forward};
use snmalloc_toolchains::{Error, Machine};

use crate::context::{Context, rustc};
use crate::engine::container::docker_run::Mount;
use crate::failure::Failure;

/// The names of this process's variables that are passed into containers unchanged.
pub fn forwarded_names() -> Vec<String> {
    env_vars::forwarded(variables(), Forward::Value)
}

fn variables() -> impl Iterator<Item = String> {
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())
}

/// Paths on this machine that all containers of one run share.
pub struct Mounts {
    pub root: PathBuf,
    pub sysroot: PathBuf,
    pub xtask: PathBuf,
    /// Packages that cargo has downloaded.
    registry: PathBuf,
    /// cargo's configuration for the user, which may name a mirror. (Not its
    /// `credentials.toml`.)
    config: Option<PathBuf>,
    /// More paths to mount read-only.
    more: Vec<PathBuf>,
    /// The variables that name directories in `more`.
    pub directories: Vec<String>,
}

impl Mounts {
    /// Finds the paths.
    ///
    /// # Errors
    /// This Rust, or a path, can't be mounted into a container.
    pub fn find(context: &Context) -> Result<Self, Failure> {
        let machine = &context.machine;
        let sysroot = real(Path::new(&rustc(&["--print", "sysroot"])?));
        check_sysroot(&sysroot)?;
        let home = machine
            .var("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(Path::new(&machine.var("HOME")?).join(".cargo")))
            .ok_or_else(|| {
                Error::new("neither CARGO_HOME nor HOME is set, so cargo's files can't be found")
                    .fix("set HOME")
            })?;
        // A distribution's source of the standard library is often a symbolic link here.
        let library = sysroot.join("lib/rustlib/src/rust/library");
        let mut more = vec![real(&library)];
        let mut directories = Vec::new();
        for name in env_vars::forwarded(variables(), Forward::Directory) {
            let Some(dir) = machine.var(&name).map(PathBuf::from) else {
                continue;
            };
            if dir.is_dir() {
                directories.push(name);
                more.push(dir);
            }
        }
        let found = Self {
            xtask: std::env::current_exe().context("this program's own path")?,
            root: context.root.clone(),
            registry: home.join("registry"),
            config: Some(home.join("config.toml")).filter(|file| file.is_file()),
            sysroot,
            more,
            directories,
        };
        let given = [&found.root, &found.sysroot, &found.registry, &found.xtask];
        for path in given {
            if path.to_string_lossy().contains(':') {
                return Err(Failure::Usage(format!(
                    "{}: container engines take no path with a colon in it",
                    path.display()
                )));
            }
        }
        Ok(found)
    }

    /// cargo's home in a container that writes to `out`.
    pub fn cargo_home(out: &Path) -> PathBuf {
        out.join("cargo-home")
    }

    /// The mounts of a container that writes to `out`, outer directories first.
    pub fn list(&self, out: &Path) -> Vec<Mount> {
        let mut mounts = vec![Mount::read(&self.root), Mount::read(&self.sysroot)];
        let mut add = |path: &Path| {
            let known = mounts.iter().any(|mount| path.starts_with(&mount.path));
            if !known && path.exists() {
                mounts.push(Mount::read(path));
            }
        };
        add(&self.xtask);
        add(&self.registry);
        self.config.iter().for_each(|path| add(path));
        self.more.iter().for_each(|path| add(path));
        mounts.push(Mount::write(out));
        mounts
    }

    /// Creates the mounted directories (an engine would create them as root), and a home for
    /// cargo that links to this machine's files: paths that a build records are then valid here
    /// too.
    pub fn make(&self, out: &Path) -> Result<(), Failure> {
        let home = Self::cargo_home(out);
        let make = || -> std::io::Result<()> {
            fs::create_dir_all(&self.registry)?;
            fs::create_dir_all(&home)?;
            link(&self.registry, &home.join("registry"))?;
            match &self.config {
                Some(config) => link(config, &home.join("config.toml")),
                None => Ok(()),
            }
        };
        make().with_context(|| format!("{}", home.display()))?;
        Ok(())
    }
}

/// Creates a symbolic link, and replaces an existing one.
#[cfg(unix)]
fn link(to: &Path, from: &Path) -> std::io::Result<()> {
    if fs::read_link(from).is_ok_and(|there| there == to) {
        return Ok(());
    }
    // Remove anything else: the path is ours.
    let _ = fs::remove_file(from).or_else(|_| fs::remove_dir_all(from));
    std::os::unix::fs::symlink(to, from)
}

#[cfg(not(unix))]
fn link(_to: &Path, _from: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Resolves symbolic links; returns the path itself if it doesn't exist.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Refuses a Rust that is part of the OS: it can't be mounted over the image's own files.
fn check_sysroot(sysroot: &Path) -> Result<(), Error> {
    let part_of_os = ["/", "/usr", "/usr/local"].map(Path::new);
    if !part_of_os.contains(&sysroot) {
        return Ok(());
    }
    Err(Error::new(format!(
        "this machine's Rust lies in {}, among the system's own files, which can't be given to a \
         container",
        sysroot.display()
    ))
    .searched("rustc --print sysroot")
    .fix("use a Rust in a directory of its own, such as rustup's"))
}

#[cfg(test)]
mod tests {
    use super::{Mounts, check_sysroot};
    use std::path::Path;

    #[test]
    fn only_the_output_is_mounted_writable() {
        let found = Mounts {
            root: "/src".into(),
            sysroot: "/rust".into(),
            xtask: "/src/target/debug/xtask".into(),
            // A path that doesn't exist isn't mounted.
            registry: "/src/registry".into(),
            config: None,
            more: vec!["/src/ndk".into(), "/nowhere".into()],
            directories: Vec::new(),
        };
        let out = Path::new("/src/target/xtask/container/t");
        let listed: Vec<String> = found
            .list(out)
            .iter()
            .map(|mount| format!("{} {}", mount.path.display(), mount.writable))
            .collect();
        assert_eq!(
            listed,
            [
                "/src false",
                "/rust false",
                "/src/target/xtask/container/t true",
            ]
        );
    }

    #[test]
    fn rust_of_the_os_is_refused() {
        assert!(check_sysroot(Path::new("/home/me/.rustup/toolchains/stable")).is_ok());
        let missing = check_sysroot(Path::new("/usr")).unwrap_err();
        assert!(missing.to_string().contains("rustup"), "{missing}");
    }
}
