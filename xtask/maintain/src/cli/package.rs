//! The flags of `cargo xtask package`, `publish` and `audit`.

use std::path::PathBuf;

use clap::Args;

use crate::release::PUBLISHED;
use xtask::request::BuilderChoice;

#[derive(Args)]
pub struct PackageArgs {
    /// Output directory [default: target/xtask/package]
    #[arg(long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Make the packages without building or testing them
    #[arg(long)]
    pub no_test: bool,
    /// Builder for the tests of the packages [default: both in turn]
    #[arg(long, value_enum, default_value_t = BuilderChoice::Auto, hide_default_value = true,
          conflicts_with = "no_test")]
    pub builder: BuilderChoice,
    /// Package uncommitted changes too; the packages record it
    #[arg(long)]
    pub allow_dirty: bool,
    /// Release tag, which must match the version and CHANGELOG.md
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Update the lists of the packages' contents (xtask/contents)
    #[arg(long, conflicts_with = "dry_run")]
    pub bless: bool,
    /// Print the commands instead of running them
    #[arg(long)]
    pub dry_run: bool,
    /// Print the results as JSON on stdout
    #[arg(long, conflicts_with = "dry_run")]
    pub json: bool,
}

#[derive(Args)]
pub struct PublishArgs {
    /// Crate to upload; repeatable [default: all published crates]
    #[arg(short, long, value_name = "NAME", value_parser = PUBLISHED)]
    pub package: Vec<String>,
    /// Directory of packages to compare with before uploading
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Release tag, which must match the version and CHANGELOG.md
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Registry from cargo's configuration
    ///
    /// It must have the crates' dependencies too, by source replacement if they come from
    /// cargo's default registry.
    #[arg(long, value_name = "NAME")]
    pub registry: Option<String>,
    /// Print what would be uploaded, and upload nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args)]
pub struct AuditArgs {
    /// Fail if the advisory database is not available
    #[arg(long)]
    pub deny_skip: bool,
}
