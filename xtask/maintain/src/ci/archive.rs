//! Reads and compares static libraries, function by function.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use object::read::archive::ArchiveFile;
use object::{
    Architecture, File, Object as _, ObjectSection as _, ObjectSymbol as _, Relocation,
    RelocationKind, RelocationTarget, Section, SectionFlags, SectionIndex, SymbolKind,
};

/// One function or variable: its bytes and its references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    pub bytes: Vec<u8>,
    /// Offset, kind, name of the referenced symbol, section or constant, addend.
    pub references: Vec<(u64, String, String, i64)>,
}

/// The contents of an archive.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Archive {
    pub functions: BTreeMap<String, Code>,
    pub variables: BTreeMap<String, Code>,
    /// Names of functions and variables that other objects can use.
    pub exported: BTreeSet<String>,
    pub undefined: BTreeSet<String>,
    /// The compilers, as they record themselves in ELF objects (`.comment`).
    pub compilers: BTreeSet<String>,
}

impl Archive {
    pub fn read(path: &Path) -> Result<Self> {
        let data = std::fs::read(path).with_context(|| path.display().to_string())?;
        Self::parse(&data).with_context(|| path.display().to_string())
    }

    pub fn parse(data: &[u8]) -> Result<Self> {
        let mut archive = Self::default();
        for member in ArchiveFile::parse(data)?.members() {
            let object = File::parse(member?.data(data)?)
                .context("a member that is no object file (bitcode, with feature lto?)")?;
            archive.add(&object)?;
        }
        Ok(archive)
    }

    fn add(&mut self, object: &File<'_>) -> Result<()> {
        if let Some(comment) = object.section_by_name(".comment") {
            self.compilers.extend(texts(comment.data()?));
        }
        for symbol in object.symbols() {
            let name = symbol.name()?.to_owned();
            if symbol.is_undefined() && !name.is_empty() {
                self.undefined.insert(name);
                continue;
            }
            let Some(section) = symbol.section_index() else {
                continue;
            };
            // clang numbers the constants that linkers merge; each is compared where it is
            // used.
            let of = object.section_by_index(section)?.name()?.to_owned();
            if name.starts_with(".L") && MERGED.iter().any(|begin| of.starts_with(begin)) {
                continue;
            }
            let place = match symbol.kind() {
                SymbolKind::Text => &mut self.functions,
                SymbolKind::Data | SymbolKind::Tls => &mut self.variables,
                _ => continue,
            };
            if symbol.is_global() {
                self.exported.insert(name.clone());
            }
            let code = code(object, section, symbol.address(), symbol.size())?;
            // Local symbols may share a name: number the later ones.
            let mut key = name.clone();
            for number in 2.. {
                if !place.contains_key(&key) {
                    break;
                }
                key = format!("{name} #{number}");
            }
            place.insert(key, code);
        }
        Ok(())
    }
}

/// Splits a section of NUL-terminated strings.
fn texts(bytes: &[u8]) -> impl Iterator<Item = String> {
    let texts = bytes
        .split(|byte| *byte == 0)
        .filter(|text| !text.is_empty());
    texts.map(|text| String::from_utf8_lossy(text).into_owned())
}

fn code(object: &File<'_>, index: SectionIndex, start: u64, size: u64) -> Result<Code> {
    let section = object.section_by_index(index)?;
    // COFF symbols have no size: with one section per function, use the section's size.
    let size = if size == 0 { section.size() } else { size };
    let bytes = section
        .data_range(start, size)?
        .unwrap_or_default()
        .to_vec();
    let mut references = Vec::new();
    for (offset, relocation) in section.relocations() {
        let Some(offset) = offset.checked_sub(start).filter(|at| *at < size) else {
            continue;
        };
        let mut addend = relocation.addend();
        let name = match relocation.target() {
            RelocationTarget::Symbol(symbol) => {
                let symbol = object.symbol_by_index(symbol)?;
                let name = symbol.name()?;
                match symbol.section_index() {
                    // A section's own symbol, or a label made by the compiler.
                    Some(index) if symbol.is_local() => {
                        let section = object.section_by_index(index)?;
                        match constant_at(object, &section, symbol.address(), &relocation) {
                            Some(constant) => {
                                addend = 0;
                                constant
                            }
                            None if name.is_empty() => section.name()?.to_owned(),
                            None => name.to_owned(),
                        }
                    }
                    _ => name.to_owned(),
                }
            }
            other => format!("{other:?}"),
        };
        let kind = format!("{:?}", relocation.flags());
        references.push((offset, kind, name, addend));
    }
    references.sort();
    Ok(Code { bytes, references })
}

/// Sections of constants that linkers merge.
const MERGED: [&str; 2] = [".rodata.str", ".rodata.cst"];

