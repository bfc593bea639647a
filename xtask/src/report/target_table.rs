//! The catalog as a Markdown table: `targets --markdown`, and the guide.

use snmalloc_toolchains::{Group, Target, catalog};

/// The table of the catalog's facts about each target, which depend on no machine.
pub fn target_table(entries: &[&catalog::Entry]) -> String {
    let mut table = String::from(
        "| target | group | tier | C++ compiled with | rung | missing for the next |\n\
         |---|---|---|---|---|---|\n",
    );
    for entry in entries {
        let target = Target::from_triple(entry.triple);
        let (group, built) = match (entry.refused, &target) {
            (None, Some(target)) => (
                Group::of(target).map_or("", Group::name),
                catalog::built_with(target).join(", "),
            ),
            (why, _) => ("", why.unwrap_or_default().to_owned()),
        };
        let (rung, next) = (entry.rung.name(), catalog::one_rung_up(entry));
        let next = next.unwrap_or_default();
        table.push_str(&format!(
            "| `{}` | {group} | {} | {built} | {rung} | {next} |\n",
            entry.triple, entry.tier
        ));
    }
    table
}
