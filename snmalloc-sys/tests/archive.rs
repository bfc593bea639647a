// SPDX-License-Identifier: MIT
//! What the archive holds, read from the archive itself.
//!
//! With feature `lto` it holds bitcode, which only LLVM reads: those checks are
//! made on the linked program there.
#![cfg(not(feature = "lto"))]

use std::collections::BTreeSet;

use object::read::archive::ArchiveFile;
use object::{Object as _, ObjectSymbol as _};

/// Embedded when the test is compiled: under an emulator or in Wine the path
/// means nothing.
static ARCHIVE: &[u8] = include_bytes!(env!("SNMALLOC_SYS_ARCHIVE"));

struct Symbols {
    defined: BTreeSet<String>,
    undefined: BTreeSet<String>,
}

fn symbols() -> Symbols {
    let archive = ArchiveFile::parse(ARCHIVE).expect("an archive");
    let mut symbols = Symbols {
        defined: BTreeSet::new(),
        undefined: BTreeSet::new(),
    };
    for member in archive.members() {
        let data = member.and_then(|member| member.data(ARCHIVE));
        let object = object::File::parse(data.expect("a member")).expect("an object");
        for symbol in object.symbols().filter(|symbol| symbol.is_global()) {
            let name = symbol.name().expect("a name").to_owned();
            if symbol.is_undefined() {
                symbols.undefined.insert(name);
            } else {
                symbols.defined.insert(name);
            }
        }
    }
    symbols
        .undefined
        .retain(|name| !name.is_empty() && !symbols.defined.contains(name));
    symbols
}

#[test]
fn no_c_plus_plus_runtime_is_needed() {
    let undefined = symbols().undefined;
    let of_cxx: Vec<&String> = undefined
        .iter()
        .filter(|name| {
            // Mangled C++ names, and the runtime's own entry points. glibc has
            // `__cxa_thread_atexit_impl` itself; `__dso_handle` is crtbegin's.
            let cxx_abi = name.starts_with("__cxa_") || name.starts_with("__gxx_");
            name.starts_with("_Z") || (cxx_abi && *name != "__cxa_thread_atexit_impl")
        })
        .collect();
    assert!(of_cxx.is_empty(), "{of_cxx:?}");
    assert!(
        undefined.contains("memset"),
        "nothing at all? {undefined:?}"
    );
}

#[test]
fn no_libatomic_is_needed() {
    let undefined = symbols().undefined;
    let atomic: Vec<_> = undefined
        .iter()
        .filter(|name| name.starts_with("__atomic_") || name.starts_with("__sync_"))
        .collect();
    assert!(atomic.is_empty(), "{atomic:?}");
}

#[test]
fn every_entry_point_is_there() {
    let defined = symbols().defined;
    let mut expected = vec![
        "sn_rust_alloc",
        "sn_rust_alloc_zeroed",
        "sn_rust_dealloc",
        "sn_rust_realloc",
        "sn_rust_statistics",
        "sn_rust_usable_size",
    ];
    if cfg!(feature = "libc-api") {
        expected.extend([
            "sn_malloc",
            "sn_free",
            "sn_calloc",
            "sn_realloc",
            "sn_malloc_usable_size",
        ]);
    }
    for name in expected {
        // Some systems put an underscore before every C name.
        let found = defined.contains(name) || defined.contains(&format!("_{name}"));
        assert!(found, "{name} is not among {defined:?}");
    }
}

#[test]
fn assertions_are_there_only_when_asked_for() {
    let asserts = ARCHIVE
        .windows(b"assert fail".len())
        .any(|bytes| bytes == b"assert fail");
    assert_eq!(asserts, cfg!(feature = "debug"));
}

#[test]
fn no_path_of_the_building_machine_is_in_it() {
    let here = env!("CARGO_MANIFEST_DIR").as_bytes();
    assert!(!ARCHIVE.windows(here.len()).any(|bytes| bytes == here));
}