/// Resolves a reference into a table of mergeable constants: returns the string, or the bytes.
/// clang orders such a table differently from build to build.
fn constant_at(
    object: &File<'_>,
    section: &Section<'_, '_>,
    label: u64,
    relocation: &Relocation,
) -> Option<String> {
    let SectionFlags::Elf { sh_flags, .. } = section.flags() else {
        return None;
    };
    // On x86_64, a relative reference counts from the end of its own four bytes.
    let relative = relocation.kind() == RelocationKind::Relative;
    let past = 4 * i64::from(relative && object.architecture() == Architecture::X86_64);
    let at = usize::try_from(relocation.addend().checked_add(past)?).ok()?;
    let at = at.checked_add(usize::try_from(label).ok()?)?;
    let bytes = section.data().ok()?.get(at..)?;
    if sh_flags.contains(object::elf::SHF_STRINGS) {
        let end = bytes.iter().position(|byte| *byte == 0)?;
        return Some(format!("{:?}", String::from_utf8_lossy(&bytes[..end])));
    }
    let size = section.name().ok()?.strip_prefix(".rodata.cst")?;
    let size: usize = size.parse().ok()?;
    // A reference into the middle of a constant is compared by its offset.
    if at.checked_rem(size) != Some(0) {
        return None;
    }
    bytes.get(..size).map(|bytes| format!("{bytes:?}"))
}

/// Lists the differences between two archives; empty if there are none.
pub fn differences(left: &Archive, right: &Archive) -> Vec<String> {
    let mut found = Vec::new();
    if left.compilers != right.compilers {
        let names = |archive: &Archive| -> String {
            let names: Vec<&str> = archive.compilers.iter().map(String::as_str).collect();
            names.join(", ")
        };
        found.push(format!(
            "the compilers differ, and so may what they make: {}; {}",
            names(left),
            names(right)
        ));
    }
    for (what, left, right) in [
        ("exported symbol", &left.exported, &right.exported),
        ("undefined symbol", &left.undefined, &right.undefined),
    ] {
        for name in left.symmetric_difference(right) {
            let side = if left.contains(name) {
                "first"
            } else {
                "second"
            };
            found.push(format!("{what} only in the {side}: {name}"));
        }
    }
    for (what, left, right) in [
        ("function", &left.functions, &right.functions),
        ("variable", &left.variables, &right.variables),
    ] {
        let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for name in names {
            match (left.get(name), right.get(name)) {
                (Some(l), Some(r)) if l == r => {}
                (Some(l), Some(r)) => found.push(format!(
                    "{what} differs: {name} ({} bytes, {} bytes)",
                    l.bytes.len(),
                    r.bytes.len()
                )),
                (Some(_), None) => found.push(format!("{what} only in the first: {name}")),
                _ => found.push(format!("{what} only in the second: {name}")),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Archive, Code, differences, texts};

    /// Compiles with this machine's own compiler, whose objects are ELF.
    #[cfg(target_os = "linux")]
    fn compiled(source: &str) -> Archive {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("a.cc"), source).expect("written");
        let run = |program: &str, args: &[&str]| {
            let mut command = std::process::Command::new(program);
            let status = command.args(args).current_dir(&dir).status();
            assert!(status.is_ok_and(|status| status.success()), "{program}");
        };
        run("c++", &["-O2", "-ffunction-sections", "-c", "a.cc"]);
        run("ar", &["rcs", "a.a", "a.o"]);
        Archive::read(&dir.path().join("a.a")).expect("an archive")
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn merged_constants_are_compared_by_value() {
        let one = r#"extern "C" const char* one() { return "the first"; }"#;
        let two = r#"extern "C" const char* two() { return "another"; }"#;
        let scaled = r#"extern "C" double scaled(double x) { return x * 1.25; }"#;
        let moved = r#"extern "C" double moved(double x) { return x + 7.5; }"#;
        let first = compiled(&[one, two, scaled, moved].join("\n"));
        let second = compiled(&[two, one, moved, scaled].join("\n"));
        assert!(first.functions.len() == 4, "{first:?}");
        assert_eq!(differences(&first, &second), [""; 0]);
        let other = [one, &two.replace("another", "a third"), scaled, moved].join("\n");
        let found = differences(&first, &compiled(&other));
        assert!(
            found.len() == 1 && found[0].starts_with("function differs: two"),
            "{found:?}"
        );
        let other = [one, two, &scaled.replace("1.25", "1.75"), moved].join("\n");
        assert_eq!(differences(&first, &compiled(&other)).len(), 1);
    }

    #[test]
    fn every_kind_of_difference_is_named() {
        let code = |byte: u8| Code {
            bytes: vec![byte],
            references: Vec::new(),
        };
        let mut left = Archive::default();
        left.functions.insert("same".into(), code(1));
        left.functions.insert("changed".into(), code(1));
        left.functions.insert("gone".into(), code(1));
        left.exported.insert("gone".into());
        left.undefined.insert("abort".into());
        let mut right = Archive::default();
        right.functions.insert("same".into(), code(1));
        right.functions.insert("changed".into(), code(2));
        right.variables.insert("new".into(), code(3));
        right.undefined.insert("abort".into());
        left.compilers.extend(texts(b"GCC: 12.2.0\0GCC: 12.2.0\0"));
        right.compilers.extend(texts(b"\0GCC: 14.1.0\0"));
        assert_eq!(
            differences(&left, &right),
            [
                "the compilers differ, and so may what they make: GCC: 12.2.0; GCC: 14.1.0",
                "exported symbol only in the first: gone",
                "function differs: changed (1 bytes, 1 bytes)",
                "function only in the first: gone",
                "variable only in the second: new",
            ]
        );
        assert!(differences(&left, &left).is_empty());
    }
}
