// SPDX-License-Identifier: MIT
//! A fake machine for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Machine, Output};

/// A machine described in code, to test resolution for platforms and toolchains that are not
/// installed. Paths use this machine's syntax, so tests that compare them as text run on Unix only.
#[derive(Clone, Default)]
pub struct FakeMachine {
    os: String,
    arch: String,
    vars: BTreeMap<String, String>,
    files: BTreeMap<PathBuf, String>,
    programs: BTreeMap<PathBuf, Vec<(String, Output)>>,
}

impl FakeMachine {
    /// An empty machine with the given OS and CPU architecture.
    pub fn new(os: &str, arch: &str) -> Self {
        Self {
            os: os.to_owned(),
            arch: arch.to_owned(),
            ..Self::default()
        }
    }

    /// Sets a variable.
    #[must_use]
    pub fn with_var(mut self, name: &str, value: impl Into<String>) -> Self {
        self.vars.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a file, and thereby its directories.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>, text: &str) -> Self {
        self.files.insert(path.into(), text.to_owned());
        self
    }

    /// Adds a program that prints `output` if its arguments, joined by spaces, contain `when`. The
    /// first match applies.
    #[must_use]
    pub fn with_program(mut self, path: impl Into<PathBuf>, when: &str, output: Output) -> Self {
        let path = path.into();
        self.files.entry(path.clone()).or_default();
        self.programs
            .entry(path)
            .or_default()
            .push((when.to_owned(), output));
        self
    }
}

impl Machine for FakeMachine {
    fn os(&self) -> &str {
        &self.os
    }

    fn arch(&self) -> &str {
        &self.arch
    }

    fn var(&self, name: &str) -> Option<String> {
        self.vars
            .get(name)
            .filter(|value| !value.is_empty())
            .cloned()
    }

    fn path(&self) -> Vec<PathBuf> {
        // Split with the separator of the described OS, not of this machine's.
        let separator = if self.os == "windows" { ';' } else { ':' };
        self.var("PATH")
            .map(|list| list.split(separator).map(PathBuf::from).collect())
            .unwrap_or_default()
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.files
            .keys()
            .any(|file| file.starts_with(path) && file != path)
    }

    fn read(&self, path: &Path) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn list(&self, path: &Path) -> Vec<String> {
        let names: BTreeSet<String> = self
            .files
            .keys()
            .filter_map(|file| file.strip_prefix(path).ok())
            .filter_map(|rest| rest.components().next())
            .map(|name| name.as_os_str().to_string_lossy().into_owned())
            .collect();
        names.into_iter().collect()
    }

    fn run(&self, program: &Path, args: &[String], _input: &str) -> Result<Output, String> {
        let line = args.join(" ");
        self.programs
            .get(program)
            .and_then(|answers| answers.iter().find(|(when, _)| line.contains(when)))
            .map(|(_, output)| output.clone())
            .ok_or_else(|| format!("{}: no such program", program.display()))
    }
}
