//! Tests that skipped themselves because something is missing on this machine.

use std::collections::{BTreeMap, BTreeSet};

/// The count of each reason, and the tests that gave one.
#[derive(Default)]
pub struct SkippedTests {
    reasons: BTreeMap<String, usize>,
    tests: BTreeSet<String>,
}

impl SkippedTests {
    /// Adds a line that a test prints when it skips itself, `skipped: TEST: REASON`; ignores
    /// other lines.
    pub fn add_line(&mut self, line: &str) {
        let skip = line.strip_prefix("skipped: ");
        if let Some((test, why)) = skip.and_then(|skip| skip.split_once(": ")) {
            *self.reasons.entry(why.to_owned()).or_default() += 1;
            self.tests.insert(test.to_owned());
        }
    }

    /// The number of tests that skipped themselves.
    pub fn tests(&self) -> u64 {
        self.tests.len() as u64
    }

    /// Summarizes the skips in one line, the most frequent reason first; `None` if there are
    /// none.
    pub fn summary(&self) -> Option<String> {
        let count: usize = self.reasons.values().sum();
        let mut reasons: Vec<(&String, &usize)> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let reasons = reasons
            .iter()
            .map(|(why, count)| format!("{why} ({count})"));
        let reasons: Vec<String> = reasons.collect();
        (count > 0).then(|| format!("{count} skips: {}", reasons.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::SkippedTests;

    #[test]
    fn reasons_are_counted() {
        let mut skips = SkippedTests::default();
        assert_eq!(skips.summary(), None);
        for line in [
            "skipped: LTO: this machine has no clang++",
            "test a ... ok",
            "skipped: images: no container engine answers",
            "skipped: the documents' commands: this machine has no clang++",
        ] {
            skips.add_line(line);
        }
        assert_eq!(
            skips.summary().unwrap(),
            "3 skips: this machine has no clang++ (2), no container engine answers (1)"
        );
    }
}
