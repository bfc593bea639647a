use super::{explain, explain_exit, no_such_image, oom_killed};

#[test]
fn exit_codes_are_explained() {
    for (code, output, expected) in [
        (Some(125), "", "could not make or start the container"),
        (
            Some(125),
            "Error: No such image: x:1",
            "cargo xtask image build",
        ),
        (Some(126), "exec format error", "another CPU"),
        (Some(126), "", "another CPU than the image"),
        (
            Some(126),
            "Error: OCI runtime error: crun: cgroups in hybrid mode not supported",
            "exit code 126): crun can't work",
        ),
        (Some(127), "", "was not found in it"),
        (Some(137), "", "ran out of memory"),
        (
            Some(1),
            "x: version `GLIBC_2.39' not found",
            "C library is older",
        ),
        (
            Some(1),
            "Got permission denied while trying to connect to the Docker daemon socket",
            "usermod",
        ),
        (
            Some(125),
            "container-init binary not found on the host",
            "catatonit",
        ),
        (Some(1), "", "exit code 1, before it could report"),
        (None, "", "ended by a signal"),
    ] {
        let explanation = explain_exit("docker", code, output);
        assert!(
            explanation.contains(expected),
            "{code:?} {output}: {explanation}"
        );
    }
    let podman = explain_exit("podman", Some(125), "the name is already in use");
    assert!(podman.contains("`podman rm -f`"), "{podman}");
    let podman = explain_exit(
        "podman",
        Some(1),
        "permission denied while trying to connect to the socket",
    );
    assert!(podman.contains("podman.socket"), "{podman}");
    assert!(!podman.contains("usermod"), "{podman}");
}

#[test]
fn oom_kills_are_counted() {
    assert!(oom_killed("low 0\noom 3\noom_kill 1\n"));
    assert!(oom_killed("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"));
    assert!(!oom_killed("oom 0\noom_kill 0\n"));
    assert!(!oom_killed(""));
}

#[test]
fn engine_errors_are_explained() {
    for (output, expected) in [
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
            Some("the base image is built for another CPU than the engine's"),
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
        let missing = explain(output, "docker");
        assert_eq!(
            missing.as_ref().map(|m| m.what.as_str()),
            expected,
            "{output}"
        );
        assert!(missing.is_none_or(|m| !m.fixes.is_empty()), "{output}");
    }
    let podman = explain(
        "Cannot connect to Podman. Please verify your connection",
        "podman",
    );
    assert!(podman.unwrap().fixes[0].starts_with("podman machine start"));
}

#[test]
fn podman_fixes_never_name_docker() {
    for output in [
        "Error: unable to connect to Podman socket: dial unix /run/podman/podman.sock: \
         connect: permission denied",
        "Cannot connect to Podman. Please verify your connection",
        "no space left on device",
    ] {
        let missing = explain(output, "podman").unwrap();
        let fixes = missing.fixes.join("\n").to_lowercase();
        assert!(!fixes.contains("docker"), "{fixes}");
        assert!(!fixes.contains("usermod"), "{fixes}");
    }
}

#[test]
fn missing_image_is_not_an_error() {
    assert!(no_such_image("Error: No such image: a:b"));
    assert!(no_such_image(
        "Error: inspecting object: a:b: image not known"
    ));
    assert!(!no_such_image("Cannot connect to the Docker daemon"));
}
