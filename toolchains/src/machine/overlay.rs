// SPDX-License-Identifier: MIT
//! A machine with some variables, and maybe the OS, replaced.

use std::path::{Path, PathBuf};

use super::{Machine, Output};

/// `base` with the variables in `vars` replaced: makes command-line options look like environment
/// variables. Programs that it runs don't see them.
pub struct Overlay<'a> {
    /// The machine that answers everything else.
    pub base: &'a dyn Machine,
    /// Names and values that override the base's.
    pub vars: Vec<(String, String)>,
    /// The OS that overrides the base's, if any.
    pub os: Option<&'static str>,
}

impl Machine for Overlay<'_> {
    fn os(&self) -> &str {
        self.os.unwrap_or_else(|| self.base.os())
    }

    fn arch(&self) -> &str {
        self.base.arch()
    }

    fn var(&self, name: &str) -> Option<String> {
        match self.vars.iter().find(|(over, _)| over == name) {
            Some((_, value)) => Some(value.clone()).filter(|value| !value.is_empty()),
            None => self.base.var(name),
        }
    }

    fn path(&self) -> Vec<PathBuf> {
        match self.vars.iter().find(|(over, _)| over == "PATH") {
            Some((_, value)) => std::env::split_paths(value).collect(),
            None => self.base.path(),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.base.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.base.is_dir(path)
    }

    fn read(&self, path: &Path) -> Option<String> {
        self.base.read(path)
    }

    fn list(&self, path: &Path) -> Vec<String> {
        self.base.list(path)
    }

    fn output_dir(&self) -> Result<PathBuf, String> {
        self.base.output_dir()
    }

    fn run_compiler(&self, program: &Path, args: &[String], input: &str) -> Result<Output, String> {
        self.base.run_compiler(program, args, input)
    }

    fn run(&self, program: &Path, args: &[String], input: &str) -> Result<Output, String> {
        self.base.run(program, args, input)
    }
}

#[cfg(test)]
mod tests {
    use super::Overlay;
    use crate::{FakeMachine, Machine as _};

    #[test]
    fn only_the_named_variables_differ() {
        let base = FakeMachine::new("linux", "x86_64")
            .with_var("A", "1")
            .with_var("B", "2")
            .with_file("/f", "text");
        let over = Overlay {
            base: &base,
            vars: [("A", "3"), ("B", ""), ("C", "4")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            os: None,
        };
        assert_eq!(over.var("A").as_deref(), Some("3"));
        assert_eq!(over.var("B"), None, "empty is unset");
        assert_eq!(over.var("C").as_deref(), Some("4"));
        assert_eq!(over.read("/f".as_ref()).as_deref(), Some("text"));
        assert_eq!((over.os(), over.arch()), ("linux", "x86_64"));

        let other = Overlay {
            base: &base,
            vars: vec![("PATH".to_owned(), "/bin".to_owned())],
            os: Some("macos"),
        };
        assert_eq!((other.os(), other.path()), ("macos", vec!["/bin".into()]));
    }
}
