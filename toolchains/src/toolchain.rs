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
}

impl Family {
    /// The name people know.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gnu => "GCC",
            Self::Clang => "clang",
        }
    }
}

/// A C++ compiler and how it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiler {
    /// The program that is run first (a wrapper such as ccache, where one is set).
    pub program: PathBuf,
    /// Words that always follow it.
    pub args: Vec<String>,
    /// The variable that named it; `None` when it was found in `PATH`.
    pub variable: Option<String>,
}

impl Compiler {
    /// How a user would type it.
    pub fn command(&self) -> String {
        let mut words = vec![self.program.display().to_string()];
        words.extend(self.args.iter().cloned());
        words.join(" ")
    }
}

/// What a machine offers for one target.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The C++ compiler.
    pub compiler: Compiler,
    /// The program that rustc calls to link; `None`: rustc's own choice is right.
    pub linker: Option<PathBuf>,
    /// The words that go before a program of the target to run it here
    /// (empty when it runs as it is), or why it can't run.
    pub runner: Result<Vec<String>, Missing>,
}
