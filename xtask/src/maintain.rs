//! Commands of maintainers and pipelines: cargo compiles them when one is first typed, into the
//! program `xtask-maintain`, so that the first `cargo xtask build` doesn't wait for them.

#[cfg(not(feature = "maintain"))]
pub use forward::{forward, is_help_for_maintainers};

#[cfg(feature = "maintain")]
pub fn run(
    command: &crate::cli::Maintain,
    context: &crate::context::Context,
) -> Result<(), crate::failure::Failure> {
    use crate::cli::Maintain;
    use crate::commands;

    match command {
        Maintain::Parity(args) => commands::parity::run(args, context),
        Maintain::Package(args) => commands::package::run(args, context),
        Maintain::Publish(args) => commands::publish::run(args, context),
        Maintain::Semver => commands::semver::run(context),
        Maintain::Audit(args) => commands::audit::run(args, context),
        Maintain::Tidy(args) => commands::tidy::run(args, context),
        Maintain::Compile(args) => commands::compile::run(args, context),
        Maintain::Rungs(args) => commands::rungs::run(args, context),
        Maintain::Ci(args) => commands::ci::run(args, context),
        Maintain::Matrix(args) => commands::matrix::run(args),
        Maintain::Minimum(args) => commands::minimum::run(args, context),
    }
}

#[cfg(not(feature = "maintain"))]
mod forward {
    use std::env;
    use std::process::Command;

    use clap::Subcommand as _;

    use crate::cli::Maintain;
    use crate::context::repository;
    use crate::failure::Failure;
    use crate::process::replace::replace_with;

    /// Returns true if the command line is `help` for one of the commands.
    pub fn is_help_for_maintainers() -> bool {
        let mut args = env::args().skip(1);
        args.next().is_some_and(|arg| arg == "help")
            && args
                .next()
                .is_some_and(|arg| Maintain::has_subcommand(&arg))
    }

    /// Runs the whole command line again, with `xtask-maintain`.
    pub fn forward() -> Result<(), Failure> {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.arg("run");
        let program = format!("xtask-maintain{}", env::consts::EXE_SUFFIX);
        // The first build takes a while: show cargo's output.
        if env::current_exe().is_ok_and(|exe| exe.with_file_name(program).exists()) {
            cargo.arg("--quiet");
        }
        cargo.args(["--package", "xtask", "--features", "maintain"]);
        cargo.args(["--bin", "xtask-maintain", "--manifest-path"]);
        cargo.arg(repository()?.join("Cargo.toml")).arg("--");
        cargo.args(env::args_os().skip(1));
        replace_with(&mut cargo)
    }
}
