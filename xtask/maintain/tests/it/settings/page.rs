//! Generates the guide's page from the table.

use std::fmt::Write as _;
use std::fs;

use super::table::{Outcome, settings};
use crate::support::root;

const HEAD: &str = "\
# Settings that are tested

CI builds a program with these settings, with both builders, and runs it: an eighth of them
each day, and so all within eight days (`SNMALLOC_SETTINGS=all` tries all at once). A flag that is ignored is named in a
warning of cargo's with the reason; [the policy](variables.md#flags) says which are.

A setting is refused only if no other allocator builds with it either:
`cargo test -p xtask-maintain --test it settings::peers -- --ignored` builds mimalloc, jemalloc and
snmalloc-rs 0.7.6 with those that are refused (a setting of C++ is applied to C as well), and with
`SNMALLOC_SETTINGS_PEERS=all` with each.

This page is made from the test's table: `BLESS=1 cargo test -p xtask-maintain --test it settings`.

| setting | variables | CMake | `cc` |
|---|---|---|---|
";

/// The row's cell for one builder.
pub fn expectation(outcome: &Outcome, builder: &str) -> &'static str {
    match outcome {
        Outcome::Refused(_) => "refused",
        Outcome::WarnsByCmake(_) if builder != "cmake" => "works",
        Outcome::Warns(_) | Outcome::WarnsByCmake(_) => "works, with a warning",
        _ => "works",
    }
}

fn page() -> String {
    let mut text = HEAD.to_owned();
    for setting in settings() {
        let mut variables: Vec<String> = setting
            .env
            .iter()
            .map(|(name, value)| format!("`{name}={value}`"))
            .collect();
        if !setting.args.is_empty() {
            variables.push(format!("`cargo build {}`", setting.args.join(" ")));
        }
        let row = [
            setting.name.to_owned(),
            variables.join(" "),
            expectation(&setting.outcome, "cmake").to_owned(),
            expectation(&setting.outcome, "cc").to_owned(),
        ];
        // Writing to a string never fails.
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

#[test]
fn settings_page_of_the_guide_is_the_table() {
    let file = root().join("docs/guide/settings.md");
    let text = page();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let is = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        is == text,
        "docs/guide/settings.md isn't what BLESS=1 would write"
    );
    assert!(settings().count() >= 40);
}
