//! The command line: `cargo xtask` with every command.

mod ci;
mod image;
mod package;

use std::path::PathBuf;

use clap::{Args, Parser as _, Subcommand};
use xtask::cli::{BuildArgs, Cli};

pub use ci::{
    CiArgs, CompileArgs, MatrixArgs, MatrixFormat, Minimum, MinimumArgs, PairsArg, RungsArgs,
};
pub use image::{
    ImageArgs, ImageBuildArgs, ImageChoice, ImageCleanArgs, ImageCommand, ImageListArgs,
};
pub use package::{AuditArgs, PackageArgs, PublishArgs};

/// The commands of this package.
#[derive(Subcommand)]
pub enum Maintain {
    /// Build, list and push container images of targets
    Image(ImageArgs),
    /// Copy the locked C++ source into snmalloc-sys/upstream
    ///
    /// For packaging, and to build without the registry.
    Vendor,
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

/// Parses the arguments of a `cargo xtask` command; `--help` is an error, as in clap.
pub fn parse_command(args: Vec<String>) -> Result<(), clap::Error> {
    let command_line = std::iter::once("xtask".to_owned()).chain(args);
    Cli::<Maintain>::try_parse_from(command_line).map(|_| ())
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::Maintain;
    use xtask::cli::{Cli, Forwarded};

    /// Words of the short form, without a default at its end.
    fn word_count(help: &str) -> usize {
        let text = help.split(" [default").next().unwrap_or_default();
        text.split_whitespace().count()
    }

    fn check(command: &Command, path: &str) {
        let about = command.get_about().map(ToString::to_string);
        let args = command.get_arguments().map(|arg| {
            let help = arg.get_help().map(ToString::to_string);
            (arg.get_id().to_string(), help)
        });
        for (name, help) in args.chain([("about".to_owned(), about)]) {
            let help = help.unwrap_or_default();
            assert!(word_count(&help) <= 12, "{path} {name}: {help}");
        }
        for command in command.get_subcommands() {
            check(command, &format!("{path} {}", command.get_name()));
        }
    }

    #[test]
    fn short_help_has_at_most_twelve_words() {
        let command = Cli::<Maintain>::command();
        command.clone().debug_assert();
        check(&command, "xtask");
    }

    #[test]
    fn xtask_lists_the_commands_of_this_package() {
        let list = |command: Command| -> Vec<(String, Option<String>)> {
            let commands = command.get_subcommands();
            let about = |one: &Command| one.get_about().map(ToString::to_string);
            commands
                .map(|one| (one.get_name().to_owned(), about(one)))
                .collect()
        };
        let forwarded = list(Cli::<Forwarded>::command());
        assert_eq!(forwarded, list(Cli::<Maintain>::command()));
    }
}
