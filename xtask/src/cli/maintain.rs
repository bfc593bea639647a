//! The commands of maintainers and pipelines.

use clap::Subcommand;

#[cfg(not(feature = "maintain"))]
use self::forwarded::{
    AuditArgs, CiArgs, CompileArgs, MatrixArgs, MinimumArgs, PackageArgs, ParityArgs, PublishArgs,
    RungsArgs, TidyArgs,
};
#[cfg(feature = "maintain")]
pub use self::full::{ParityArgs, TidyArgs};
#[cfg(feature = "maintain")]
use super::{
    AuditArgs, CiArgs, CompileArgs, MatrixArgs, MinimumArgs, PackageArgs, PublishArgs, RungsArgs,
};

/// Commands that cargo compiles when one is first typed, so that the first `cargo xtask build`
/// doesn't wait for them ([`crate::maintain`]).
#[derive(Subcommand)]
pub enum Maintain {
    /// Build with both builders and compare the results
    ///
    /// Compares macros, symbols, and machine code function by function.
    Parity(ParityArgs),
    /// Package the published crates, then build and test the packages
    ///
    /// Also checks the contents, and writes checksums and a bill of materials.
    Package(PackageArgs),
    /// Upload the packages missing from the registry, dependencies first
    Publish(PublishArgs),
    /// Compare the public API with the last published version
    Semver,
    /// Check dependencies: licences, duplicates, sources, advisories (deny.toml)
    Audit(AuditArgs),
    /// Check formatting, lints, docs and the repository's rules
    Tidy(TidyArgs),
    /// Compile the C++ alone, for every target with a compiler here
    ///
    /// Uses the planned options and the target's own headers.
    Compile(CompileArgs),
    /// Compare reports with the catalog's rungs
    Rungs(RungsArgs),
    /// Run a CI job on this machine
    Ci(CiArgs),
    /// Print the CI jobs, computed from the target catalog
    Matrix(MatrixArgs),
    /// Check the published crates with the oldest Rust or dependencies
    Minimum(MinimumArgs),
}

#[cfg(feature = "maintain")]
mod full {
    use std::path::PathBuf;

    use clap::Args;

    use crate::cli::BuildArgs;

    #[derive(Args)]
    pub struct ParityArgs {
        #[command(flatten)]
        pub build: BuildArgs,
        /// Compare two build directories instead of building
        ///
        /// Each holds an archive and compile_commands.json.
        #[arg(long, help_heading = "Comparison", num_args = 2, value_names = ["DIR", "DIR"])]
        pub outputs: Vec<PathBuf>,
    }

    #[derive(Args)]
    pub struct TidyArgs {
        /// Fix formatting and the documents' generated tables
        #[arg(long)]
        pub fix: bool,
        /// Check the repository's rules only, which need no compiler
        #[arg(long)]
        pub tree: bool,
    }
}

/// Without the feature, every argument is passed on.
#[cfg(not(feature = "maintain"))]
mod forwarded {
    use std::ffi::OsString;

    use clap::Args;

    #[derive(Args)]
    #[command(disable_help_flag = true)]
    pub struct Forwarded {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        args: Vec<OsString>,
    }

    pub type AuditArgs = Forwarded;
    pub type CiArgs = Forwarded;
    pub type CompileArgs = Forwarded;
    pub type MatrixArgs = Forwarded;
    pub type MinimumArgs = Forwarded;
    pub type PackageArgs = Forwarded;
    pub type ParityArgs = Forwarded;
    pub type PublishArgs = Forwarded;
    pub type RungsArgs = Forwarded;
    pub type TidyArgs = Forwarded;
}
