//! Chooses the fixes to apply first if much is missing.

use std::collections::BTreeMap;
use std::fmt;

/// One fix, and the targets that it fixes something for.
#[derive(Debug, PartialEq, Eq)]
pub struct Fix {
    pub fix: String,
    pub targets: Vec<String>,
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.targets.len();
        let targets = if count == 1 { "target" } else { "targets" };
        write!(f, "{}: fixes {count} {targets}", self.fix)?;
        // Name the targets if there are few, or if the fix differs for each.
        if count <= 3 || each_its_own(&self.fix) {
            write!(f, ": {}", self.targets.join(", "))?;
        }
        Ok(())
    }
}

const TARGET: &str = "<target>";
const UPPER: &str = "<TARGET>";

fn each_its_own(fix: &str) -> bool {
    fix.contains(TARGET) || fix.contains(UPPER)
}

/// Finds few fixes that resolve every miss (a target, and fixes any one of which resolves it),
/// greedily: takes the fix that resolves the most each time. Fixes that differ only in the
/// target's name count as one.
pub fn first_fixes(misses: &[(&str, &[String])]) -> Vec<Fix> {
    let mut left: Vec<(&str, Vec<String>)> = misses
        .iter()
        .map(|(target, fixes)| {
            let fixes = fixes.iter().map(|fix| for_any(fix, target)).collect();
            (*target, fixes)
        })
        .collect();
    let mut first_fixes = Vec::new();
    loop {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for fix in left.iter().flat_map(|(_, fixes)| fixes) {
            *counts.entry(fix).or_default() += 1;
        }
        // Fixes that each target needs separately come after those that are applied once.
        let weight = |(fix, count): &(&&String, &usize)| (!each_its_own(fix), **count);
        let Some(best) = counts
            .iter()
            .max_by_key(weight)
            .map(|(fix, _)| (*fix).clone())
        else {
            return first_fixes;
        };
        let mut targets: Vec<String> = Vec::new();
        left.retain(|(target, fixes)| {
            let fixed = fixes.contains(&best);
            if fixed && !targets.iter().any(|known| known == target) {
                targets.push((*target).to_owned());
            }
            !fixed
        });
        first_fixes.push(Fix { fix: best, targets });
    }
}

/// Replaces the target's name in a fix with a placeholder, in any of its spellings.
fn for_any(fix: &str, target: &str) -> String {
    let underscores = target.replace(['-', '.'], "_");
    fix.replace(target, TARGET)
        .replace(&underscores, TARGET)
        .replace(&underscores.to_uppercase(), UPPER)
}

#[cfg(test)]
mod tests {
    use super::first_fixes;

    #[test]
    fn most_effective_fix_comes_first() {
        let lines = |lines: &[&str]| -> Vec<String> {
            lines.iter().map(|line| (*line).to_owned()).collect()
        };
        let a = lines(&["install gcc-a", "install zig", "set CXX_a_x to one"]);
        let b = lines(&["install gcc-b", "install zig", "set CXX_b_x to one"]);
        let c = lines(&["set CXX_c_x to one"]);
        let d = lines(&["set CXX_d_x to one"]);
        let std = lines(&["add a-x"]);
        let fixes = first_fixes(&[
            ("a-x", &a),
            ("a-x", &std),
            ("b-x", &b),
            ("c-x", &c),
            ("d-x", &d),
        ]);
        let lines: Vec<String> = fixes.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "install zig: fixes 2 targets: a-x, b-x",
                "set CXX_<target> to one: fixes 2 targets: c-x, d-x",
                "add <target>: fixes 1 target: a-x",
            ]
        );
    }
}
