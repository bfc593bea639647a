//! The allocators, and the build of the benchmark for each, as data. No other module knows
//! an allocator by name.

use serde::{Deserialize, Serialize};

/// One allocator, with one way to build it.
#[derive(Debug)]
pub struct Variant {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// A description.
    pub about: &'static str,
    pub role: Role,
    /// The build of its program.
    pub recipe: Recipe,
    /// The build of the program for counting instructions, if different.
    pub counting: Option<Recipe>,
    /// The packages of the lock file whose versions describe it.
    pub packages: &'static [&'static str],
}

/// The role of an allocator in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// This repository's allocator; all but [`OURS`] are other builds of it.
    Ours,
    /// An allocator that a program could use instead.
    Peer,
    /// This repository's allocator, as last published by others.
    Upstream,
}

/// A way to build a program.
#[derive(Debug)]
pub struct Recipe {
    /// The feature of the package; without one, the program uses the system's allocator.
    pub feature: Option<&'static str>,
    /// Variables for cargo. In values, `{benches}` is the directory of the benchmarks; in
    /// names, `{target}` is this machine's target with underscores.
    pub env: &'static [(&'static str, &'static str)],
    /// The name of its own target directory, for a recipe that cargo would compile again
    /// each time in a shared one.
    pub own_dir: Option<&'static str>,
    /// Use cross-language LTO; its tools are searched for at build time.
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
    // If it can't reserve its pagemap, as with valgrind, it makes a narrow one.
    counting: None,
    packages: &["snmalloc-rs"],
};

/// The same allocator, inlined into Rust code.
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

/// The other allocators.
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
        // Valgrind can't provide the 256 GiB that its pagemap reserves: a header makes addresses
        // narrower.
        counting: Some(Recipe {
            feature: Some("upstream"),
            env: &[("CXXFLAGS_{target}", "-include {benches}/counting/narrow.h")],
            own_dir: Some("upstream-counting"),
            lto: false,
        }),
        packages: &["snmalloc-rs", "snmalloc-sys"],
    },
];

/// The one of [`OTHERS`] with this name.
pub fn other(name: &str) -> Option<&'static Variant> {
    OTHERS.iter().find(|variant| variant.name == name)
}

/// Ours, with `lto` also its LTO build, then those of `against`, each once, in the table's
/// order; all if none is named.
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
            // A recipe that changes the environment must not share its directory.
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
