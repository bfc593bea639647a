//! Describes a target's container: its name, mounts, variables and command.

use crate::engine::container::docker_run::{self, Container, Mount};
use crate::engine::container::mounts::{self, Mounts};
use crate::engine::container::{Containers, ReadyContainer, inner_args, report_file};

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
        inner_args::inner_args(
            self.verb,
            self.request,
            &inner_args::InnerArgs {
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
