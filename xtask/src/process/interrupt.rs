//! On Ctrl-C, ends the child processes first, then xtask.

use std::collections::{BTreeMap, BTreeSet};
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

/// A child process that an interrupt ends, with everything it started.
pub struct Guarded {
    pub child: Child,
    group: u32,
}

impl Guarded {
    pub fn spawn(command: &mut Command) -> std::io::Result<Self> {
        own_group(command);
        let mut children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
        // An interrupt between two children found none to end.
        if interrupted() {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let child = command.spawn()?;
        let group = child.id();
        children.insert(group);
        Ok(Self { child, group })
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let mut children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
        children.remove(&self.group);
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
