// SPDX-License-Identifier: MIT
//! Access to the machine: variables, files, programs.

#[cfg(feature = "full")]
mod fake;
mod output_dir;
#[cfg(feature = "full")]
mod overlay;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

#[cfg(feature = "full")]
pub use fake::FakeMachine;
use output_dir::OutputDir;
#[cfg(feature = "full")]
pub use overlay::Overlay;

/// The result of a program that was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// It exited with code 0.
    pub success: bool,
    /// Its standard output, decoded lossily.
    pub stdout: String,
    /// Its standard error, decoded lossily.
    pub stderr: String,
}

/// Read-only access to a machine.
pub trait Machine {
    /// This machine's OS, in the spelling of `target_os`.
    fn os(&self) -> &str;
    /// This machine's CPU architecture, in the spelling of `target_arch`.
    fn arch(&self) -> &str;
    /// An environment variable; empty counts as unset.
    fn var(&self, name: &str) -> Option<String>;
    /// Returns true if `path` is a file (symbolic links are followed).
    fn is_file(&self, path: &Path) -> bool;
    /// Returns true if `path` is a directory (symbolic links are followed).
    fn is_dir(&self, path: &Path) -> bool;
    /// The text of a file.
    fn read(&self, path: &Path) -> Option<String>;
    /// The names in a directory, sorted; empty if it can't be read.
    fn list(&self, path: &Path) -> Vec<String>;
    /// Runs a program with `input` on its standard input.
    ///
    /// # Errors
    /// The reason why it could not be started.
    fn run(&self, program: &Path, args: &[String], input: &str) -> Result<Output, String>;

    /// The directory for output files of compiler probes.
    ///
    /// # Errors
    /// It can't be created or written; the message contains the path.
    fn output_dir(&self) -> Result<PathBuf, String> {
        Ok(PathBuf::new())
    }

    /// Runs a compiler and discards its output file; adds `-o` and a path.
    ///
    /// # Errors
    /// As [`Machine::run`].
    fn run_compiler(&self, program: &Path, args: &[String], input: &str) -> Result<Output, String> {
        let output = ["-o", "/dev/null"].map(str::to_owned);
        self.run(program, &[args, &output].concat(), input)
    }

    /// The directories of `PATH`.
    fn path(&self) -> Vec<PathBuf> {
        let list = self.var("PATH").unwrap_or_default();
        std::env::split_paths(&list).collect()
    }

    /// The first file of that name in `PATH` (adds `.exe` on Windows). A name that contains a
    /// directory is used as a path.
    fn find_program(&self, name: &str) -> Option<PathBuf> {
        let names = match self.os() {
            "windows" if !name.ends_with(".exe") => {
                vec![
                    format!("{name}.exe"),
                    format!("{name}.cmd"),
                    name.to_owned(),
                ]
            }
            _ => vec![name.to_owned()],
        };
        let dirs = if name.contains('/') || name.contains('\\') {
            vec![PathBuf::new()]
        } else {
            self.path()
        };
        dirs.iter()
            .flat_map(|dir| names.iter().map(move |name| dir.join(name)))
            .find(|candidate| self.is_file(candidate))
    }
}

/// The machine this program runs on. It records which variables were read, so that a build script
/// can report its dependencies, and caches the output of programs, so that many targets cost no
/// more runs than one.
#[derive(Default)]
pub struct RealMachine {
    asked: Mutex<BTreeSet<String>>,
    // A list: there are few, and another kind of map would cost each downstream build more.
    answers: Mutex<Vec<(Question, Arc<OnceLock<Answer>>)>>,
    output_dir: OutputDir,
}

/// A program, its arguments, its input.
type Question = (PathBuf, Vec<String>, String);
type Answer = Result<Output, String>;

/// Ignores poisoning: a panic in another thread leaves the data valid.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RealMachine {
    /// Creates access to this machine.
    pub fn new() -> Self {
        Self::default()
    }

    /// Like [`RealMachine::new`]; compiler probes write to `dir`.
    pub fn with_output_dir(dir: PathBuf) -> Self {
        Self {
            output_dir: OutputDir::given(dir),
            ..Self::default()
        }
    }

    /// Every variable that has been read so far, sorted.
    pub fn variables_asked(&self) -> Vec<String> {
        lock(&self.asked).iter().cloned().collect()
    }
}

impl Machine for RealMachine {
    fn os(&self) -> &str {
        std::env::consts::OS
    }

    fn arch(&self) -> &str {
        std::env::consts::ARCH
    }

    fn var(&self, name: &str) -> Option<String> {
        lock(&self.asked).insert(name.to_owned());
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn path(&self) -> Vec<PathBuf> {
        // Not through `var`: a PATH that isn't Unicode must still be searched.
        let list = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&list).collect()
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn read(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }

    fn list(&self, path: &Path) -> Vec<String> {
        let mut names = BTreeSet::new();
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            names.extend(entry.file_name().into_string().ok());
        }
        names.into_iter().collect()
    }

    fn output_dir(&self) -> Result<PathBuf, String> {
        self.output_dir.get()
    }

    fn run_compiler(&self, program: &Path, args: &[String], input: &str) -> Result<Output, String> {
        // With `/dev/null` as output, zig leaves a file in the working directory. The number is
        // unique, since several probes may run in parallel.
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file = self.output_dir()?.join(format!("probe-{number}.o"));
        let output = ["-o".to_owned(), file.display().to_string()];
        let result = self.run(program, &[args, &output].concat(), input);
        // The file doesn't exist if the compilation failed.
        let _ = std::fs::remove_file(&file);
        result
    }

    fn run(&self, program: &Path, args: &[String], input: &str) -> Result<Output, String> {
        let question = (program.to_owned(), args.to_vec(), input.to_owned());
        // Concurrent callers with the same question wait for this run; others don't.
        let answer = {
            let mut answers = lock(&self.answers);
            match answers.iter().find(|(asked, _)| *asked == question) {
                Some((_, answer)) => Arc::clone(answer),
                None => {
                    let answer = Arc::default();
                    answers.push((question, Arc::clone(&answer)));
                    answer
                }
            }
        };
        answer
            .get_or_init(|| really_run(program, args, input))
            .clone()
    }
}

fn really_run(program: &Path, args: &[String], input: &str) -> Result<Output, String> {
    let explain = |error: std::io::Error| format!("{}: {error}", program.display());
    let mut child = Command::new(program)
        .args(args)
        // Messages are parsed, so they must not be translated.
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(explain)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that doesn't read its input closes the pipe, which is not an error.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(explain)?;
    Ok(Output {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
