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
    /// Commands or settings that mend it, best first.
    pub fixes: Vec<String>,
}

impl Missing {
    /// Nothing but the sentence.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            looked: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Adds a place that was looked at.
    #[must_use]
    pub fn looked(mut self, place: impl Into<String>) -> Self {
        self.looked.push(place.into());
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
            write!(f, "\n  looked at: {place}")?;
        }
        for (index, fix) in self.fixes.iter().enumerate() {
            let label = if index == 0 { "to fix:" } else { "    or:" };
            write!(f, "\n  {label} {fix}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Missing {}
