//! Explains the errors of container engines and the failures of containers.

use snmalloc_toolchains::Error;

/// Explains the failure of a container that left no report, from its exit code and the output
/// of the container and its engine.
pub fn explain_exit(engine: &str, code: Option<i32>, output: &str) -> String {
    let hint = hint(engine, output);
    let ended = match code {
        None => format!("`{engine}` itself was ended by a signal"),
        Some(125) => format!("{engine} could not make or start the container (exit code 125)"),
        Some(126) => {
            let known = "the container's program could not be started (exit code 126)";
            match hint {
                Some(_) => known.to_owned(),
                None => format!(
                    "{known}: it is built for another CPU than the image, or is not executable there"
                ),
            }
        }
        Some(127) => {
            "the container's program was not found in it (exit code 127): a directory of this \
             machine wasn't mounted, or the image has no program loader"
                .to_owned()
        }
        Some(137) => "the container was killed (exit code 137): it ran out of memory, or \
             somebody stopped it; --memory sets what it may use, --jobs what it needs"
            .to_owned(),
        Some(143) => "the container was asked to end (exit code 143)".to_owned(),
        Some(code) => format!("the container ended with exit code {code}, before it could report"),
    };
    match hint {
        Some(hint) => format!("{ended}: {hint}"),
        None => ended,
    }
}

/// Explains a known message, with its fix.
fn hint(engine: &str, output: &str) -> Option<String> {
    let output = output.to_lowercase();
    let socket = format!(
        "you may not use the engine's socket: {}",
        allow_socket(engine)
    );
    let stopped = format!("the engine isn't running: {}", start(engine));
    let known = [
        (
            "glibc_",
            "the image's C library is older than the one xtask was built with",
        ),
        (
            "no space left on device",
            "the disk is full; `docker system df` shows what takes how much",
        ),
        ("permission denied while trying to connect", socket.as_str()),
        ("unable to connect to podman", stopped.as_str()),
        ("cannot connect to podman", stopped.as_str()),
        ("cannot connect to the docker daemon", stopped.as_str()),
        (
            "mounts denied",
            "the engine may not see these directories; share them in Docker Desktop's settings \
             (Resources, File sharing)",
        ),
        (
            "invalid mount config",
            "the engine doesn't see a directory of this machine; if it runs in a virtual machine, \
             share the directory with it",
        ),
        (
            "no such image",
            "the image does not exist; `cargo xtask image build` builds it",
        ),
        (
            "is already in use",
            "a container of that name is still there; remove it with `docker rm -f`",
        ),
        (
            "container-init binary not found",
            "podman's `--init` needs catatonit; install it",
        ),
        (
            "cgroups in hybrid mode",
            "crun can't work with this machine's control groups; install runc, and name it in \
             /etc/containers/containers.conf: `[engine]`, `runtime = \"runc\"`",
        ),
        (
            "setrlimit",
            "it asks for more open files or processes than this machine grants",
        ),
        (
            "exec format error",
            "the image is built for another CPU than this machine's",
        ),
    ];
    let (_, hint) = known.iter().find(|(pattern, _)| output.contains(pattern))?;
    Some(hint.replace("`docker ", &format!("`{engine} ")))
}

/// Returns true if the kernel killed a process in a container for lack of memory, which a failed
/// run doesn't report. Reads the text of `memory.events` (or of the older `memory.oom_control`).
pub fn oom_killed(events: &str) -> bool {
    events.lines().any(|line| {
        let mut fields = line.split_whitespace();
        fields.next() == Some("oom_kill")
            && fields
                .next()
                .and_then(|number| number.parse::<u64>().ok())
                .is_some_and(|number| number > 0)
    })
}

/// The fix for a missing base image.
pub const MAKE_BASE: &str = "cargo xtask image base";

/// Another fix for it.
pub const PULL_BASE: &str = "cargo xtask image base --pull, where a registry can be reached";

/// Returns true if the engine reports that an image doesn't exist.
pub fn no_such_image(output: &str) -> bool {
    let output = output.to_lowercase();
    ["no such image", "image not known", "unable to find image"]
        .iter()
        .any(|pattern| output.contains(pattern))
}

/// Explains the engine's message, with the fix; `None` if the build itself failed, and not the
/// machine.
pub fn explain(output: &str, program: &str) -> Option<Error> {
    let text = output.to_lowercase();
    let has = |patterns: &[&str]| patterns.iter().any(|pattern| text.contains(pattern));
    let missing = if has(&["permission denied while trying to connect", "dial unix"])
        && has(&["permission denied"])
    {
        Error::new(format!("this user may not use {program}'s socket"))
            .fix(allow_socket(program))
            .fix(format!(
                "set {} to an engine that this user may use",
                host_variable(program)
            ))
    } else if has(&[
        "cannot connect to the docker daemon",
        "is the docker daemon running",
        "unable to connect to podman",
        "cannot connect to podman",
        "failed to connect to the docker api",
        "error during connect",
    ]) {
        match host_in_message(output) {
            Some(host) => Error::new(format!("{program} is not running at {host}")),
            None => Error::new(format!("{program} is not running")),
        }
        .fix(start(program))
        .fix(match program {
            "podman" => {
                "check CONTAINER_HOST and `podman system connection list`, if it is on another \
                 machine"
            }
            _ => "check DOCKER_HOST and `docker context ls`, if it is on another machine",
        })
    } else if has(&["no space left on device", "disk quota exceeded"]) {
        Error::new(format!("the disk that {program} keeps images on is full"))
            .fix("cargo xtask image clean")
            .fix(format!("{program} system prune"))
    } else if has(&["exec format error"]) {
        Error::new("the base image is built for another CPU than the engine's")
            .fix(MAKE_BASE)
            .fix("pass an image for this CPU with --base")
    } else if has(&["the base image has no apt-get", "\"/bin/sh\": stat /bin/sh"]) {
        Error::new("the base image has no apt-get: it must be a Debian")
            .fix("name a Debian image with --base")
            .fix(MAKE_BASE)
    } else if has(&[
        "pull access denied",
        "manifest unknown",
        "failed to resolve source metadata",
        "error pulling image",
        "initializing source docker://",
        "no such image",
        "image not known",
        "tls: failed to verify certificate",
        "/v2/\": ",
    ]) {
        Error::new("the base image is not here, and no registry gave it")
            .fix(MAKE_BASE)
            .fix("name an image that is here with --base")
    } else {
        return None;
    };
    Some(
        missing
            .searched(format!("{program}, which reported:"))
            .output(output),
    )
}

/// The command that lets this user use the engine. podman has no group for that: each user has
/// their own service.
pub fn allow_socket(program: &str) -> &'static str {
    match program {
        "podman" => "systemctl --user enable --now podman.socket, and unset CONTAINER_HOST",
        _ => "sudo usermod -aG docker \"$USER\", and log in again",
    }
}

/// The command that starts the engine.
pub fn start(program: &str) -> &'static str {
    match program {
        "podman" => "podman machine start, or systemctl --user start podman.socket",
        _ => "start it: systemctl start docker, or Docker Desktop",
    }
}

/// The variable that names the engine's address.
pub fn host_variable(program: &str) -> &'static str {
    match program {
        "podman" => "CONTAINER_HOST",
        _ => "DOCKER_HOST",
    }
}

/// The address at which the client tried the daemon, from its message.
fn host_in_message(output: &str) -> Option<&str> {
    let (_, rest) = output.split_once("daemon at ")?;
    let host = rest.split(". Is").next()?.split_whitespace().next()?;
    Some(host)
}

#[cfg(test)]
mod tests;
