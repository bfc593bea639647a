// SPDX-License-Identifier: MIT
//! Reads the undefined symbols of a static library: the functions that its user must link.

use std::collections::BTreeSet;

/// Names that members of the archive use and no member defines, in ELF and COFF objects. Skips
/// other members (Mach-O, LLVM bitcode).
pub fn undefined(archive: &[u8]) -> BTreeSet<String> {
    let mut symbols = Symbols::default();
    for member in members(archive) {
        if member.starts_with(b"\x7fELF") {
            elf(member, &mut symbols);
        } else {
            coff(member, &mut symbols);
        }
    }
    let Symbols { mut used, defined } = symbols;
    used.retain(|name| !defined.contains(name));
    used
}

#[derive(Default)]
struct Symbols {
    used: BTreeSet<String>,
    defined: BTreeSet<String>,
}

impl Symbols {
    fn add(&mut self, name: String, is_defined: bool) {
        if !name.is_empty() {
            let set = if is_defined {
                &mut self.defined
            } else {
                &mut self.used
            };
            set.insert(name);
        }
    }
}

/// The contents of an archive's members.
fn members(archive: &[u8]) -> Vec<&[u8]> {
    const HEADER: usize = 60;
    let mut members = Vec::new();
    let mut rest = archive.strip_prefix(b"!<arch>\n").unwrap_or_default();
    while let Some(header) = rest.get(..HEADER) {
        let digits = String::from_utf8_lossy(&header[48..58]);
        let Ok(size) = digits.trim().parse::<usize>() else {
            break;
        };
        let Some(mut content) = rest[HEADER..].get(..size) else {
            break;
        };
        // In BSD's format, long names precede the content.
        let name = String::from_utf8_lossy(&header[..16]);
        let long = name.strip_prefix("#1/");
        let long = long.map(|digits| digits.trim().parse::<usize>());
        if let Some(Ok(length)) = long {
            content = content.get(length..).unwrap_or_default();
        }
        members.push(content);
        rest = rest[HEADER + size..].get(size % 2..).unwrap_or_default();
    }
    members
}

/// An object's bytes with its byte order; reads past the end return `None`.
#[derive(Clone, Copy)]
struct Object<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Object<'_> {
    fn number(&self, offset: usize, size: usize) -> Option<usize> {
        let bytes = self.bytes.get(offset..offset.checked_add(size)?)?;
        let add = |sum: usize, byte: &u8| (sum << 8) | usize::from(*byte);
        Some(if self.big_endian {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        })
    }

    /// The number in a field of the entry with this index in a table.
    fn field(
        &self,
        table: usize,
        index: usize,
        entry: usize,
        field: usize,
        size: usize,
    ) -> Option<usize> {
        let start = table.checked_add(index.checked_mul(entry)?)?;
        self.number(start.checked_add(field)?, size)
    }

    fn text(&self, offset: usize) -> Option<String> {
        let bytes = self.bytes.get(offset..)?;
        let end = bytes.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&bytes[..end]).into_owned())
    }
}

