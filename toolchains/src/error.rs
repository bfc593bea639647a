// SPDX-License-Identifier: MIT
//! The error for something that was not found on this machine.

use std::fmt;

/// A failed search: the missing thing, the searched paths, and the fixes. `Display` prints the
/// complete message for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The error: what failed.
    pub what: String,
    /// Every path that was searched, with the result.
    pub searched: Vec<String>,
    /// Output of a program, line by line.
    pub output: Vec<String>,
    /// Commands or settings that fix it, best first.
    pub fixes: Vec<String>,
}

impl Error {
    /// Creates an error with a message only.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            searched: Vec::new(),
            output: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Adds a path that was searched.
    #[must_use]
    pub fn searched(mut self, place: impl Into<String>) -> Self {
        self.searched.push(place.into());
        self
    }

    /// Adds the end of a program's output, up to a maximum of lines.
    #[must_use]
    pub fn output(mut self, output: &str) -> Self {
        const MOST: usize = 40;
        let lines: Vec<&str> = output.lines().filter(|l| !l.trim().is_empty()).collect();
        let end = &lines[lines.len().saturating_sub(MOST)..];
        self.output
            .extend(end.iter().map(|line| (*line).to_owned()));
        self
    }

    /// Adds the searched paths, output and fixes of another search for the same thing.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.searched.extend(other.searched);
        self.output.extend(other.output);
        self.fixes.extend(other.fixes);
        self
    }

    /// Adds a fix.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fixes.push(fix.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for place in &self.searched {
            write!(f, "\n  searched: {place}")?;
        }
        for line in &self.output {
            write!(f, "\n  | {line}")?;
        }
        for fix in &self.fixes {
            write!(f, "\n  help: {fix}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn message_lists_searched_paths_and_fixes() {
        let missing = Error::new("no linker")
            .searched("PATH, for ld")
            .output("first\n\nsecond\n")
            .fix("install ld")
            .fix("set LD");
        assert_eq!(
            missing.to_string(),
            "no linker\n  searched: PATH, for ld\n  | first\n  | second\n  help: install ld\n  help: set LD"
        );
        let long: String = (0..100).map(|n| format!("{n}\n")).collect();
        assert_eq!(Error::new("x").output(&long).output[0], "60");
    }
}
