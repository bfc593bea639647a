//! A machine with extra variables and another OS.

use std::path::{Path, PathBuf};

use snmalloc_toolchains::{Machine, Output};

/// `base` with the changes that the look-up should see.
pub struct StandInMachine<'a> {
    pub base: &'a dyn Machine,
    /// The OS of the SDK, if the look-up needs it.
    pub os: Option<&'static str>,
    pub vars: Vec<(String, String)>,
}

impl Machine for StandInMachine<'_> {
    fn os(&self) -> &str {
        self.os.unwrap_or_else(|| self.base.os())
    }

    fn arch(&self) -> &str {
        self.base.arch()
    }

    fn var(&self, name: &str) -> Option<String> {
        let set = self.vars.iter().find(|(over, _)| over == name);
        set.map_or_else(|| self.base.var(name), |(_, value)| Some(value.clone()))
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

    fn run_compiler(&self, program: &Path, args: &[String], input: &str) -> Result<Output, String> {
        self.base.run_compiler(program, args, input)
    }

    fn run(&self, program: &Path, args: &[String], input: &str) -> Result<Output, String> {
        self.base.run(program, args, input)
    }

    fn path(&self) -> Vec<PathBuf> {
        std::env::split_paths(&self.var("PATH").unwrap_or_default()).collect()
    }
}
