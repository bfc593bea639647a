//! `cargo xtask man`: a manual page for each command, from what `--help` says.

use std::fs;

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::cli::{Cli, ManArgs};
use crate::context::Context;
use crate::failure::Failure;

pub fn run(args: &ManArgs, context: &Context) -> Result<(), Failure> {
    let dir = args.out_dir.clone();
    let dir = dir.unwrap_or_else(|| context.target_dir().join("man"));
    fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    clap_mangen::generate_to(Cli::command().name("cargo-xtask"), &dir)
        .with_context(|| dir.display().to_string())?;
    let first = dir.join("cargo-xtask.1");
    context
        .progress
        .line(&format!("to read: man -l {}", first.display()));
    Ok(())
}
