//! Explains the error messages of container engines.

use snmalloc_toolchains::Missing;

/// The fix for a missing base image.
pub const MAKE_BASE: &str = "cargo xtask image base";

/// Another fix for it.
pub const PULL_BASE: &str = "cargo xtask image base --pull, where a registry can be reached";

/// Whether the engine reports that an image doesn't exist.
pub fn no_such_image(said: &str) -> bool {
    let said = said.to_lowercase();
    ["no such image", "image not known", "unable to find image"]
        .iter()
        .any(|words| said.contains(words))
}

/// Explains the engine's message, with the fix; `None` if the build itself failed, and not the
/// machine.
pub fn explain(said: &str, program: &str) -> Option<Missing> {
    let text = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|words| text.contains(words));
    let missing = if has(&["permission denied while trying to connect", "dial unix"])
        && has(&["permission denied"])
    {
        Missing::new(format!("this user may not use {program}'s socket"))
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
        match std_host(said) {
            Some(host) => Missing::new(format!("{program} is not running at {host}")),
            None => Missing::new(format!("{program} is not running")),
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
        Missing::new(format!("the disk that {program} keeps images on is full"))
            .fix("cargo xtask image clean")
            .fix(format!("{program} system prune"))
    } else if has(&["exec format error"]) {
        Missing::new("the base image is made for another processor than the engine runs on")
            .fix(MAKE_BASE)
            .fix("name one for this processor with --base")
    } else if has(&["the base image has no apt-get", "\"/bin/sh\": stat /bin/sh"]) {
        Missing::new("the base image has no apt-get: it must be a Debian")
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
        Missing::new("the base image is not here, and no registry gave it")
            .fix(MAKE_BASE)
            .fix("name an image that is here with --base")
    } else {
        return None;
    };
    Some(missing.looked(format!("{program}, which says:")).said(said))
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
fn std_host(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("daemon at ")?;
    let host = rest.split(". Is").next()?.split_whitespace().next()?;
    Some(host)
}

#[cfg(test)]
mod tests {
    use super::{explain, no_such_image};

    #[test]
    fn the_engine_s_words_are_understood() {
        for (said, expected) in [
            (
                "Cannot connect to the Docker daemon at tcp://10.0.0.1:2375. Is the docker daemon running?",
                Some("docker is not running at tcp://10.0.0.1:2375"),
            ),
            (
                "error during connect: this error may indicate that the docker daemon is not running",
                Some("docker is not running"),
            ),
            (
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get \"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version\": dial unix /var/run/docker.sock: connect: permission denied",
                Some("this user may not use docker's socket"),
            ),
            (
                "write /usr/lib/x: no space left on device",
                Some("the disk that docker keeps images on is full"),
            ),
            (
                "E: You don't have enough free space in /var/cache/apt/archives/.\nNo space left on device",
                Some("the disk that docker keeps images on is full"),
            ),
            (
                "exec /bin/sh: exec format error",
                Some("the base image is made for another processor than the engine runs on"),
            ),
            (
                "the base image has no apt-get: it must be a Debian\nThe command '/bin/sh -c sh /install/packages' returned a non-zero code: 1",
                Some("the base image has no apt-get: it must be a Debian"),
            ),
            (
                "pull access denied for nowhere/base, repository does not exist or may require 'docker login'",
                Some("the base image is not here, and no registry gave it"),
            ),
            (
                "Get \"https://registry.example/v2/\": dial tcp: lookup registry.example: no such host",
                Some("the base image is not here, and no registry gave it"),
            ),
            (
                "E: Unable to locate package g++-pdp11-linux-gnu\nThe command '/bin/sh -c …' returned a non-zero code: 100",
                None,
            ),
        ] {
            let missing = explain(said, "docker");
            assert_eq!(
                missing.as_ref().map(|m| m.what.as_str()),
                expected,
                "{said}"
            );
            assert!(missing.is_none_or(|m| !m.fixes.is_empty()), "{said}");
        }
        let podman = explain(
            "Cannot connect to Podman. Please verify your connection",
            "podman",
        );
        assert!(podman.unwrap().fixes[0].starts_with("podman machine start"));
    }

    #[test]
    fn podman_gets_no_advice_for_docker() {
        for said in [
            "Error: unable to connect to Podman socket: dial unix /run/podman/podman.sock: \
             connect: permission denied",
            "Cannot connect to Podman. Please verify your connection",
            "no space left on device",
        ] {
            let missing = explain(said, "podman").unwrap();
            let fixes = missing.fixes.join("\n").to_lowercase();
            assert!(!fixes.contains("docker"), "{fixes}");
            assert!(!fixes.contains("usermod"), "{fixes}");
        }
    }

    #[test]
    fn an_image_that_is_not_there_is_no_trouble() {
        assert!(no_such_image("Error: No such image: a:b"));
        assert!(no_such_image(
            "Error: inspecting object: a:b: image not known"
        ));
        assert!(!no_such_image("Cannot connect to the Docker daemon"));
    }
}
