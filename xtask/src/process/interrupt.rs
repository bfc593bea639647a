//! On Ctrl-C, ends the child processes first, then xtask. If xtask itself is killed, its
//! children end too.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::failure::Failure;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static CHILDREN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
/// Containers to remove on an interrupt: the name of each, and the engine that runs it.
static CONTAINERS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
/// Time that a container has to end by itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// Passes an interrupt (or a termination signal) on to the children from now on; the command
/// ends after them.
pub fn install() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
        for group in children.iter() {
            end_group(*group);
        }
        // Unlock before waiting: `Guarded` takes this lock when a child ends.
        drop(children);
        remove_containers();
    })
    .map_err(|error| Failure::Failed(error.to_string()))
}

/// Returns true if the user has interrupted xtask.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// A child process that doesn't outlive xtask, with everything it started.
pub struct Guarded {
    pub child: Child,
    _guard: Guard,
}

impl Guarded {
    pub fn spawn(command: &mut Command) -> std::io::Result<Self> {
        own_group(command);
        let watchdog = Watchdog::start();
        let mut children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
        // An interrupt between two children found none to end.
        if interrupted() {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let child = command.spawn()?;
        let group = child.id();
        children.insert(group);
        let watchdog = watchdog.map(|watchdog| watchdog.watch(group));
        let guard = Guard {
            group,
            _watchdog: watchdog,
        };
        Ok(Self {
            child,
            _guard: guard,
        })
    }
}

/// Runs a command to its end, guarded; returns its output.
pub fn output(command: &mut Command) -> std::io::Result<std::process::Output> {
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let Guarded { child, _guard } = Guarded::spawn(command)?;
    child.wait_with_output()
}

struct Guard {
    group: u32,
    _watchdog: Option<Watchdog>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
        children.remove(&self.group);
    }
}

/// A shell that ends a process group if xtask is killed: the pipe to it is then closed before a
/// second line.
struct Watchdog(Child);

impl Watchdog {
    /// Starts it before the group exists. Without a shell, a killed xtask's children just finish.
    #[cfg(unix)]
    fn start() -> Option<Self> {
        const SCRIPT: &str = "read -r group || exit; read -r end || kill -s TERM -- \"-$group\"";
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SCRIPT]);
        shell.stdin(Stdio::piped()).stdout(Stdio::null());
        own_group(&mut shell);
        shell.stderr(Stdio::null()).spawn().ok().map(Self)
    }

    #[cfg(not(unix))]
    fn start() -> Option<Self> {
        None
    }

    fn watch(mut self, group: u32) -> Self {
        self.send(&format!("{group}\n"));
        self
    }

    fn send(&mut self, line: &str) {
        if let Some(stdin) = &mut self.0.stdin {
            // A watchdog that has been killed watches nothing.
            let _ = stdin.write_all(line.as_bytes());
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.send("end\n");
        // Waiting closes the pipe.
        let _ = self.0.wait();
    }
}

/// Removes the containers that still run after `PATIENCE`, by force.
fn remove_containers() {
    let running = || {
        let containers = CONTAINERS.lock().unwrap_or_else(PoisonError::into_inner);
        containers.clone()
    };
    if running().is_empty() {
        return;
    }
    std::thread::sleep(PATIENCE);
    for (name, engine) in running() {
        remove(&engine, &name);
    }
}

fn remove(engine: &str, name: &str) {
    // A container that is already gone is not an error.
    let _ = Command::new(engine)
        .args(["rm", "--force", name])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// A container that doesn't outlive an interrupt, whatever its state: the engine's client may
/// have ended between creating the container and starting it.
pub struct GuardedContainer {
    name: String,
    engine: String,
}

impl GuardedContainer {
    /// Registers the container; call this before starting it.
    pub fn new(engine: &str, name: &str) -> Self {
        let mut containers = CONTAINERS.lock().unwrap_or_else(PoisonError::into_inner);
        containers.insert(name.to_owned(), engine.to_owned());
        Self {
            name: name.to_owned(),
            engine: engine.to_owned(),
        }
    }
}

impl Drop for GuardedContainer {
    fn drop(&mut self) {
        if interrupted() {
            remove(&self.engine, &self.name);
        }
        let mut containers = CONTAINERS.lock().unwrap_or_else(PoisonError::into_inner);
        containers.remove(&self.name);
    }
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    // cargo's own children must end too: they are signalled as a process group.
    command.process_group(0);
}

#[cfg(unix)]
fn end_group(group: u32) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    if let Ok(group) = i32::try_from(group) {
        // A group that is already gone is not an error.
        let _ = killpg(Pid::from_raw(group), Signal::SIGTERM);
    }
}

#[cfg(not(unix))]
fn own_group(_command: &mut Command) {
    // The console sends Ctrl-C to every process attached to it.
}

#[cfg(not(unix))]
fn end_group(_group: u32) {}
