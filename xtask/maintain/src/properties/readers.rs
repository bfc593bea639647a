//! Readers of archives and programs.

use crate::ci::archive::{Archive, differences};
use xtask::runners::{mingw_dlls, page_size};

/// An archive is read or refused, and doesn't differ from itself.
pub fn archive(data: &[u8]) {
    if let Ok(archive) = Archive::parse(data) {
        assert_eq!(differences(&archive, &archive), Vec::<String>::new());
    }
}

/// The build script reads the undefined symbols of any file, and none of them is defined.
pub fn symbols(data: &[u8]) {
    let undefined = snmalloc_toolchains::symbols::undefined(data);
    assert!(undefined.iter().all(|name| !name.is_empty()));
}

/// A program is read or refused; only plain names of DLLs are looked for.
pub fn program(data: &[u8]) {
    for name in mingw_dlls::imports(data).unwrap_or_default() {
        if mingw_dlls::is_file_name(&name) {
            let parts = std::path::Path::new(&name).components();
            assert_eq!(parts.count(), 1, "{name}");
        }
    }
    let _ = page_size::least_alignment(data);
}
