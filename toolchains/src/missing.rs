// SPDX-License-Identifier: MIT
//! Something that is not on this machine.

use std::fmt;

/// What was looked for, where, and how to get it. Displayed, it is the one
/// message that a user needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The sentence: what is wrong.
    pub what: String,
    /// Every place that was looked at, with what was found there.
    pub looked: Vec<String>,
    /// What a program said of it, line by line.
    pub said: Vec<String>,
    /// Commands or settings that mend it, best first.
    pub fixes: Vec<String>,
}

impl Missing {
    /// Nothing but the sentence.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            looked: Vec::new(),
            said: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Adds a place that was looked at.
    #[must_use]
    pub fn looked(mut self, place: impl Into<String>) -> Self {
        self.looked.push(place.into());
        self
    }

    /// Adds the end of what a program said: as many lines as a message can hold.
    #[must_use]
    pub fn said(mut self, output: &str) -> Self {
        const MOST: usize = 40;
        let lines: Vec<&str> = output.lines().filter(|l| !l.trim().is_empty()).collect();
        let end = &lines[lines.len().saturating_sub(MOST)..];
        self.said.extend(end.iter().map(|line| (*line).to_owned()));
        self
    }

    /// Adds what another search, for the same thing, has looked at and would mend.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.looked.extend(other.looked);
        self.said.extend(other.said);
        self.fixes.extend(other.fixes);
        self
    }

    /// Adds a way to mend it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fixes.push(fix.into());
        self
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for place in &self.looked {
            write!(f, "\n  searched: {place}")?;
        }
        for line in &self.said {
            write!(f, "\n  | {line}")?;
        }
        for fix in &self.fixes {
            write!(f, "\n  help: {fix}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Missing {}

#[cfg(test)]
mod tests {
    use super::Missing;

    #[test]
    fn one_message_tells_all() {
        let missing = Missing::new("no linker")
            .looked("PATH, for ld")
            .said("first\n\nsecond\n")
            .fix("install ld")
            .fix("set LD");
        assert_eq!(
            missing.to_string(),
            "no linker\n  searched: PATH, for ld\n  | first\n  | second\n  help: install ld\n  help: set LD"
        );
        let long: String = (0..100).map(|n| format!("{n}\n")).collect();
        assert_eq!(Missing::new("x").said(&long).said[0], "60");
    }
}
