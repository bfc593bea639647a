//! The flags of `cargo xtask package`, `publish` and `audit`.

use std::path::PathBuf;

use clap::Args;

use super::BuilderArg;
use crate::package::PUBLISHED;

#[derive(Args)]
pub struct PackageArgs {
    /// Where the packages, their checksums and the bill of materials go
    /// [default: target/xtask/package]
    #[arg(long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Make the packages only: neither build nor test what was unpacked from them
    #[arg(long)]
    pub no_test: bool,
    /// What compiles the C++ of the unpacked packages [default: each, one after the other]
    #[arg(long, value_enum, default_value_t = BuilderArg::Auto, hide_default_value = true,
          conflicts_with = "no_test")]
    pub builder: BuilderArg,
    /// Package the tree as it is, with changes that no commit holds; the packages say so
    #[arg(long)]
    pub allow_dirty: bool,
    /// The tag that this is released by: refused unless it is `v` and the version, and
    /// CHANGELOG.md has a section for it
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Write the lists of the packages' contents (xtask/contents) anew
    #[arg(long, conflicts_with = "dry_run")]
    pub bless: bool,
    /// Print the commands that would run, and run none
    #[arg(long)]
    pub dry_run: bool,
    /// Print what was made as one JSON document on standard output
    #[arg(long, conflicts_with = "dry_run")]
    pub json: bool,
}

#[derive(Args)]
pub struct PublishArgs {
    /// Only this crate; may be given several times [default: all that are published]
    #[arg(short, long, value_name = "NAME", value_parser = PUBLISHED)]
    pub package: Vec<String>,
    /// A directory of packages whose bytes must be those that are uploaded
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// The tag that this is released by: refused unless it is `v` and the version, and
    /// CHANGELOG.md has a section for it
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// A registry of cargo's configuration, which must have the crates' dependencies too:
    /// by source replacement, where they are cargo's own registry's
    #[arg(long, value_name = "NAME")]
    pub registry: Option<String>,
    /// Print what is there and what would be uploaded, and upload nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args)]
pub struct AuditArgs {
    /// Fail where the database of advisories can't be had, instead of saying so
    #[arg(long)]
    pub deny_skip: bool,
}
