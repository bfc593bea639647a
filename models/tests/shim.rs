//! The twins have the orderings of the C++, and nothing that threads share is without a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

use snmalloc_models::model::Operation;
use snmalloc_models::{
    background_purge, bounds, cache_use, config, idle_list, looseness, pages, patient_lock,
    purge_due, sharded_cache,
};

/// Variables that threads share, by header, with the twin that has them. Those of `-` are
/// estimates, settings or statistics: any value is valid at any time, as their comments argue.
const SHARED: &[(&str, &[(&str, &str)])] = &[
    (
        "background_purge.h",
        &[("running", "background_purge"), ("registered", "-")],
    ),
    (
        "cache_use.h",
        &[
            ("in_use", "cache_use"),
            ("claim", "cache_use"),
            ("since", "-"),
        ],
    ),
    (
        "config.h",
        &[
            ("ready", "config"),
            ("init_lock", "flag_lock"),
            ("state", "idle_list"),
        ],
    ),
    (
        "global_cache.h",
        &[
            ("chunks", "sharded_cache"),
            ("spans", "sharded_cache"),
            ("purged", "purge_due"),
            ("bonus", "-"),
            ("bonus_since", "-"),
            ("refused", "-"),
            ("limit", "-"),
            ("decay", "-"),
        ],
    ),
    ("hugepages.h", &[("on_request", "config")]),
    ("large_state.h", &[("taken", "looseness")]),
    ("local_state.h", &[("large_owner", "-")]),
    ("mremap.h", &[("count", "bounds"), ("failures", "-")]),
    ("options.h", &[("background_purge", "background_purge")]),
    ("pagemap.h", &[("window", "config"), ("next", "-")]),
    ("pages.h", &[("state", "pages")]),
    ("patient_lock.h", &[("taken", "patient_lock")]),
    (
        "other_threads.h",
        &[
            ("calls", "idle_list"),
            ("purgers", "-"),
            ("emptied", "purge_due"),
        ],
    ),
    (
        "sharded_cache.h",
        &[
            ("count", "sharded_cache"),
            ("lock", "patient_lock"),
            ("bytes", "sharded_cache"),
            ("hand", "-"),
        ],
    ),
    ("statistics.h", &[("allocations", "-"), ("frees", "-")]),
    ("thread_exit.h", &[("taken", "bounds")]),
    ("windows_pal.h", &[("slot", "pages")]),
];

/// The only headers that use the internals of snmalloc, which change between versions.
const INTERNALS_HEADERS: [&str; 2] = ["internals_core.h", "internals_front.h"];

const INTERNALS: &str = "\
    AllocPool BaseLocalStateConstants CheckInit CommitRange ContainsParent FrontendMetaEntry \
    GlobalRange LargeBuddyRange MetaProtectedRangeLocalState PagemapRegisterRange PalRange \
    Pipe SmallBuddyRange StatsRange capptr_domesticate check_init claim_for_backend \
    concretePagemap dealloc_local_object dealloc_local_slabs drain_and_reset encode \
    finish_alloc flush handle_dealloc_remote handle_message_queue key_global key_root laden \
    list_next meta post remote_alloc sizeclass_lookup small_fast_free_lists";

fn operations() -> Vec<Operation> {
    [
        &background_purge::OPERATIONS[..],
        &bounds::OPERATIONS,
        &cache_use::OPERATIONS,
        &config::OPERATIONS,
        &idle_list::OPERATIONS,
        &looseness::OPERATIONS,
        &pages::OPERATIONS,
        &patient_lock::OPERATIONS,
        &purge_due::OPERATIONS,
        &sharded_cache::OPERATIONS,
    ]
    .concat()
    .into_iter()
    .filter(|operation| operation.file != "upstream")
    .collect()
}

/// The shim's files, by name.
fn shim() -> BTreeMap<String, String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snmalloc-sys/shim");
    let files = fs::read_dir(dir)
        .expect("the shim")
        .map(|entry| entry.expect("an entry").path());
    let read = |path: &Path| {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (name, fs::read_to_string(path).expect("UTF-8"))
    };
    files
        .filter(|path| path.is_file())
        .map(|path| read(&path))
        .collect()
}

/// The text of a function, from its name to its last brace.
fn function<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = text.find(name)?;
    let body = start + text[start..].find('{')?;
    let mut depth = 0;
    for (at, character) in text[body..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&text[start..=body + at]);
        }
    }
    None
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

