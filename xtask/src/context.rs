//! State that every command shares: the repository's path, this machine, and the output to the
//! user.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use snmalloc_toolchains::RealMachine;

use crate::failure::Failure;
use crate::process::progress::Progress;
use crate::request::Verbosity;

pub struct Context {
    /// The root of the repository.
    pub root: PathBuf,
    pub machine: RealMachine,
    /// This machine's own target.
    pub host: &'static str,
    /// Output to the user.
    pub progress: Progress,
}

impl Context {
    pub fn new(verbosity: Verbosity) -> Result<Self, Failure> {
        Ok(Self {
            root: repository()?,
            machine: RealMachine::new(),
            host: env!("XTASK_HOST"),
            progress: Progress::new(verbosity),
        })
    }

    /// The directory for everything that xtask builds or records. It is separate from cargo's
    /// own directories below `target`: builders and engines that share one would rebuild each
    /// other's work.
    pub fn target_dir(&self) -> PathBuf {
        let base = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.root.join("target"), PathBuf::from);
        self.root.join(base).join("xtask")
    }
}

/// The root of the repository.
pub fn repository() -> Result<PathBuf, Failure> {
    // As a linker, xtask runs for packages from anywhere.
    let now = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let manifests = [now, Some(env!("CARGO_MANIFEST_DIR").into())];
    let mut above = manifests.iter().flatten().flat_map(|it| it.ancestors());
    let root = above.find(|dir| dir.join("xtask/Cargo.toml").is_file());
    Ok(root.context("the package lies in a workspace")?.to_owned())
}

/// Returns rustc's output. Each query runs rustc only once, however many targets need it.
pub fn rustc(args: &[&str]) -> Result<String, Failure> {
    static CACHE: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut cached = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    let query = args.join(" ");
    if let Some(output) = cached.get(&query) {
        return Ok(output.clone());
    }
    let output = ask_rustc(args)?;
    cached.insert(query, output.clone());
    Ok(output)
}

fn ask_rustc(args: &[&str]) -> Result<String, Failure> {
    // Use the rustc next to the cargo that runs xtask: rustup's proxy would take longer to find
    // it than it takes to answer.
    let next_to_cargo = std::env::var_os("CARGO")
        .map(|cargo| PathBuf::from(cargo).with_file_name("rustc"))
        .filter(|rustc| rustc.is_file());
    let program = std::env::var_os("RUSTC")
        .map(PathBuf::from)
        .or(next_to_cargo)
        .unwrap_or_else(|| "rustc".into());
    let output = Command::new(program)
        .args(args)
        .output()
        .context("rustc can't be run")?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::Failed(stderr.trim_end().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
