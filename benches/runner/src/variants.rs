//! The allocators, and how the benchmark is built for each: data, and the only place
//! that knows any of them by name.

use serde::{Deserialize, Serialize};

/// One allocator, in one way of building it.
#[derive(Debug)]
pub struct Variant {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    pub role: Role,
    /// How its program is built.
    pub recipe: Recipe,
    /// How the program is built whose instructions are counted, if differently.
    pub counting: Option<Recipe>,
    /// The packages of the lock file whose versions describe it.
    pub packages: &'static [&'static str],
}

/// What an allocator is to the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// This repository's; those but [`OURS`] are other ways of building it.
    Ours,
    /// Another one that a program could use instead.
    Peer,
    /// This repository's, as last published by others.
    Upstream,
}

/// How a program is built.
#[derive(Debug)]
pub struct Recipe {
    /// A feature of the package that is built; without one it has the system's allocator.
    pub feature: Option<&'static str>,
    /// Variables for cargo. `{benches}` in a value is that directory, `{target}` in a
    /// name this machine's target with underscores.
    pub env: &'static [(&'static str, &'static str)],
    /// Its own target directory, by this name: for what would be compiled again and
    /// again if it shared one.
    pub own_dir: Option<&'static str>,
    /// Cross-language LTO: what that needs is found when it is built.
    pub lto: bool,
}

const fn plain(feature: Option<&'static str>) -> Recipe {
    Recipe {
        feature,
        env: &[],
        own_dir: None,
        lto: false,
    }
}

const fn peer(
    name: &'static str,
    about: &'static str,
    packages: &'static [&'static str],
) -> Variant {
    Variant {
        name,
        about,
        role: Role::Peer,
        recipe: plain(Some(name)),
        counting: None,
        packages,
    }
}

/// This repository's allocator.
pub static OURS: Variant = Variant {
    name: "ours",
    about: "this repository's snmalloc-rs, default features",
    role: Role::Ours,
    recipe: plain(Some("ours")),
    // Where there is no room for its table of pages, as under valgrind, it makes a narrow
    // one.
    counting: None,
    packages: &["snmalloc-rs"],
};

/// The same, inlined into Rust.
pub static OURS_LTO: Variant = Variant {
    name: "ours-lto",
    about: "this repository's snmalloc-rs with cross-language LTO",
    role: Role::Ours,
    recipe: Recipe {
        feature: Some("ours-lto"),
        env: &[],
        own_dir: Some("ours-lto"),
        lto: true,
    },
    counting: None,
    packages: &["snmalloc-rs"],
};

/// What it is measured against.
pub static OTHERS: [Variant; 6] = [
    peer("mimalloc", "mimalloc 3", &["mimalloc", "libmimalloc-sys"]),
    peer(
        "mimalloc-v2",
        "mimalloc 2",
        &["mimalloc", "libmimalloc-sys"],
    ),
    peer(
        "jemalloc",
        "jemalloc",
        &["tikv-jemallocator", "tikv-jemalloc-sys"],
    ),
    peer("rpmalloc", "rpmalloc", &["rpmalloc", "rpmalloc-sys"]),
    Variant {
        name: "system",
        about: "what Rust uses without any of these",
        role: Role::Peer,
        recipe: plain(None),
        counting: None,
        packages: &[],
    },
    Variant {
        name: "upstream",
        about: "the published snmalloc-rs 0.7.6, default features",
        role: Role::Upstream,
        recipe: plain(Some("upstream")),
        // Valgrind can't give it the 256 GiB that its table of pages reserves: a header
        // makes addresses narrower.
        counting: Some(Recipe {
            feature: Some("upstream"),
            env: &[("CXXFLAGS_{target}", "-include {benches}/counting/narrow.h")],
            own_dir: Some("upstream-counting"),
            lto: false,
        }),
        packages: &["snmalloc-rs", "snmalloc-sys"],
    },
];

/// The one of [`OTHERS`] that has this name.
pub fn other(name: &str) -> Option<&'static Variant> {
    OTHERS.iter().find(|variant| variant.name == name)
}

/// Ours, with LTO too if that is wanted, then those of `against`, each once, in the
/// table's order; all, if none is named.
pub fn chosen(against: &[&'static Variant], lto: bool) -> Vec<&'static Variant> {
    let named = |it: &&Variant| against.iter().any(|other| other.name == it.name);
    let others = OTHERS.iter().filter(|it| against.is_empty() || named(it));
    std::iter::once(&OURS)
        .chain(lto.then_some(&OURS_LTO))
        .chain(others)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{OTHERS, OURS, chosen, other};

    #[test]
    fn names_and_directories_are_each_their_own() {
        let all = chosen(&[], true);
        assert_eq!(all.len(), 2 + OTHERS.len());
        let names: BTreeSet<&str> = all.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), all.len());
        for recipe in all
            .iter()
            .flat_map(|it| std::iter::once(&it.recipe).chain(&it.counting))
        {
            // What an environment changes must not be shared.
            assert!(recipe.env.is_empty() && !recipe.lto || recipe.own_dir.is_some());
        }
        let dirs: Vec<&str> = all
            .iter()
            .flat_map(|it| std::iter::once(&it.recipe).chain(&it.counting))
            .filter_map(|recipe| recipe.own_dir)
            .collect();
        assert_eq!(dirs.iter().collect::<BTreeSet<_>>().len(), dirs.len());
    }

    #[test]
    fn what_is_named_twice_is_measured_once() {
        let against = ["system", "mimalloc", "system"].map(|name| other(name).expect(name));
        let names: Vec<&str> = chosen(&against, false).iter().map(|it| it.name).collect();
        assert_eq!(names, [OURS.name, "mimalloc", "system"]);
    }
}
