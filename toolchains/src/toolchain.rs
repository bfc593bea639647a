// SPDX-License-Identifier: MIT
//! The toolchain of a machine for a target.

use std::path::PathBuf;

#[cfg(feature = "full")]
use crate::Error;
use crate::Machine;

/// Option syntax of a compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// GCC.
    Gnu,
    /// clang, Apple's clang, `zig c++`.
    Clang,
    /// `cl`, and clang with its syntax (`clang-cl`).
    Msvc,
}

impl Family {
    /// The usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gnu => "GCC",
            Self::Clang => "clang",
            Self::Msvc => "MSVC",
        }
    }
}

/// A program and its leading arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// The program.
    pub program: PathBuf,
    /// Arguments that always follow it.
    pub args: Vec<String>,
}

impl Tool {
    /// A program without arguments.
    pub fn plain(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
        }
    }

    /// The command as a user would type it.
    pub fn command(&self) -> String {
        let mut words = vec![self.program.display().to_string()];
        words.extend(self.args.iter().cloned());
        words.join(" ")
    }
}

/// Origin of a compiler, if it affects the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The OS's compiler, or one that a variable names: the plan contains all arguments.
    System,
    /// zig: its names of CPUs differ, so the find step adds them, and it links its own C library.
    Zig,
    /// Visual Studio's own `cl`: it needs an environment, which the builders find with it
    /// themselves.
    VisualStudio,
    /// Android's NDK: the compiler's name contains OS, version and CPU.
    Ndk,
}

/// A C++ compiler and its leading arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiler {
    /// The program to run (a wrapper such as ccache, if one is set).
    pub program: PathBuf,
    /// Arguments that always follow it.
    pub args: Vec<String>,
    /// Number of leading words of the command that belong to a wrapper: 1 for `ccache g++`.
    pub wrapper_words: usize,
    /// The variable that names it; `None` if it was found.
    pub variable: Option<String>,
    /// Its origin.
    pub origin: Origin,
    /// Further definitions (`-D`) for CMake, so that its own platform settings match this compiler:
    /// a toolchain file, an SDK.
    pub cmake: Vec<(String, String)>,
    /// Notes for the user on how it was chosen.
    pub notes: Vec<String>,
}

impl Compiler {
    /// A compiler on this machine, found by its name.
    pub fn found(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            wrapper_words: 0,
            variable: None,
            origin: Origin::System,
            cmake: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The program and its arguments alone.
    pub fn tool(&self) -> Tool {
        Tool {
            program: self.program.clone(),
            args: self.args.clone(),
        }
    }

    /// The wrapper and its arguments; empty if there is none.
    pub fn wrapper(&self) -> Vec<String> {
        let program = self.program.to_string_lossy().into_owned();
        let words = std::iter::once(program).chain(self.args.iter().cloned());
        words.take(self.wrapper_words).collect()
    }

    /// The compiler and its arguments, without a wrapper.
    pub fn unwrapped(&self) -> Tool {
        match self.wrapper_words.checked_sub(1) {
            None => self.tool(),
            Some(index) => Tool {
                program: PathBuf::from(&self.args[index]),
                args: self.args[index + 1..].to_vec(),
            },
        }
    }

    /// The Android NDK that contains the compiler, also if a variable names it.
    pub fn ndk(&self, machine: &dyn Machine) -> Option<PathBuf> {
        let program = self.unwrapped().program;
        let mut dirs = program.ancestors().skip(1);
        let ndk = dirs.find(|dir| machine.is_file(&dir.join("source.properties")))?;
        Some(ndk.to_owned())
    }

    /// The command as a user would type it.
    pub fn command(&self) -> String {
        self.tool().command()
    }

    /// Returns true if it uses `cl`'s option syntax.
    pub fn speaks_cl(&self) -> bool {
        self.origin == Origin::VisualStudio
            || self.stem_is(|stem| stem == "cl")
            || self.is_clang_cl()
    }

    /// Returns true if it is clang with `cl`'s syntax.
    pub fn is_clang_cl(&self) -> bool {
        self.stem_is(|stem| stem.starts_with("clang-cl"))
    }

    /// The file name of a wrapper script for it, from which other programs derive its option
    /// syntax.
    pub fn script_name(&self) -> &'static str {
        if self.is_clang_cl() {
            "clang-cl"
        } else {
            "compiler"
        }
    }

    /// Tests the compiler's file name.
    fn stem_is(&self, fits: impl Fn(&str) -> bool) -> bool {
        let program = self.unwrapped().program;
        let stem = program.file_stem().unwrap_or_default();
        fits(&stem.to_string_lossy().to_lowercase())
    }
}

/// The tools of a machine for one target.
#[derive(Clone, Debug)]
#[cfg(feature = "full")]
pub struct Toolchain {
    /// The C++ compiler.
    pub compiler: Compiler,
    /// The C compiler of the same toolchain, for other crates' C; `None` if unknown.
    pub c_compiler: Option<Tool>,
    /// The archiver for the target's objects; `None` leaves the choice to the builders.
    pub archiver: Option<Tool>,
    /// The linker for rustc; `None` leaves the choice to rustc.
    pub linker: Option<Tool>,
    /// The leading arguments that run a program of the target here, or the reason why it can't run.
    /// Empty if it runs natively; for Android adb and a device, to which the program must be pushed
    /// first.
    pub runner: Result<Vec<String>, Error>,
    /// The variable with which the user has set the runner; it is left unchanged then.
    pub runner_variable: Option<String>,
    /// Variables that the runner needs, such as `WINEDEBUG`.
    pub runner_env: Vec<(String, String)>,
}

/// The major version of rustc's own LLVM, from the output of `rustc -vV`; `None` for a rustc
/// without LLVM.
pub fn llvm_of(rustc_version: &str) -> Option<u32> {
    let line = rustc_version
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "))?;
    line.split('.').next()?.parse().ok()
}
