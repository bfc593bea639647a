// SPDX-License-Identifier: MIT
//! The field's look-up order for variables that may be set per target.

use crate::{Machine, Target};

/// The names under which variable `base` is looked up, first wins:
/// `X_<target>`, `X_<target_with_underscores>`, `TARGET_X` (`HOST_X` when the
/// target is the host), `X`.
pub fn names(base: &str, target: &Target, crossing: bool) -> [String; 4] {
    let kind = if crossing { "TARGET" } else { "HOST" };
    [
        format!("{base}_{}", target.triple),
        format!("{base}_{}", target.triple.replace(['-', '.'], "_")),
        format!("{kind}_{base}"),
        base.to_owned(),
    ]
}

/// The first of [`names`] that is set, with its value.
pub fn lookup(
    machine: &dyn Machine,
    base: &str,
    target: &Target,
    crossing: bool,
) -> Option<(String, String)> {
    names(base, target, crossing)
        .into_iter()
        .find_map(|name| machine.var(&name).map(|value| (name, value)))
}

#[cfg(test)]
mod tests {
    use super::lookup;
    use crate::{DescribedMachine, Target};

    #[test]
    fn the_most_specific_name_wins() {
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let all = [
            "CXX_aarch64-unknown-linux-gnu",
            "CXX_aarch64_unknown_linux_gnu",
            "TARGET_CXX",
            "CXX",
        ];
        for first in 0..all.len() {
            let machine = all[first..]
                .iter()
                .fold(DescribedMachine::new("linux", "x86_64"), |m, name| {
                    m.with_var(name, *name)
                });
            let found = lookup(&machine, "CXX", &target, true).unwrap();
            assert_eq!(found.0, all[first]);
        }
        let empty = DescribedMachine::new("linux", "x86_64").with_var("CXX", "");
        assert_eq!(lookup(&empty, "CXX", &target, true), None);
    }
}
