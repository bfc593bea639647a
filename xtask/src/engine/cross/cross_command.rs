//! Turns cargo's command into cross's, and works around cross's errors.

use std::path::Path;

use crate::engine::info::EngineInfo;
use crate::process::command::Job;
use crate::process::quote;

/// Returns true if a variable is passed on. cross passes cargo's own variables itself, and those
/// that it reads must not be passed.
pub fn is_forwarded(name: &str) -> bool {
    !["CARGO_", "CROSS_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        && !["PATH", "XARGO_HOME", "RUSTFLAGS", "RUSTDOCFLAGS"].contains(&name)
}

/// Turns cargo's job into cross's: its own directory, no network, build-std by a variable.
pub fn from_cargo(job: Job, cross: &Path, out: &Path, more: Vec<(String, String)>) -> Job {
    let mut args = Vec::new();
    let mut env: Vec<(String, String)> = job
        .env
        .into_iter()
        // Linker and runner are set in Cross.toml.
        .filter(|(name, _)| {
            name != "CARGO_TARGET_DIR"
                && !(name.starts_with("CARGO_TARGET_")
                    && (name.ends_with("_LINKER") || name.ends_with("_RUNNER")))
        })
        .collect();
    for arg in job.args {
        match arg.strip_prefix("-Zbuild-std=") {
            // cross's own setting for this puts it after `--`.
            Some(crates) => env.push(("CARGO_UNSTABLE_BUILD_STD".to_owned(), crates.to_owned())),
            None => args.push(arg),
        }
    }
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    env.push(set("CARGO_TARGET_DIR", &out.display().to_string()));
    if !env.iter().any(|(name, _)| name == "CARGO_NET_OFFLINE") {
        env.push(set("CARGO_NET_OFFLINE", "true"));
    }
    // Otherwise cross has rustup install a toolchain that may be installed already.
    env.push(set("CROSS_CUSTOM_TOOLCHAIN", "1"));
    env.extend(more);
    Job {
        program: cross.display().to_string(),
        args,
        env,
        cwd: job.cwd,
    }
}

/// The engine's options, in addition to those that cross passes.
pub fn options(
    info: EngineInfo,
    name: &str,
    memory: &Option<String>,
    cpus: &Option<String>,
) -> String {
    let mut args = vec![
        "--init --pull=never --network=none --env HOME=/tmp --name".to_owned(),
        name.to_owned(),
    ];
    args.extend(info.limit_args());
    for (flag, value) in [("--memory", memory), ("--cpus", cpus)] {
        if let Some(value) = value {
            args.push(format!("{flag} {value}"));
        }
    }
    args.join(" ")
}

/// Makes the caller the owner of written files. cross treats every podman as rootless, and
/// leaves the user in the container to the image.
pub fn user(info: EngineInfo, (uid, gid): (u32, u32)) -> Vec<(String, String)> {
    // In a rootless engine's containers, root is the caller.
    let (uid, gid) = if info.rootless { (0, 0) } else { (uid, gid) };
    let mut env = vec![
        ("CROSS_ROOTLESS_CONTAINER_ENGINE".to_owned(), "0".to_owned()),
        ("CROSS_CONTAINER_UID".to_owned(), uid.to_string()),
        ("CROSS_CONTAINER_GID".to_owned(), gid.to_string()),
    ];
    if info.rootless {
        let name = "CROSS_CONTAINER_USER_NAMESPACE".to_owned();
        env.push((name, "none".to_owned()));
    }
    env
}

/// A wrapper of rustup that strips the remarks from the list of toolchains: cross 0.2.5 takes
/// `stable (active, default)` for a toolchain that isn't installed, and has it installed.
pub fn rustup_shim(rustup: &Path) -> String {
    let rustup = rustup.display().to_string();
    let rustup = quote::sh(&rustup);
    format!(
        "#!/bin/sh\nif [ \"$1 $2\" = 'toolchain list' ]; then\n  {rustup} \"$@\" | \
         sed 's/ (.*)$//'\nelse\n  exec {rustup} \"$@\"\nfi\n"
    )
}

#[cfg(all(test, unix))]
mod tests {
    use super::{from_cargo, is_forwarded, options, rustup_shim, user};
    use crate::engine::info::EngineInfo;
    use crate::process::command::Job;
    use std::path::Path;

    #[test]
    fn cargo_command_becomes_cross_command() {
        let command = "test --locked --target t -Zbuild-std=std,panic_unwind -- --nocapture";
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let job = Job {
            program: "cargo".to_owned(),
            args: command.split(' ').map(str::to_owned).collect(),
            env: [
                ("SNMALLOC_BUILDER_t", "cc"),
                ("RUSTC_BOOTSTRAP", "1"),
                ("CARGO_TARGET_DIR", "/here"),
                ("CARGO_TARGET_T_LINKER", "/usr/bin/here-gcc"),
                ("CARGO_TARGET_T_RUSTFLAGS", "-g"),
            ]
            .map(pair)
            .to_vec(),
            cwd: "/src".into(),
        };
        let out = Path::new("/src/target/xtask/cross/t");
        let more = vec![pair(("CROSS_CONTAINER_ENGINE", "docker"))];
        assert_eq!(
            from_cargo(job, Path::new("/bin/cross"), out, more).to_string(),
            "cd /src && SNMALLOC_BUILDER_t=cc RUSTC_BOOTSTRAP=1 CARGO_TARGET_T_RUSTFLAGS=-g \
             CARGO_UNSTABLE_BUILD_STD=std,panic_unwind \
             CARGO_TARGET_DIR=/src/target/xtask/cross/t CARGO_NET_OFFLINE=true \
             CROSS_CUSTOM_TOOLCHAIN=1 CROSS_CONTAINER_ENGINE=docker /bin/cross test --locked \
             --target t -- --nocapture"
        );
        let passed: Vec<&str> = ["SNMALLOC_BUILDER_t", "RUSTC_BOOTSTRAP", "CARGO_X", "PATH"]
            .into_iter()
            .filter(|name| is_forwarded(name))
            .collect();
        assert_eq!(passed, ["SNMALLOC_BUILDER_t", "RUSTC_BOOTSTRAP"]);
    }

    #[test]
    fn engine_options() {
        let podman = EngineInfo {
            podman: true,
            limits: Some((20000, 900)),
            ..EngineInfo::default()
        };
        let memory = Some("2g".to_owned());
        assert_eq!(
            options(podman, "n", &memory, &None),
            "--init --pull=never --network=none --env HOME=/tmp --name n \
             --ulimit=nofile=20000:20000 --ulimit=nproc=900:900 --memory 2g"
        );
    }

    #[test]
    fn cross_user_variables_make_the_caller_owner() {
        let user_env = |podman, rootless| {
            let info = EngineInfo {
                podman,
                rootless,
                ..EngineInfo::default()
            };
            let env = user(info, (1234, 100));
            let pairs: Vec<String> = env.iter().map(|(n, v)| format!("{n}={v}")).collect();
            pairs.join(" ").replace("CROSS_CONTAINER_", "")
        };
        for podman in [false, true] {
            assert_eq!(
                user_env(podman, false),
                "CROSS_ROOTLESS_CONTAINER_ENGINE=0 UID=1234 GID=100"
            );
            assert_eq!(
                user_env(podman, true),
                "CROSS_ROOTLESS_CONTAINER_ENGINE=0 UID=0 GID=0 USER_NAMESPACE=none"
            );
        }
    }

    #[test]
    fn rustup_shim_strips_remarks() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join("rustup");
        let shim = dir.path().join("shim");
        let printf = "printf 'stable-x (active, default)\\nnightly-x\\n'";
        std::fs::write(&real, format!("#!/bin/sh\n{printf}\n")).unwrap();
        std::fs::write(&shim, rustup_shim(Path::new("sh"))).unwrap();
        let text = std::fs::read_to_string(&shim).unwrap();
        // The fake rustup isn't executable: run it as `sh FILE`.
        let text = text.replacen("sh \"$@\" |", &format!("sh {} |", real.display()), 1);
        std::fs::write(&shim, text).unwrap();
        let output = std::process::Command::new("sh")
            .args([shim.as_os_str(), "toolchain".as_ref(), "list".as_ref()])
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "stable-x\nnightly-x\n"
        );
    }
}
