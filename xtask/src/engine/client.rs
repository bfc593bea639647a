//! Finds a container engine, and queries it.

use std::process::{Command, Stdio};

use anyhow::Context as _;
use snmalloc_toolchains::{Error, Machine, Need, install_command};

use crate::context::Context;
use crate::engine::diagnose;
use crate::failure::Failure;
use crate::request::EngineKind;

/// A container engine that responds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its command: `docker` or `podman`.
    pub program: String,
}

/// The result of a query to the engine.
pub struct Reply {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

const PROGRAMS: [&str; 2] = ["docker", "podman"];

/// Finds the requested engine, else the first of docker and podman that responds; also returns
/// why an earlier one didn't. `DOCKER_HOST`, contexts and the like are left to the engines.
///
/// # Errors
/// No engine is found, or it doesn't respond; the error includes the reason and the fix.
pub fn find(
    choice: Option<EngineKind>,
    machine: &dyn Machine,
) -> Result<(Client, Option<Error>), Error> {
    let names: &[&str] = match choice {
        Some(EngineKind::Docker) => &PROGRAMS[..1],
        Some(EngineKind::Podman) => &PROGRAMS[1..],
        _ => &PROGRAMS,
    };
    let mut first_error: Option<Error> = None;
    for name in names {
        let Some(program) = machine.find_program(name) else {
            continue;
        };
        let args = ["version".to_owned()];
        let output = match machine.run(&program, &args, "") {
            Ok(output) if output.success => {
                let program = (*name).to_owned();
                return Ok((Client { program }, first_error));
            }
            Ok(output) => output.stderr,
            Err(error) => error,
        };
        let missing = diagnose::explain(&output, name).unwrap_or_else(|| {
            Error::new(format!("{name} is here and doesn't answer"))
                .searched(format!("{name} version"))
                .output(&output)
        });
        // The first one is the one to fix.
        first_error.get_or_insert(missing);
    }
    Err(first_error.unwrap_or_else(|| none(names, machine)))
}

/// The requested engine, or the first that responds.
///
/// # Errors
/// No engine is found, or it doesn't respond; the error includes the reason and the fix.
pub fn choose(choice: Option<EngineKind>, context: &Context) -> Result<Client, Failure> {
    let (engine, passed_over) = find(choice, &context.machine)?;
    if let Some(missing) = passed_over {
        context
            .progress
            .line(&format!("{}: {} is taken", missing.what, engine.program));
    }
    Ok(engine)
}

fn none(names: &[&str], machine: &dyn Machine) -> Error {
    let missing = Error::new("there is no container engine on this machine")
        .searched(format!("PATH, for {}", names.join(", ")));
    // If the compiler comes from apt, so does an engine.
    match install_command(machine, &Need::CxxCompiler) {
        Some(line) if line.starts_with("apt-get ") => missing.fix(match names.first() {
            Some(&"podman") => "apt-get install podman",
            _ => "apt-get install docker.io",
        }),
        _ => missing.fix(format!("install {}", names.join(" or "))),
    }
}

impl Client {
    /// Queries the engine.
    ///
    /// # Errors
    /// Its command can't be run. (A query that fails is a [`Reply`].)
    pub fn ask(&self, args: &[&str]) -> Result<Reply, Failure> {
        let output = Command::new(&self.program)
            .args(args)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} can't be run", self.program))?;
        Ok(Reply {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs a query that must succeed; returns its output.
    ///
    /// # Errors
    /// The engine's message, explained if it is known.
    pub fn output_of(&self, args: &[&str]) -> Result<String, Failure> {
        let reply = self.ask(args)?;
        if reply.success {
            return Ok(reply.stdout.trim().to_owned());
        }
        Err(self.failure(&args.join(" "), &reply.stderr))
    }

    /// Explains the engine's message if it is known, else reports it as it is.
    pub fn failure(&self, what: &str, output: &str) -> Failure {
        match diagnose::explain(output, &self.program) {
            Some(missing) => missing.into(),
            None => Failure::Failed(format!(
                "`{} {what}` failed:\n{}",
                self.program,
                output.trim_end()
            )),
        }
    }

    /// Inspects an image with a template; `None` if the image doesn't exist.
    ///
    /// # Errors
    /// The engine doesn't respond.
    pub fn image(&self, name: &str, format: &str) -> Result<Option<String>, Failure> {
        let args = ["image", "inspect", "--format", format, name];
        let reply = self.ask(&args)?;
        if reply.success {
            return Ok(Some(reply.stdout.trim().to_owned()));
        }
        if diagnose::no_such_image(&reply.stderr) {
            return Ok(None);
        }
        Err(self.failure(&format!("image inspect {name}"), &reply.stderr))
    }

    /// The CPU that the engine runs programs for, in the engines' spelling: `amd64`.
    ///
    /// # Errors
    /// The engine doesn't respond.
    pub fn arch(&self) -> Result<String, Failure> {
        let format = match self.program.as_str() {
            "podman" => return self.output_of(&["info", "--format", "{{.Host.Arch}}"]),
            _ => "{{.Server.Arch}}",
        };
        self.output_of(&["version", "--format", format])
    }
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::request::EngineKind;
    use snmalloc_toolchains::{FakeMachine, Output};

    fn output(success: bool, stderr: &str) -> Output {
        Output {
            success,
            stderr: stderr.to_owned(),
            ..Output::default()
        }
    }

    fn machine() -> FakeMachine {
        FakeMachine::new("linux", "x86_64").with_var("PATH", "/bin")
    }

    #[test]
    fn docker_is_preferred_unless_podman_is_requested() {
        let podman = machine().with_program("/bin/podman", "version", output(true, ""));
        let both = podman
            .clone()
            .with_program("/bin/docker", "version", output(true, ""));
        let program = |machine: &FakeMachine, choice| find(choice, machine).unwrap().0.program;
        assert_eq!(program(&both, None), "docker");
        assert_eq!(program(&both, Some(EngineKind::Podman)), "podman");
        assert_eq!(program(&podman, None), "podman");
        let missing = find(Some(EngineKind::Docker), &podman).unwrap_err();
        assert_eq!(missing.searched, ["PATH, for docker"]);
        // A docker that isn't running doesn't prevent the use of a podman that is.
        let stopped = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
        let ill = podman.with_program("/bin/docker", "version", output(false, stopped));
        assert_eq!(program(&ill, None), "podman");
        let (_, passed_over) = find(None, &ill).unwrap();
        assert!(passed_over.is_some_and(|missing| missing.what.contains("not running")));
        let missing = find(Some(EngineKind::Docker), &ill).unwrap_err();
        assert!(missing.what.contains("not running"), "{missing}");
    }

    #[test]
    fn missing_engine_gets_install_command() {
        let missing = find(None, &machine()).unwrap_err();
        assert_eq!(missing.searched, ["PATH, for docker, podman"]);
        assert_eq!(missing.fixes, ["apt-get install docker.io"]);
        let missing = find(Some(EngineKind::Podman), &machine()).unwrap_err();
        assert_eq!(missing.fixes, ["apt-get install podman"]);
    }
}
