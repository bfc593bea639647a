//! Runs a program on an Android device: pushes it there, and returns its exit code.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::Context as _;

use crate::failure::Failure;
use crate::plan::cargo_command::ON_DEVICE;
use crate::process::quote;
use crate::runners::android_std::SHARED_STD;

/// A directory on the device where programs can be stored and run without root.
const BASE: &str = "/data/local/tmp";

pub fn run(device: &Device, program: &Path, args: &[String]) -> Result<(), Failure> {
    let name = program.file_name().context("a program")?.to_string_lossy();
    // cargo may run several programs in parallel.
    let dir = format!("{BASE}/snmalloc-rs-{}", std::process::id());
    device.must(&["shell", &format!("mkdir -p {dir}")])?;
    let result = device.run_in(&dir, program, &name, args);
    // Best effort: only the program's own result counts.
    let _ = device.adb(&["shell", &format!("rm -rf {dir}")]);
    match result?.code() {
        Some(0) => Ok(()),
        code => Err(Failure::Reported(
            code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        )),
    }
}

/// A device that adb is connected to.
pub struct Device {
    pub adb: PathBuf,
    pub serial: String,
}

impl Device {
    fn run_in(
        &self,
        dir: &str,
        program: &Path,
        name: &str,
        args: &[String],
    ) -> Result<ExitStatus, Failure> {
        let library = program.with_file_name(SHARED_STD);
        let files = [
            Some(program.to_owned()),
            Some(library).filter(|f| f.is_file()),
        ];
        for file in files.into_iter().flatten() {
            self.must(&["push", &file.display().to_string(), &format!("{dir}/")])?;
        }
        // `adb shell` sends one line to the device's shell: quote the arguments for it.
        let program = format!("./{name}");
        let command = std::iter::once(&program).chain(args);
        let command: Vec<_> = command.map(|arg| quote::sh(arg)).collect();
        let line = format!(
            "cd {dir} && chmod 755 {} && LD_LIBRARY_PATH=. {}",
            quote::sh(name),
            command.join(" ")
        );
        self.adb(&["shell", &line])
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.adb);
        command.args(["-s", &self.serial]).args(args);
        command
    }

    /// Runs adb with our stdin and stdout, which `shell` connects to the program.
    fn adb(&self, args: &[&str]) -> Result<ExitStatus, Failure> {
        Ok(self
            .command(args)
            .status()
            .with_context(|| format!("{} can't be run", self.adb.display()))?)
    }

    /// Runs adb for its effect; its output is only shown if it fails.
    fn must(&self, args: &[&str]) -> Result<(), Failure> {
        let output = self
            .command(args)
            .output()
            .with_context(|| format!("{} can't be run", self.adb.display()))?;
        if output.status.success() {
            return Ok(());
        }
        let output = [output.stdout, output.stderr].concat();
        Err(Failure::Failed(format!(
            "adb {} failed: {}",
            args[0],
            String::from_utf8_lossy(&output).trim()
        )))
    }
}

/// The runner's arguments for cargo, from the toolchain's adb and the device's serial
/// number.
pub fn runner(adb_and_serial: &[String]) -> anyhow::Result<Vec<String>> {
    let own: PathBuf = std::env::current_exe().context("xtask's own program")?;
    let mut args = vec![own.display().to_string(), ON_DEVICE.to_owned()];
    args.extend(adb_and_serial.iter().cloned());
    Ok(args)
}
