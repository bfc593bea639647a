//! Describes a target's container: its name, mounts, variables, and its command: xtask with those
//! of the outer xtask's arguments that are still to be applied.

use std::path::PathBuf;

use crate::engine::container::docker_run::{self, Container, Mount};
use crate::engine::container::mounts::{self, Mounts};
use crate::engine::container::{Containers, ReadyContainer, report_file};
use crate::request::{BuildRequest, BuilderChoice, MingwRuntime, ToolchainKind};

impl Containers<'_> {
    pub(super) fn container(&self, one: &ReadyContainer, jobs: Option<usize>) -> Container {
        let name = &one.name;
        let paths = &self.mounts;
        let set = |name: &str, value: String| (name.to_owned(), Some(value));
        let bin = paths.sysroot.join("bin");
        let path = format!(
            "{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            bin.display()
        );
        let mut env = vec![
            set("HOME", "/tmp".to_owned()),
            set("PATH", path),
            set("CARGO", bin.join("cargo").display().to_string()),
            set(
                "CARGO_HOME",
                Mounts::cargo_home(&one.out).display().to_string(),
            ),
            set("CARGO_TARGET_DIR", one.out.display().to_string()),
            set("CARGO_NET_OFFLINE", "true".to_owned()),
            set(
                "CARGO_MANIFEST_DIR",
                paths.root.join("xtask").display().to_string(),
            ),
            // Keep the C libraries that zig builds.
            set(
                "XDG_CACHE_HOME",
                one.out.join("cache").display().to_string(),
            ),
            // The user's settings may name a wrapper that is missing in the image.
            set("RUSTC_WRAPPER", String::new()),
        ];
        let more = mounts::forwarded_names().into_iter();
        let more = more.chain(paths.directories.iter().cloned());
        env.extend(more.map(|name| (name, None)));
        let mut mounts = paths.list(&one.out);
        if let Some(ndk) = &one.ndk {
            env.retain(|(name, _)| name != "ANDROID_NDK");
            env.push(set("ANDROID_NDK", ndk.display().to_string()));
            mounts.push(Mount::read(ndk));
        }
        let mut command = vec![paths.xtask.display().to_string()];
        command.extend(self.inner_args(one, jobs));
        Container {
            engine: self.engine.program.clone(),
            info: self.info,
            user: docker_run::user(),
            name: format!("snmalloc-{}-{name}-{}", self.verb, std::process::id()),
            image: one.image.clone(),
            mounts,
            env,
            memory: self.request.engine.memory.clone(),
            cpus: self.request.engine.cpus.clone(),
            cwd: paths.root.clone(),
            command,
        }
    }

    /// Changes the container to build xtask itself.
    pub(super) fn build_inside(&self, mut container: Container) -> Container {
        let cargo = self.mounts.sysroot.join("bin/cargo");
        let args = ["run", "--quiet", "--locked", "--offline"];
        let package = ["--package", "xtask", "--bin", "xtask", "--"];
        let cargo = std::iter::once(cargo.display().to_string());
        let before = args.into_iter().chain(package).map(str::to_owned);
        container.command.splice(..1, cargo.chain(before));
        container.name.push_str("-built");
        container
    }

    fn inner_args(&self, one: &ReadyContainer, jobs: Option<usize>) -> Vec<String> {
        inner_args(
            self.verb,
            self.request,
            &InnerArgs {
                target: one.name.clone(),
                std: one.std.name(),
                jobs,
                report: report_file(&one.out),
                verbose: self.context.progress.verbose,
                last: self.last,
            },
        )
    }
}

/// The arguments that differ from target to target.
struct InnerArgs<'a> {
    target: String,
    std: &'static str,
    jobs: Option<usize>,
    report: PathBuf,
    verbose: bool,
    last: &'a [String],
}

/// Makes the arguments.
fn inner_args(verb: &str, request: &BuildRequest, inner: &InnerArgs) -> Vec<String> {
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
    use crate::cli::{Cli, Command, Forwarded};
    use clap::Parser as _;

    #[test]
    fn inner_arguments_repeat_the_outer_ones() {
        let outer = "xtask test --engine container --all --builder cc --toolchain zig \
                    --mingw-runtime shared --features check,stats --no-default-features \
                    --profile p --memory 1g --deny-skip all --json -- --nocapture";
        let cli = Cli::<Forwarded>::try_parse_from(outer.split(' ').filter(|arg| !arg.is_empty()))
            .unwrap();
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
        assert!(Cli::<Forwarded>::try_parse_from(all).is_ok());
    }
}
