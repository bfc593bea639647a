// SPDX-License-Identifier: MIT
//! What a machine offers for a target.

use std::path::PathBuf;

use crate::Missing;

/// How a compiler wants its options spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// GCC.
    Gnu,
    /// clang, Apple's clang, `zig c++`.
    Clang,
    /// `cl`, and clang in its guise (`clang-cl`).
    Msvc,
}

impl Family {
    /// The name people know.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gnu => "GCC",
            Self::Clang => "clang",
            Self::Msvc => "MSVC",
        }
    }
}

/// A program and the words that always follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// The program.
    pub program: PathBuf,
    /// Words that always follow it.
    pub args: Vec<String>,
}

impl Tool {
    /// A program that needs no words.
    pub fn plain(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
        }
    }

    /// How a user would type it.
    pub fn command(&self) -> String {
        let mut words = vec![self.program.display().to_string()];
        words.extend(self.args.iter().cloned());
        words.join(" ")
    }
}

/// Where a compiler comes from, as far as that decides what it must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The system's, or one that a variable names: the plan says everything.
    System,
    /// zig: it names processors its own way, so it is told them beforehand, and it
    /// links its own C library.
    Zig,
    /// Visual Studio's own `cl`: it needs an environment, which the builders find
    /// with it, so they are not told of it.
    VisualStudio,
    /// Android's NDK: its compiler's name says system, version and processor.
    Ndk,
}

/// A C++ compiler and how it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiler {
    /// The program that is run first (a wrapper such as ccache, where one is set).
    pub program: PathBuf,
    /// Words that always follow it.
    pub args: Vec<String>,
    /// How many words of the command come before the compiler itself, which a wrapper
    /// runs: 1 for `ccache g++`.
    pub wrapper_words: usize,
    /// The variable that named it; `None` when it was found.
    pub variable: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// What CMake is told (`-D`) besides, so that what it knows of a system by itself
    /// is this compiler's too: a toolchain file, an SDK.
    pub cmake: Vec<(String, String)>,
    /// How it was decided on, and what the user should know of that.
    pub notes: Vec<String>,
}

impl Compiler {
    /// A compiler of the system, found by its name.
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

    /// The program and its words alone.
    pub fn tool(&self) -> Tool {
        Tool {
            program: self.program.clone(),
            args: self.args.clone(),
        }
    }

    /// The wrapper and its words; empty if there is none.
    pub fn wrapper(&self) -> Vec<String> {
        let program = self.program.to_string_lossy().into_owned();
        let words = std::iter::once(program).chain(self.args.iter().cloned());
        words.take(self.wrapper_words).collect()
    }

    /// The compiler and its words, without a wrapper.
    pub fn unwrapped(&self) -> Tool {
        match self.wrapper_words.checked_sub(1) {
            None => self.tool(),
            Some(index) => Tool {
                program: PathBuf::from(&self.args[index]),
                args: self.args[index + 1..].to_vec(),
            },
        }
    }

    /// How a user would type it.
    pub fn command(&self) -> String {
        self.tool().command()
    }

    /// Whether its options are spelled as `cl` wants them.
    pub fn speaks_cl(&self) -> bool {
        self.origin == Origin::VisualStudio
            || self.stem_is(|stem| stem == "cl")
            || self.is_clang_cl()
    }

    /// Whether it is clang in the guise of `cl`.
    pub fn is_clang_cl(&self) -> bool {
        self.stem_is(|stem| stem.starts_with("clang-cl"))
    }

    /// The name of a script that stands for it: by it others know how its options are
    /// spelled.
    pub fn script_name(&self) -> &'static str {
        if self.is_clang_cl() {
            "clang-cl"
        } else {
            "compiler"
        }
    }

    /// Asks of the compiler's name.
    fn stem_is(&self, fits: impl Fn(&str) -> bool) -> bool {
        let program = self.unwrapped().program;
        let stem = program.file_stem().unwrap_or_default();
        fits(&stem.to_string_lossy().to_lowercase())
    }
}

/// What a machine offers for one target.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The C++ compiler.
    pub compiler: Compiler,
    /// The C compiler of the same kind, for other crates' C; `None`: unknown.
    pub c_compiler: Option<Tool>,
    /// The archiver that knows the target's objects; `None`: the builders' choice is right.
    pub archiver: Option<Tool>,
    /// The program that rustc calls to link; `None`: rustc's own choice is right.
    pub linker: Option<Tool>,
    /// The words that go before a program of the target to run it here
    /// (empty when it runs as it is; for Android adb and a device, to which it must be
    /// pushed first), or why it can't run.
    pub runner: Result<Vec<String>, Missing>,
    /// The variable by which the user has set the runner, which is then left alone.
    pub runner_variable: Option<String>,
    /// Variables that the runner needs, such as `WINEDEBUG`.
    pub runner_env: Vec<(String, String)>,
}

/// The major version of rustc's own LLVM, from what `rustc -vV` prints; `None` for
/// a rustc without LLVM.
pub fn llvm_of(rustc_version: &str) -> Option<u32> {
    let line = rustc_version
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "))?;
    line.split('.').next()?.parse().ok()
}
