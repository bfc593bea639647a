//! Paths, this machine's target, and the output of the run.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::failure::Failure;
use crate::progress::Progress;

pub struct Context {
    /// The root of the repository.
    pub root: PathBuf,
    /// This machine's target.
    pub host: &'static str,
    pub progress: Progress,
}

impl Context {
    pub fn new(progress: Progress) -> Result<Self, Failure> {
        let manifest = std::env::var("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
        let root = PathBuf::from(manifest)
            .ancestors()
            .nth(2)
            .context("the runner is in benches/runner")?
            .to_owned();
        Ok(Self {
            root,
            host: env!("RUNNER_HOST"),
            progress,
        })
    }

    /// The directory for all output, which is xtask's.
    pub fn target_dir(&self) -> PathBuf {
        let base = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.root.join("target"), PathBuf::from);
        self.root.join(base).join("xtask")
    }
}

/// The cargo that started the runner.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// The version line of the rustc that compiles the programs.
pub fn rustc_version() -> Result<String, Failure> {
    let next_to_cargo = PathBuf::from(cargo()).with_file_name("rustc");
    let program = std::env::var_os("RUSTC")
        .map(PathBuf::from)
        .or_else(|| next_to_cargo.is_file().then_some(next_to_cargo))
        .unwrap_or_else(|| "rustc".into());
    let output = Command::new(program)
        .arg("--version")
        .output()
        .context("can't run rustc")?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::Failed(error.trim_end().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
