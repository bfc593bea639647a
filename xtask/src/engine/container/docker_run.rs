//! Makes a container's command, from data alone.

use std::path::{Path, PathBuf};

use crate::engine::info::EngineInfo;
use crate::process::command::Job;

/// A directory or file of this machine, at the same path in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub path: PathBuf,
    pub writable: bool,
}

impl Mount {
    /// Mounts the path read-only.
    pub fn read(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            writable: false,
        }
    }

    pub fn write(path: &Path) -> Self {
        Self {
            writable: true,
            ..Self::read(path)
        }
    }
}

/// One container, which one command creates, starts and removes.
#[derive(Clone, Debug)]
pub struct Container {
    /// `docker` or `podman`.
    pub engine: String,
    pub info: EngineInfo,
    /// The calling user and group: the owner of written files.
    pub user: (u32, u32),
    pub name: String,
    pub image: String,
    pub mounts: Vec<Mount>,
    /// Without a value, the variable is taken from the caller's environment.
    pub env: Vec<(String, Option<String>)>,
    pub memory: Option<String>,
    pub cpus: Option<String>,
    pub cwd: PathBuf,
    pub command: Vec<String>,
}

/// The label of all our containers, so that they can be found.
pub const LABEL: &str = "snmalloc-rs.xtask";

impl Container {
    pub fn job(&self) -> Job {
        let mut args: Vec<String> = ["run", "--rm", "--init", "--pull=never", "--network=none"]
            .map(str::to_owned)
            .to_vec();
        args.extend(["--name".to_owned(), self.name.clone()]);
        args.extend(["--label".to_owned(), LABEL.to_owned()]);
        args.extend(self.user_args());
        for (flag, value) in [("--memory", &self.memory), ("--cpus", &self.cpus)] {
            if let Some(value) = value {
                args.extend([flag.to_owned(), value.clone()]);
            }
        }
        for mount in &self.mounts {
            args.extend(["--volume".to_owned(), self.volume(mount)]);
        }
        args.extend(["--workdir".to_owned(), self.cwd.display().to_string()]);
        for (name, value) in &self.env {
            args.push("--env".to_owned());
            args.push(match value {
                Some(value) => format!("{name}={value}"),
                None => name.clone(),
            });
        }
        args.push(self.image.clone());
        args.extend(self.command.iter().cloned());
        Job {
            program: self.engine.clone(),
            args,
            env: Vec::new(),
            cwd: self.cwd.clone(),
        }
    }

    /// Makes written files belong to the caller, whatever the user in the container.
    fn user_args(&self) -> Vec<String> {
        user_args(self.info, self.user)
    }

    fn volume(&self, mount: &Mount) -> String {
        let mut options = Vec::new();
        if !mount.writable {
            options.push("ro");
        }
        if self.info.selinux {
            // Shared: several containers and the host use the same files.
            options.push("z");
        }
        let path = mount.path.display();
        let mut text = format!("{path}:{path}");
        if !options.is_empty() {
            text.push(':');
            text.push_str(&options.join(","));
        }
        text
    }
}

fn user_args(info: EngineInfo, (uid, gid): (u32, u32)) -> Vec<String> {
    let mut args = Vec::new();
    let user = match (info.rootless, info.podman) {
        (true, true) => {
            args.push("--userns=keep-id".to_owned());
            format!("{uid}:{gid}")
        }
        // Root in the container is the caller.
        (true, false) => "0:0".to_owned(),
        (false, _) => format!("{uid}:{gid}"),
    };
    args.extend(["--user".to_owned(), user]);
    args.extend(info.limit_args());
    args
}

/// The calling user and group.
#[cfg(unix)]
pub fn user() -> (u32, u32) {
    use nix::unistd::{getegid, geteuid};
    (geteuid().as_raw(), getegid().as_raw())
}

/// A placeholder: containers require Linux.
#[cfg(not(unix))]
pub fn user() -> (u32, u32) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::{Container, Mount, user_args};
    use crate::engine::info::EngineInfo;
    use std::path::Path;

    const DOCKER: EngineInfo = EngineInfo {
        podman: false,
        rootless: false,
        selinux: false,
        limits: None,
    };
    const PODMAN: EngineInfo = EngineInfo {
        podman: true,
        limits: Some((20000, 900)),
        ..DOCKER
    };

    #[test]
    fn written_files_belong_to_the_caller() {
        let rootless = |info| EngineInfo {
            rootless: true,
            ..info
        };
        for (info, user, expected) in [
            (DOCKER, (0, 0), "--user 0:0"),
            (DOCKER, (1234, 100), "--user 1234:100"),
            (rootless(DOCKER), (1234, 100), "--user 0:0"),
            (
                PODMAN,
                (0, 0),
                "--user 0:0 --ulimit=nofile=20000:20000 --ulimit=nproc=900:900",
            ),
            (
                rootless(PODMAN),
                (1234, 100),
                "--userns=keep-id --user 1234:100 --ulimit=nofile=20000:20000 --ulimit=nproc=900:900",
            ),
        ] {
            assert_eq!(user_args(info, user).join(" "), expected, "{info:?}");
        }
    }

    #[test]
    fn full_docker_run_command() {
        let mut container = Container {
            engine: "docker".to_owned(),
            info: DOCKER,
            user: (1234, 1234),
            name: "n".to_owned(),
            image: "i:1".to_owned(),
            mounts: vec![
                Mount::read(Path::new("/src")),
                Mount::write(Path::new("/src/target/o")),
            ],
            env: vec![
                ("HOME".to_owned(), Some("/tmp".to_owned())),
                ("RUSTFLAGS".to_owned(), None),
            ],
            memory: Some("2g".to_owned()),
            cpus: Some("1.5".to_owned()),
            cwd: "/src".into(),
            command: vec!["/x".to_owned(), "build".to_owned()],
        };
        assert_eq!(
            container.job().to_string(),
            "cd /src && docker run --rm --init '--pull=never' '--network=none' --name n --label \
             snmalloc-rs.xtask --user 1234:1234 --memory 2g --cpus 1.5 --volume /src:/src:ro \
             --volume /src/target/o:/src/target/o --workdir /src --env 'HOME=/tmp' \
             --env RUSTFLAGS i:1 /x build"
        );
        container.info.selinux = true;
        let command = container.job().to_string();
        assert!(command.contains("--volume /src:/src:ro,z "), "{command}");
        assert!(command.contains("/target/o:/src/target/o:z "), "{command}");
    }
}
