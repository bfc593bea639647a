//! Unpacking of packages.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

use crate::release;
use xtask::process::scratch::Scratch;

/// The directories between the temporary directory and the one to unpack into: more than a path
/// of an entry can leave by its `..`.
const DEPTH: usize = 4;

/// Unpacking writes to no other directory, and a package that would is refused when it is read.
pub fn unpack(data: &[u8]) {
    // Bytes of any form.
    let _ = release::names(data, "a-1.0.0/");

    // In memory if possible: a disk takes nearly all of the time.
    let memory = PathBuf::from("/dev/shm");
    let base = Some(memory).filter(|dir| dir.is_dir());
    let base = base.unwrap_or_else(std::env::temp_dir);
    let scratch = Scratch::new_in(&base.join("snmalloc-rs-properties")).expect("a directory");
    let outside = scratch.path().join("outside");
    fs::create_dir_all(&outside).expect("a directory");
    fs::write(outside.join("file"), "unchanged").expect("a file");
    let mut dir = scratch.path().to_owned();
    for _ in 0..DEPTH {
        dir.push("d");
    }
    fs::create_dir_all(&dir).expect("a directory");
    let before = listing(scratch.path(), &dir);

    let entries = entries(data, &outside);
    let package = package(&entries);
    let _ = release::extract(&package, &dir);
    assert_eq!(listing(scratch.path(), &dir), before, "{entries:?}");
    assert!(dir.is_dir(), "{entries:?}");

    if let Ok(names) = release::names(&package, "a-1.0.0/") {
        assert!(entries.iter().all(|entry| entry.kind == EntryType::Regular));
        for name in names {
            let path = Path::new(&name);
            let normal = |part| matches!(part, std::path::Component::Normal(_));
            assert!(path.components().all(normal), "{name}");
        }
    }
}

/// One entry of an archive.
#[derive(Debug)]
struct Entry {
    kind: EntryType,
    path: String,
    link: String,
}

/// Reads the entries from the input: a byte for the kind, and one for each part of the paths.
fn entries(data: &[u8], outside: &Path) -> Vec<Entry> {
    let outside = outside.to_string_lossy();
    let parts = |bytes: &[u8]| -> String {
        let parts = bytes.iter().map(|byte| match byte % 8 {
            0 => "..",
            1 => ".",
            2 => "a-1.0.0",
            3 => "link",
            4 => "file",
            5 => "outside",
            6 => "",
            _ => &outside,
        });
        parts.collect::<Vec<_>>().join("/")
    };
    let chunks = data.chunks_exact(7).take(8);
    chunks
        .map(|chunk| Entry {
            kind: match chunk[0] % 4 {
                0 => EntryType::Symlink,
                1 => EntryType::Link,
                2 => EntryType::Directory,
                _ => EntryType::Regular,
            },
            path: parts(&chunk[1..4]),
            link: parts(&chunk[4..7]),
        })
        .collect()
}

/// Packs the entries, with paths that tar's own writer refuses.
fn package(entries: &[Entry]) -> Vec<u8> {
    let mut tar = Vec::new();
    for Entry { kind, path, link } in entries {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o777);
        let content: &[u8] = match kind {
            EntryType::Regular => b"written",
            _ => b"",
        };
        header.set_size(content.len() as u64);
        let fields = header.as_gnu_mut().expect("a GNU header");
        for (field, text) in [(&mut fields.name, path), (&mut fields.linkname, link)] {
            let bytes = text.as_bytes();
            let length = bytes.len().min(field.len());
            field[..length].copy_from_slice(&bytes[..length]);
        }
        header.set_cksum();
        tar.extend_from_slice(header.as_bytes());
        tar.extend_from_slice(content);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut packed = GzEncoder::new(Vec::new(), Compression::none());
    packed.write_all(&tar).expect("packed");
    packed.finish().expect("packed")
}

/// Everything below `dir`, but not below `without`, with the contents of files.
fn listing(dir: &Path, without: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory").flatten() {
        let path = entry.path();
        if path == without {
            continue;
        }
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        found.push((path.clone(), fs::read(&path).ok()));
        if is_dir {
            found.extend(listing(&path, without));
        }
    }
    found.sort();
    found
}
