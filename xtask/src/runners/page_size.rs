//! Checks that programs for 64-bit Android load on devices with 16 KiB pages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use object::LittleEndian;
use object::elf::{FileHeader64, PT_LOAD};
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use snmalloc_toolchains::Target;

use crate::failure::Failure;

/// The largest page size of Android, in bytes.
const PAGE: u64 = 16 << 10;

/// # Errors
/// A program would not load on such a device.
pub fn check(target: &Target, programs: &[PathBuf]) -> Result<(), Failure> {
    if target.pointer_width != 64 {
        return Ok(());
    }
    for program in programs {
        let data = fs::read(program).with_context(|| program.display().to_string())?;
        let least = least_alignment(&data).with_context(|| program.display().to_string())?;
        if least < PAGE {
            return Err(too_small(program, least));
        }
    }
    Ok(())
}

fn too_small(program: &Path, least: u64) -> Failure {
    Failure::Failed(format!(
        "{}: a part of it may lie at any multiple of {least} bytes, and devices with pages of 16 KiB \
         load only what is linked for {PAGE}; help: leave the linker to xtask, or add \
         `-Clink-arg=-Wl,-z,max-page-size={PAGE}` to RUSTFLAGS",
        program.display()
    ))
}

/// The smallest alignment, in bytes, of the loaded segments of a 64-bit ELF program.
pub fn least_alignment(data: &[u8]) -> anyhow::Result<u64> {
    let header = FileHeader64::<LittleEndian>::parse(data)?;
    let endian = header.endian()?;
    let loaded = header.program_headers(endian, data)?.iter();
    loaded
        .filter(|part| part.p_type(endian) == PT_LOAD)
        .map(|part| part.p_align(endian))
        .min()
        .context("nothing of it is loaded")
}

#[cfg(test)]
mod tests {
    use super::{check, least_alignment};
    use snmalloc_toolchains::Target;

    /// An ELF file with headers only, and a loaded segment for each alignment.
    fn program(alignments: &[u64]) -> Vec<u8> {
        let mut data = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        data.extend([2, 0, 183, 0, 1, 0, 0, 0]);
        data.extend([0, 64, 0].map(u64::to_le_bytes).concat());
        let count = u16::try_from(alignments.len()).unwrap();
        data.extend(0_u32.to_le_bytes());
        data.extend([64, 56, count, 0, 0, 0].map(u16::to_le_bytes).concat());
        for alignment in alignments {
            data.extend([1_u32, 4].map(u32::to_le_bytes).concat());
            data.extend([0, 0, 0, 0, 0, *alignment].map(u64::to_le_bytes).concat());
        }
        data
    }

    #[test]
    fn the_smallest_alignment_counts() {
        assert_eq!(least_alignment(&program(&[65536, 16384])).unwrap(), 16384);
        assert_eq!(least_alignment(&program(&[65536, 4096])).unwrap(), 4096);
        assert!(least_alignment(&program(&[])).is_err());
        assert!(least_alignment(b"no program").is_err());
    }

    #[test]
    fn program_for_small_pages_is_reported_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("hello");
        std::fs::write(&file, program(&[4096])).unwrap();
        let check = |triple: &str| {
            check(
                &Target::from_triple(triple).unwrap(),
                std::slice::from_ref(&file),
            )
        };
        let message = check("aarch64-linux-android").unwrap_err();
        let message = message.message().unwrap();
        assert!(
            message.contains("hello: ") && message.contains("4096"),
            "{message}"
        );
        // 32-bit devices have pages of 4 KiB.
        assert!(check("armv7-linux-androideabi").is_ok());
        std::fs::write(&file, program(&[16384])).unwrap();
        assert!(check("aarch64-linux-android").is_ok());
    }
}