/// Reads the global symbols of an ELF object of either class and byte order.
fn elf(bytes: &[u8], symbols: &mut Symbols) -> Option<()> {
    const SYMTAB: usize = 2;
    let is_64 = *bytes.get(4)? == 2;
    let object = Object {
        bytes,
        big_endian: *bytes.get(5)? == 2,
    };
    let word = if is_64 { 8 } else { 4 };
    let sections = object.number(if is_64 { 40 } else { 32 }, word)?;
    let header = object.number(if is_64 { 58 } else { 46 }, 2)?;
    let mut count = object.number(if is_64 { 60 } else { 48 }, 2)?;
    // Smaller headers would overlap, and without a size, there is no end to them.
    if header < if is_64 { 64 } else { 40 } {
        return None;
    }
    let field = |section: usize, at_64: usize, at_32: usize, size: usize| {
        object.field(
            sections,
            section,
            header,
            if is_64 { at_64 } else { at_32 },
            size,
        )
    };
    if count == 0 {
        // The number of sections exceeds the field: the first section's size contains it.
        count = field(0, 32, 20, word)?;
    }
    for section in 0..count {
        if field(section, 4, 4, 4)? != SYMTAB {
            continue;
        }
        let table = field(section, 24, 16, word)?;
        let size = field(section, 32, 20, word)?;
        let names = field(field(section, 40, 24, 4)?, 24, 16, word)?;
        let entry = if is_64 { 24 } else { 16 };
        let (info, index) = if is_64 { (4, 6) } else { (12, 14) };
        for symbol in 0..size / entry {
            let part = |at: usize, size: usize| object.field(table, symbol, entry, at, size);
            let name = object.text(names.checked_add(part(0, 4)?)?)?;
            let is_local = part(info, 1)? >> 4 == 0;
            if !is_local {
                symbols.add(name, part(index, 2)? != 0);
            }
        }
        // An object has one such section.
        return Some(());
    }
    Some(())
}

/// Reads the external symbols of a COFF object, including the big-object format.
fn coff(bytes: &[u8], symbols: &mut Symbols) -> Option<()> {
    const EXTERNAL: usize = 2;
    let object = Object {
        bytes,
        big_endian: false,
    };
    // The big-object format starts with machine 0 and a field of all ones.
    let is_big = object.number(0, 4)? == 0xffff_0000;
    let machines = [0x14c, 0x8664, 0xaa64, 0x1c4, 0xa641];
    if !machines.contains(&object.number(if is_big { 6 } else { 0 }, 2)?) {
        return None;
    }
    let (table, count, entry) = if is_big {
        (object.number(48, 4)?, object.number(52, 4)?, 20)
    } else {
        (object.number(8, 4)?, object.number(12, 4)?, 18)
    };
    let names = table.checked_add(count.checked_mul(entry)?)?;
    let mut index = 0;
    while index < count {
        let part = |at: usize, size: usize| object.field(table, index, entry, at, size);
        let name = if part(0, 4)? == 0 {
            object.text(names.checked_add(part(4, 4)?)?)?
        } else {
            let start = table + index * entry;
            let short = bytes.get(start..start + 8)?;
            String::from_utf8_lossy(short)
                .trim_end_matches('\0')
                .to_owned()
        };
        let (value, section) = (part(8, 4)?, part(12, entry - 16)?);
        if part(entry - 2, 1)? == EXTERNAL {
            // A common symbol defines itself.
            symbols.add(name, section != 0 || value != 0);
        }
        index += 1 + part(entry - 1, 1)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::undefined;

    /// An archive with one ELF object of 64 bits that consists of a header with these fields.
    fn archive(sections: u64, header: u16, count: u16) -> Vec<u8> {
        let mut object = b"\x7fELF\x02\x01".to_vec();
        object.resize(40, 0);
        object.extend(sections.to_le_bytes());
        object.resize(58, 0);
        object.extend(header.to_le_bytes());
        object.extend(count.to_le_bytes());
        object.extend([0; 2]);
        let name = format!("{:<48}{:<10}`\n", "a.o/", object.len());
        [b"!<arch>\n", name.as_bytes(), &object].concat()
    }

    #[test]
    fn tables_beyond_the_address_space_are_not_read() {
        for sections in [u64::MAX, u64::MAX - 70, 1 << 63] {
            assert!(undefined(&archive(sections, 64, 2)).is_empty());
        }
        assert!(undefined(b"!<arch>\n").is_empty());
    }

    #[test]
    fn sections_without_a_size_end() {
        // The first section's size is the number of sections.
        let mut endless = archive(0, 0, 0);
        let object = endless.len() - 64;
        endless[object + 32..object + 40].fill(0xff);
        assert!(undefined(&endless).is_empty());
    }
}
