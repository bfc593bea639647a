//! The tables of platforms, with the rung that each has reached.

use snmalloc_toolchains::catalog::{self, Entry};
use snmalloc_toolchains::{Rung, Target};

/// A platform with its targets.
struct System {
    name: &'static str,
    entries: Vec<&'static Entry>,
}

impl System {
    fn count(&self, rung: Rung) -> usize {
        let on_it = self.entries.iter().filter(|entry| entry.rung == rung);
        on_it.count()
    }

    fn best(&self) -> Rung {
        let rungs = self.entries.iter().map(|entry| entry.rung);
        rungs.max().unwrap_or(Rung::Refused)
    }
}

/// The platforms, sorted by the highest rung first.
fn systems() -> Vec<System> {
    let mut systems: Vec<System> = Vec::new();
    for entry in catalog::ENTRIES {
        let Some(target) = Target::from_triple(entry.triple) else {
            continue;
        };
        let name = catalog::system(&target);
        match systems.iter_mut().find(|system| system.name == name) {
            Some(system) => system.entries.push(entry),
            None => systems.push(System {
                name,
                entries: vec![entry],
            }),
        }
    }
    systems.sort_by_key(|system| {
        let counts = [Rung::Tested, Rung::Linked, Rung::Compiled].map(|rung| system.count(rung));
        std::cmp::Reverse((system.best(), counts))
    });
    systems
}

/// The table of platforms, with the number of targets on each rung.
pub fn system_table() -> String {
    let mut table = String::from("| system | targets |\n|---|---|\n");
    for system in systems() {
        let counts: Vec<String> = Rung::ALL
            .into_iter()
            .rev()
            .map(|rung| (system.count(rung), rung.name()))
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        table.push_str(&format!("| {} | {} |\n", system.name, counts.join(", ")));
    }
    table
}

/// The table of platforms without a program that runs in this project's CI, with the command
/// to run on such a machine.
pub fn elsewhere_table() -> String {
    let mut table = String::from("| system | on a machine with it |\n|---|---|\n");
    for system in systems() {
        if matches!(system.best(), Rung::Refused | Rung::Tested) {
            continue;
        }
        let entry = system.entries[0];
        let command = Target::from_triple(entry.triple).map(|target| command(&target));
        let command = command.unwrap_or_default();
        table.push_str(&format!("| {} | `{command}` |\n", system.name));
    }
    table
}

/// The command that gets the target one rung further on a machine that can run it.
fn command(target: &Target) -> String {
    let triple = &target.triple;
    match target.os.as_str() {
        // A device or an emulator runs the tests.
        "android" => format!("cargo xtask test --target {triple}"),
        // An app or a simulator starts these programs: linking is the missing step.
        _ if target.is_apple_device() || target.env == "ohos" => {
            format!("cargo xtask build --target {triple}")
        }
        "ios" => format!("cargo xtask test --target {triple}"),
        _ => "cargo xtask test".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{elsewhere_table, system_table, systems};
    use crate::ci::documents::commands_that_do_not_parse;
    use crate::cli::parse_command;
    use snmalloc_toolchains::catalog;

    #[test]
    fn every_target_is_counted_once() {
        let counted: usize = systems().iter().map(|system| system.entries.len()).sum();
        assert_eq!(counted, catalog::ENTRIES.len());
        let first = system_table().lines().nth(2).unwrap().to_owned();
        assert!(first.contains(" tested"), "{first}");
    }

    #[test]
    fn commands_for_other_platforms_parse() {
        let table = elsewhere_table();
        assert!(
            table.contains("| FreeBSD | `cargo xtask test` |"),
            "{table}"
        );
        let commands: String = table
            .lines()
            .filter_map(|line| line.split('`').nth(1))
            .map(|command| format!("{command}\n"))
            .collect();
        assert!(commands.lines().count() > 8, "{commands}");
        let findings =
            commands_that_do_not_parse("T", &format!("```\n{commands}```\n"), parse_command);
        assert!(findings.is_empty(), "{findings:?}");
    }
}
