//! Explains why a container failed.

use crate::images::words;

/// Explains the failure of a container that left no report, from its exit code and the output
/// of the container and its engine.
pub fn why(engine: &str, code: Option<i32>, said: &str) -> String {
    let hint = hint(engine, said);
    let ended = match code {
        None => format!("`{engine}` itself was ended by a signal"),
        Some(125) => format!("{engine} could not make or start the container (exit code 125)"),
        Some(126) => {
            let known = "the container's program could not be started (exit code 126)";
            match hint {
                Some(_) => known.to_owned(),
                None => format!(
                    "{known}: it isn't made for the image's processor, or may not be run there"
                ),
            }
        }
        Some(127) => {
            "the container's program was not found in it (exit code 127): a directory of this \
             machine wasn't mounted, or the image lacks what loads programs"
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
fn hint(engine: &str, said: &str) -> Option<String> {
    let said = said.to_lowercase();
    let socket = format!(
        "you may not use the engine's socket: {}",
        words::allow_socket(engine)
    );
    let stopped = format!("the engine isn't running: {}", words::start(engine));
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
            "the image isn't there; `cargo xtask image build` makes it",
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
            "the image is made for another processor than this machine's",
        ),
    ];
    let (_, hint) = known.iter().find(|(words, _)| said.contains(words))?;
    Some(hint.replace("`docker ", &format!("`{engine} ")))
}

/// Whether the kernel killed a process in a container for lack of memory, which a failed run
/// doesn't report. Reads the text of `memory.events` (or of the older `memory.oom_control`).
pub fn killed_for_memory(events: &str) -> bool {
    events.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some("oom_kill")
            && words
                .next()
                .and_then(|number| number.parse::<u64>().ok())
                .is_some_and(|number| number > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::{killed_for_memory, why};

    #[test]
    fn exit_codes_in_words() {
        for (code, said, expected) in [
            (Some(125), "", "could not make or start the container"),
            (
                Some(125),
                "Error: No such image: x:1",
                "cargo xtask image build",
            ),
            (Some(126), "exec format error", "another processor"),
            (Some(126), "", "isn't made for"),
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
            let told = why("docker", code, said);
            assert!(told.contains(expected), "{code:?} {said}: {told}");
        }
        let podman = why("podman", Some(125), "the name is already in use");
        assert!(podman.contains("`podman rm -f`"), "{podman}");
        let podman = why(
            "podman",
            Some(1),
            "permission denied while trying to connect to the socket",
        );
        assert!(podman.contains("podman.socket"), "{podman}");
        assert!(!podman.contains("usermod"), "{podman}");
    }

    #[test]
    fn what_the_kernel_counts() {
        assert!(killed_for_memory("low 0\noom 3\noom_kill 1\n"));
        assert!(killed_for_memory(
            "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"
        ));
        assert!(!killed_for_memory("oom 0\noom_kill 0\n"));
        assert!(!killed_for_memory(""));
    }
}
