//! Properties of a container engine that its commands depend on.

use std::path::Path;

use serde_json::Value;
use snmalloc_toolchains::{Error, Machine, rust_arch};

use crate::engine::client::Client;
use crate::failure::Failure;

/// The properties of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineInfo {
    /// It is podman, whatever its command is called.
    pub podman: bool,
    /// It runs as the calling user, who is root in its containers.
    pub rootless: bool,
    /// Files must be labelled before containers may access them (SELinux).
    pub selinux: bool,
    /// The limits to set for its containers, if it would otherwise ask for more than this
    /// machine grants: open files, processes.
    pub limits: Option<(u64, u64)>,
}

impl EngineInfo {
    /// The flags that set its containers' limits.
    pub fn limit_args(&self) -> Vec<String> {
        self.limits.map_or(Vec::new(), |(files, processes)| {
            vec![
                format!("--ulimit=nofile={files}:{files}"),
                format!("--ulimit=nproc={processes}:{processes}"),
            ]
        })
    }
}

/// Queries the engine.
///
/// # Errors
/// It can't access this machine's files, or can't run this machine's programs.
pub fn query(engine: &Client, machine: &dyn Machine) -> Result<EngineInfo, Failure> {
    if machine.os() != "linux" {
        return Err(Error::new(format!(
            "`--engine container` requires a Linux host (this is {})",
            machine.os()
        ))
        .fix("run it on Linux, such as in WSL or a virtual machine; cross brings a Rust of its own")
        .into());
    }
    let program = Path::new(&engine.program);
    let query = |args: &[&str]| {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let output = machine.run(program, &args, "").map_err(Failure::Failed)?;
        if output.success {
            return Ok(output.stdout);
        }
        let what = format!("`{} {}` failed", engine.program, args.join(" "));
        Err(Failure::from(Error::new(what).output(&output.stderr)))
    };
    let text = query(&["info", "--format", "{{json .}}"])?;
    let (mut info, arch, remote) = read(&text)?;
    if info.podman {
        // docker's daemon sets the limits itself, and its own may be higher than xtask's.
        info.limits = limits();
    }
    if arch.is_empty() {
        // docker's client answers even without its daemon.
        let what = format!("{} does not report its architecture", engine.program);
        return Err(Error::new(what)
            .searched(format!("{} info", engine.program))
            .output(&text)
            .into());
    }
    if arch != machine.arch() {
        return Err(Error::new(format!(
            "{} runs on {arch}, but the Rust of this machine is for {}",
            engine.program,
            machine.arch()
        ))
        .fix(format!(
            "choose an engine of this machine's CPU ({})",
            match info.podman {
                true => "CONTAINER_HOST, podman system connection default",
                false => "DOCKER_HOST, docker context use",
            }
        ))
        .into());
    }
    // The engine's address; podman's `info` already reports whether it is remote.
    let endpoint = if info.podman {
        String::new()
    } else {
        let format = "{{.Endpoints.docker.Host}}";
        query(&["context", "inspect", "--format", format]).unwrap_or_default()
    };
    if remote || !is_local(endpoint.trim()) {
        return Err(Error::new(format!(
            "{} runs on another machine{}, which doesn't have this one's files: it can build \
             images, but not what is here",
            engine.program,
            match endpoint.trim() {
                "" => String::new(),
                there => format!(" ({there})"),
            }
        ))
        .fix(match info.podman {
            true => {
                "choose this machine's engine (unset CONTAINER_HOST, run podman on Linux itself)"
            }
            false => "choose this machine's engine (unset DOCKER_HOST, docker context use default)",
        })
        .into());
    }
    Ok(info)
}

