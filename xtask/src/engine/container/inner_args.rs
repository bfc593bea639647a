//! The arguments of xtask inside a container: those of the outer xtask that are still to be
//! applied.

use std::path::PathBuf;

use crate::request::{BuildRequest, BuilderChoice, MingwRuntime, ToolchainKind};

/// The arguments that differ from target to target.
pub struct InnerArgs<'a> {
    pub target: String,
    pub std: &'static str,
    pub jobs: Option<usize>,
    pub report: PathBuf,
    pub verbose: bool,
    pub last: &'a [String],
}

/// Makes the arguments.
pub fn inner_args(verb: &str, request: &BuildRequest, inner: &InnerArgs) -> Vec<String> {
    let mut command = vec![verb.to_owned(), "--target".to_owned(), inner.target.clone()];
    let mut add = |flags: &[&str]| command.extend(flags.iter().map(|flag| (*flag).to_owned()));
    add(&["--std", inner.std, "--offline"]);
    add(match request.builder {
        BuilderChoice::Auto => &[],
        BuilderChoice::Cmake => &["--builder", "cmake"],
        BuilderChoice::Cc => &["--builder", "cc"],
    });
    add(match request.toolchain {
        None => &[],
        Some(ToolchainKind::Auto) => &["--toolchain", "auto"],
        Some(ToolchainKind::System) => &["--toolchain", "system"],
        Some(ToolchainKind::Zig) => &["--toolchain", "zig"],
    });
    add(match request.mingw_runtime {
        None => &[],
        Some(MingwRuntime::Static) => &["--mingw-runtime", "static"],
        Some(MingwRuntime::Shared) => &["--mingw-runtime", "shared"],
    });
    if !request.features.is_empty() {
        add(&["--features", &request.features.join(",")]);
    }
    if request.no_default_features {
        add(&["--no-default-features"]);
    }
    if request.release {
        add(&["--release"]);
    }
    if let Some(profile) = &request.profile {
        add(&["--profile", profile]);
    }
    if let Some(jobs) = inner.jobs {
        add(&["--jobs", &jobs.to_string()]);
    }
    if inner.verbose {
        add(&["--verbose"]);
    }
    add(&["--inside", &inner.report.display().to_string()]);
    if !inner.last.is_empty() {
        add(&["--"]);
        command.extend(inner.last.iter().cloned());
    }
    command
}

#[cfg(test)]
mod tests {
    use super::{InnerArgs, inner_args};
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    #[test]
    fn inner_arguments_repeat_the_outer_ones() {
        let outer = "xtask test --engine container --all --builder cc --toolchain zig \
                    --mingw-runtime shared --features check,stats --no-default-features \
                    --profile p --memory 1g --deny-skip all --json -- --nocapture";
        let cli = Cli::try_parse_from(outer.split(' ').filter(|arg| !arg.is_empty())).unwrap();
        let Command::Test(args) = cli.command else {
            panic!("it is a test")
        };
        let inner = InnerArgs {
            target: "a-b".to_owned(),
            std: "prebuilt",
            jobs: Some(2),
            report: "/o/report.json".into(),
            verbose: true,
            last: &args.args,
        };
        let command = inner_args("test", &(&args.build).into(), &inner);
        assert_eq!(
            command.join(" "),
            "test --target a-b --std prebuilt --offline --builder cc --toolchain zig \
             --mingw-runtime shared --features check,stats --no-default-features --profile p \
             --jobs 2 --verbose --inside /o/report.json -- --nocapture"
        );
        let all = std::iter::once("xtask".to_owned()).chain(command);
        assert!(Cli::try_parse_from(all).is_ok());
    }
}
