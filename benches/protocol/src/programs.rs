use crate::table::{Workload, single, threaded};

/// Every program that is made of published crates; the main crate is its name.
pub const CRATE_PROGRAMS: &[Workload] = &[
    single(
        "syn",
        8,
        "file",
        "parse Rust source, rename, print it: syn, prettyplease",
    ),
    threaded(single(
        "ripgrep",
        40,
        "search",
        "search a directory tree: ignore, grep-searcher, grep-regex, grep-printer",
    )),
    single(
        "regex",
        40,
        "log",
        "compile 13 patterns, classify and rewrite the lines of a log",
    ),
    single(
        "serde-json",
        12,
        "document",
        "parse a JSON document to a tree, change it, print it",
    ),
    threaded(single(
        "hyper",
        6000,
        "request",
        "requests and answers in JSON over loopback: tokio, hyper",
    )),
    threaded(single(
        "rayon",
        4,
        "text",
        "sort, count and group words in parallel",
    )),
    single(
        "redb",
        120,
        "transaction",
        "put, get and scan in a database file",
    ),
    single(
        "arrow",
        80,
        "query",
        "build columns, filter, compute, concatenate, sort",
    ),
    single(
        "pulldown-cmark",
        300,
        "document",
        "markdown to HTML, with anchors",
    ),
    single("minijinja", 600, "page", "render pages from templates"),
    single(
        "sqlparser",
        200,
        "script",
        "parse SQL to a tree, rename its tables, print it",
    ),
];