/// Parses `info`: the facts, the CPU, and whether podman reports that it is remote.
fn read(text: &str) -> Result<(EngineInfo, String, bool), Failure> {
    let json: Value = serde_json::from_str(text)
        .map_err(|error| Failure::Failed(format!("the container engine's `info`: {error}")))?;
    let is = |value: &Value| value.as_bool().unwrap_or(false);
    if let Some(host) = json.get("host") {
        let info = EngineInfo {
            podman: true,
            rootless: is(&host["security"]["rootless"]),
            selinux: is(&host["security"]["selinuxEnabled"]),
            limits: None,
        };
        let arch = host["arch"].as_str().unwrap_or_default();
        return Ok((
            info,
            rust_arch(arch).to_owned(),
            is(&host["serviceIsRemote"]),
        ));
    }
    let options: Vec<&str> = json["SecurityOptions"]
        .as_array()
        .map(|options| options.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let has_option = |name: &str| {
        let mut options = options.iter();
        options.any(|option| option.split(',').any(|part| part == format!("name={name}")))
    };
    let info = EngineInfo {
        podman: false,
        rootless: has_option("rootless"),
        selinux: has_option("selinux"),
        limits: None,
    };
    let arch = json["Architecture"].as_str().unwrap_or_default();
    Ok((info, rust_arch(arch).to_owned(), false))
}

/// This process's own hard limits, which its children inherit.
#[cfg(unix)]
fn limits() -> Option<(u64, u64)> {
    use nix::sys::resource::{Resource, getrlimit};
    // These are more than anything here needs, and podman's own processes have been seen with
    // lower limits than their parent.
    const FILES: u64 = 1 << 20;
    const PROCESSES: u64 = 1 << 14;
    let hard = |resource, most| {
        let (_, hard) = getrlimit(resource).ok()?;
        Some(hard.min(most))
    };
    Some((
        hard(Resource::RLIMIT_NOFILE, FILES)?,
        hard(Resource::RLIMIT_NPROC, PROCESSES)?,
    ))
}

#[cfg(not(unix))]
fn limits() -> Option<(u64, u64)> {
    None
}

/// Returns true if an engine at this address runs on this machine.
fn is_local(endpoint: &str) -> bool {
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("unix", endpoint));
    match scheme {
        "unix" | "npipe" | "fd" => true,
        "tcp" | "http" | "https" => ["localhost", "127.", "[::1]"]
            .iter()
            .any(|name| rest.starts_with(name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{EngineInfo, is_local, query, read};
    use crate::engine::client::Client;
    use snmalloc_toolchains::{FakeMachine, Output};

    #[test]
    fn info_of_docker_and_podman_parses() {
        let docker = r#"{"SecurityOptions":["name=apparmor","name=seccomp,profile=default"],"Architecture":"x86_64"}"#;
        let (info, arch, remote) = read(docker).unwrap();
        assert_eq!(
            (info, &*arch, remote),
            (EngineInfo::default(), "x86_64", false)
        );
        let docker =
            r#"{"SecurityOptions":["name=selinux","name=rootless"],"Architecture":"aarch64"}"#;
        let (info, arch, _) = read(docker).unwrap();
        assert!(info.rootless && info.selinux && !info.podman);
        assert_eq!(arch, "aarch64");
        let podman = r#"{"host":{"arch":"amd64","serviceIsRemote":true,"security":{"rootless":true,"selinuxEnabled":false}}}"#;
        let (info, arch, remote) = read(podman).unwrap();
        assert!(info.podman && info.rootless && !info.selinux && remote);
        assert_eq!(arch, "x86_64");
        assert!(read("Cannot connect").is_err());
    }

    #[test]
    fn remote_engines_are_recognized() {
        for (endpoint, here) in [
            ("", true),
            ("unix:///var/run/docker.sock", true),
            ("tcp://127.0.0.1:2375", true),
            ("tcp://builder:2376", false),
            ("ssh://me@builder", false),
        ] {
            assert_eq!(is_local(endpoint), here, "{endpoint}");
        }
    }

    #[test]
    fn unusable_engines_are_refused() {
        let output = |text: &str| Output {
            success: true,
            stdout: text.to_owned(),
            stderr: String::new(),
        };
        let engine = Client {
            program: "docker".to_owned(),
        };
        let machine = |arch: &str, endpoint: &str| {
            let info = format!(r#"{{"Architecture":"{arch}"}}"#);
            FakeMachine::new("linux", "x86_64")
                .with_program("docker", "info", output(&info))
                .with_program("docker", "context", output(endpoint))
        };
        let message_for = |machine: &FakeMachine| {
            let failure = query(&engine, machine).unwrap_err();
            failure.message().unwrap()
        };
        assert!(query(&engine, &machine("x86_64", "unix:///s\n")).is_ok());
        let message = message_for(&machine("x86_64", "ssh://there\n"));
        assert!(
            message.contains("another machine (ssh://there)"),
            "{message}"
        );
        let message = message_for(&machine("aarch64", ""));
        assert!(message.contains("docker runs on aarch64"), "{message}");
        let message = message_for(&FakeMachine::new("macos", "aarch64"));
        assert!(
            message.contains("requires a Linux host (this is macos)"),
            "{message}"
        );
    }
}
