// SPDX-License-Identifier: MIT
//! Every environment variable that the build or `cargo xtask` reads. The look-up, containers, cross
//! and the guide take names and scope from this table.

mod table;

pub use table::ENV_VARS;

/// The names under which a variable is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Under four names, the most specific first.
    PerTarget,
    /// Under its own name.
    OneName,
}

/// The part of the guide that documents a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Compilers and builders.
    Compile,
    /// One family of targets.
    Platform,
    /// Variables that have one name only.
    OneName,
    /// Further variables that `cargo xtask` reads.
    Xtask,
    /// Variables of cargo and other programs, which are only forwarded.
    PassedOn,
}

/// Forwarding of a variable into a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forward {
    /// Not forwarded: the variable names a program or directory on this machine, or is a secret.
    No,
    /// The value.
    Value,
    /// The value, and the directory that it names (as a mount).
    Directory,
}

/// A row: variables that are documented together.
#[derive(Debug)]
pub struct EnvVar {
    /// Their names; `*` stands for any part of a name.
    pub names: &'static [&'static str],
    /// The names under which each is looked up.
    pub lookup: Lookup,
    /// Forwarding of these variables into a container.
    pub forward: Forward,
    /// The section of the guide that documents them.
    pub section: Section,
    /// Their meaning, in Markdown.
    pub about: &'static str,
}

/// The row of a variable by any of its names.
pub fn entry(name: &str) -> Option<&'static EnvVar> {
    ENV_VARS
        .iter()
        .find(|row| row.names.iter().any(|base| is_name_of(name, base, row)))
}

fn is_name_of(name: &str, base: &str, row: &EnvVar) -> bool {
    if let Some((before, after)) = base.split_once('*') {
        let rest = name.strip_prefix(before);
        return rest.is_some_and(|rest| rest.len() > after.len() && rest.ends_with(after));
    }
    if name == base {
        return true;
    }
    if row.lookup == Lookup::OneName {
        return false;
    }
    if let Some(kind) = name.strip_suffix(base) {
        return kind == "TARGET_" || kind == "HOST_";
    }
    // A triple is in lower case: `CMAKE_GENERATOR_PLATFORM` is another variable.
    let triple = name
        .strip_prefix(base)
        .and_then(|rest| rest.strip_prefix('_'));
    triple.is_some_and(|triple| triple.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Returns true if the variable is looked up per target.
pub fn is_per_target(base: &str) -> bool {
    entry(base).is_some_and(|row| row.lookup == Lookup::PerTarget)
}

/// Filters `names` to those that are forwarded as `forward`; sorted.
#[cfg(feature = "full")]
pub fn forwarded(names: impl Iterator<Item = String>, forward: Forward) -> Vec<String> {
    let passes = |name: &String| entry(name).is_some_and(|row| row.forward == forward);
    let mut names: Vec<String> = names.filter(passes).collect();
    names.sort();
    names
}

/// One section as a Markdown table.
#[cfg(feature = "full")]
pub fn markdown(section: Section) -> String {
    let mut table = String::from("| variable | meaning | in containers |\n|---|---|---|\n");
    for row in ENV_VARS.iter().filter(|row| row.section == section) {
        let name = |name: &&str| format!("`{}`", name.replacen('*', "<…>", 1));
        let names: Vec<String> = row.names.iter().map(name).collect();
        let inside = match row.forward {
            Forward::No => "",
            Forward::Value => "passed",
            Forward::Directory => "passed and mounted",
        };
        table.push_str(&format!(
            "| {} | {} | {inside} |\n",
            names.join(", "),
            row.about
        ));
    }
    table
}

#[cfg(test)]
mod tests;