fn name_of(ordering: Ordering) -> &'static str {
    match ordering {
        Ordering::Relaxed => "stl::memory_order_relaxed",
        Ordering::Acquire => "stl::memory_order_acquire",
        Ordering::Release => "stl::memory_order_release",
        // The default, which isn't written.
        _ => "",
    }
}

#[test]
fn the_operations_of_the_twins_are_those_of_the_shim() {
    let files = shim();
    for operation in operations() {
        let Operation {
            file,
            function: name,
            text,
            ordering,
            ..
        } = operation;
        let source = &files[file];
        assert_eq!(source.matches(name).count(), 1, "{file}: `{name}`");
        let body = function(source, name).expect("a function with a body");
        let expected = without_spaces(text) + name_of(ordering);
        assert!(
            without_spaces(body).contains(&expected),
            "{file}: `{name}` has no `{text}{}`: adapt the twin, and its argument",
            name_of(ordering)
        );
    }
}

#[test]
fn each_acquire_and_release_of_the_shim_is_in_a_twin() {
    let known: BTreeSet<_> = operations()
        .iter()
        .filter(|operation| matches!(operation.ordering, Ordering::Acquire | Ordering::Release))
        .map(|operation| (operation.file, operation.function, operation.text))
        .collect();
    let orders = ["acquire", "release", "acq_rel", "consume", "seq_cst"];
    let count = |text: &String| -> usize {
        orders
            .iter()
            .map(|order| text.matches(&format!("memory_order_{order}")).count())
            .sum()
    };
    for (file, text) in shim() {
        let twins = known.iter().filter(|operation| operation.0 == file).count();
        assert_eq!(
            count(&text),
            twins,
            "{file}: orderings in the C++ and in the twins"
        );
    }
}

/// The names of variables that are declared as shared: atomic, or with a constant initialiser.
fn declared(text: &str) -> Vec<&str> {
    const TYPES: [&str; 5] = [
        "Atomic<",
        "AtomicBool ",
        "FlagWord ",
        "PatientLock ",
        "volatile LONG ",
    ];
    let mut names = Vec::new();
    let mut constinit = false;
    for line in text.lines().map(str::trim) {
        let begins = line.starts_with("SNMALLOC_REQUIRE_CONSTINIT");
        let shared = TYPES.iter().any(|name| line.contains(name)) && !line.contains(">&");
        if !line.starts_with("//") && line.ends_with(';') && (begins || constinit || shared) {
            let end = line.find(['{', '[', '=', ';']).unwrap_or(line.len());
            names.extend(line[..end].split_whitespace().last());
        }
        constinit = begins && !line.ends_with(';');
    }
    names
}

#[test]
fn all_that_threads_share_is_listed_and_argued() {
    let listed: BTreeMap<_, _> = SHARED.iter().copied().collect();
    for (file, text) in shim() {
        let declared: BTreeSet<_> = declared(&text).into_iter().collect();
        let variables = listed.get(file.as_str()).copied().unwrap_or_default();
        let known: BTreeSet<_> = variables.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            declared, known,
            "{file}: variables in the C++, and those in SHARED"
        );
        assert!(
            declared.is_empty() || text.contains("// Ordering: "),
            "{file}: no comment argues the ordering"
        );
    }
    for (_, twin) in SHARED.iter().flat_map(|(_, variables)| *variables) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{twin}.rs"));
        assert!(*twin == "-" || path.is_file(), "{twin} is no twin");
    }
}

#[test]
fn internals_of_snmalloc_are_used_in_two_headers_only() {
    let mut unused: BTreeSet<_> = INTERNALS.split(' ').collect();
    for (file, text) in shim() {
        let code = text
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default());
        let names: BTreeSet<_> = code
            .flat_map(|line| line.split(|c: char| c != '_' && !c.is_alphanumeric()))
            .collect();
        if INTERNALS_HEADERS.contains(&file.as_str()) {
            unused.retain(|name| !names.contains(name));
            continue;
        }
        for name in INTERNALS.split(' ') {
            let found = names.contains(name);
            assert!(!found, "{file}: `{name}`: use it in {INTERNALS_HEADERS:?}");
        }
    }
    assert!(
        unused.is_empty(),
        "not in {INTERNALS_HEADERS:?}: {unused:?}"
    );
}
