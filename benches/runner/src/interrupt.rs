//! Ctrl-C ends the children first, then the runner.

use std::collections::BTreeSet;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::failure::Failure;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static CHILDREN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// From now on, passes interrupts and requests to terminate to the children.
pub fn install() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
        for group in children.iter() {
            signal(*group, Signal::Terminate);
        }
    })
    .map_err(|error| Failure::Failed(error.to_string()))
}

/// Returns true after the user has interrupted the run.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// A child process that an interrupt ends, with all its descendants.
pub struct Guarded {
    pub child: Child,
    group: u32,
}

impl Guarded {
    pub fn spawn(command: &mut Command) -> std::io::Result<Self> {
        own_group(command);
        let mut children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
        // An interrupt between two children has found no child to end.
        if interrupted() {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let child = command.spawn()?;
        let group = child.id();
        children.insert(group);
        Ok(Self { child, group })
    }

    /// Kills it, with all its descendants.
    pub fn kill(&mut self) -> std::io::Result<()> {
        signal(self.group, Signal::Kill);
        self.child.kill()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let mut children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
        children.remove(&self.group);
    }
}

enum Signal {
    Terminate,
    Kill,
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    // cargo's own children must end too: a signal reaches them through their group.
    command.process_group(0);
}

#[cfg(unix)]
fn signal(group: u32, signal: Signal) {
    use nix::sys::signal::{self, killpg};
    use nix::unistd::Pid;
    let signal = match signal {
        Signal::Terminate => signal::Signal::SIGTERM,
        Signal::Kill => signal::Signal::SIGKILL,
    };
    if let Ok(group) = i32::try_from(group) {
        // It is not an error if the group has ended already.
        let _ = killpg(Pid::from_raw(group), signal);
    }
}

#[cfg(not(unix))]
fn own_group(_command: &mut Command) {
    // The console sends Ctrl-C to every process that is attached to it.
}

#[cfg(not(unix))]
fn signal(_group: u32, _signal: Signal) {}
