// SPDX-License-Identifier: MIT
//! The table of CPUs: the names that rustc, GNU, LLVM, zig, qemu and container engines have for one.

use crate::Target;

/// One CPU with one byte order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpu {
    /// The first parts of rustc's triples; an asterisk at the end stands for any rest.
    names: &'static [&'static str],
    /// `target_arch`.
    pub(crate) arch: &'static str,
    /// `target_pointer_width`, in bits, of its usual ABI.
    pub(crate) pointer_width: u8,
    pub(crate) little_endian: bool,
    /// The name in GNU tools, if it is not the triple's.
    gnu: Option<&'static str>,
    /// The name in LLVM's triples, if it is not the triple's.
    llvm: Option<&'static str>,
    /// The name in zig's triples; `None` if zig can't compile the C++ for it.
    pub(crate) zig: Option<&'static str>,
    /// `qemu-<name>` runs its Linux programs.
    pub(crate) qemu: Option<&'static str>,
    /// The names that container engines and the kernel have for it, if not rustc's.
    engine: &'static [&'static str],
    /// The compilers' option for this machine's CPU.
    pub(crate) native: Option<&'static str>,
}

const fn cpu(names: &'static [&'static str], arch: &'static str, pointer_width: u8) -> Cpu {
    Cpu {
        names,
        arch,
        pointer_width,
        little_endian: true,
        gnu: None,
        llvm: None,
        zig: None,
        qemu: None,
        engine: &[],
        native: None,
    }
}

impl Cpu {
    const fn big_endian(mut self) -> Self {
        self.little_endian = false;
        self
    }

    const fn gnu(mut self, name: &'static str) -> Self {
        self.gnu = Some(name);
        self
    }

    const fn llvm(mut self, name: &'static str) -> Self {
        self.llvm = Some(name);
        self
    }

    const fn zig(mut self, name: &'static str) -> Self {
        self.zig = Some(name);
        self
    }

    const fn qemu(mut self, name: &'static str) -> Self {
        self.qemu = Some(name);
        self
    }

    const fn engine(mut self, names: &'static [&'static str]) -> Self {
        self.engine = names;
        self
    }

    const fn native(mut self, option: &'static str) -> Self {
        self.native = Some(option);
        self
    }

    fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|own| match own.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == *own,
        })
    }
}

const MARCH: &str = "-march=native";
const MCPU: &str = "-mcpu=native";

/// Every CPU. The first row with a matching name counts.
const CPUS: &[Cpu] = &[
    cpu(&["x86_64", "x86_64h"], "x86_64", 64)
        .zig("x86_64")
        .qemu("x86_64")
        .engine(&["amd64"])
        .native(MARCH),
    cpu(&["i386", "i486", "i586", "i686"], "x86", 32)
        .gnu("i686")
        .zig("x86")
        .qemu("i386")
        .engine(&["386", "i386", "i686"])
        .native(MARCH),
    cpu(&["aarch64", "arm64_32", "arm64e"], "aarch64", 64)
        .zig("aarch64")
        .qemu("aarch64")
        .engine(&["arm64"])
        .native(MCPU),
    cpu(&["aarch64_be"], "aarch64", 64)
        .big_endian()
        .zig("aarch64_be")
        .qemu("aarch64_be")
        .native(MCPU),
    cpu(&["arm64ec"], "arm64ec", 64),
    cpu(&["armeb", "armebv7r"], "arm", 32)
        .big_endian()
        .zig("armeb")
        .qemu("armeb")
        .native(MCPU),
    cpu(&["thumbv7neon"], "arm", 32)
        .gnu("arm")
        .llvm("armv7")
        .zig("arm")
        .qemu("arm")
        .native(MCPU),
    cpu(&["arm*", "thumb*"], "arm", 32)
        .gnu("arm")
        .zig("arm")
        .qemu("arm")
        .native(MCPU),
    cpu(&["powerpc"], "powerpc", 32)
        .big_endian()
        .zig("powerpc")
        .qemu("ppc")
        .native(MCPU),
    cpu(&["powerpc64"], "powerpc64", 64)
        .big_endian()
        .zig("powerpc64")
        .qemu("ppc64")
        .native(MCPU),
    cpu(&["powerpc64le"], "powerpc64", 64)
        .zig("powerpc64le")
        .qemu("ppc64le")
        .engine(&["ppc64le"])
        .native(MCPU),
    cpu(&["s390x"], "s390x", 64)
        .big_endian()
        .zig("s390x")
        .qemu("s390x")
        .native(MARCH),
    // zig 0.17.1's clang crashes with a segmentation fault on the shim.
    cpu(&["sparc64", "sparcv9"], "sparc64", 64)
        .big_endian()
        .qemu("sparc64"),
    cpu(&["sparc"], "sparc", 32).big_endian().qemu("sparc"),
    cpu(&["riscv64*"], "riscv64", 64)
        .gnu("riscv64")
        .llvm("riscv64")
        .zig("riscv64")
        .qemu("riscv64"),
    cpu(&["riscv32*"], "riscv32", 32).qemu("riscv32"),
    cpu(&["loongarch64"], "loongarch64", 64)
        .zig("loongarch64")
        .qemu("loongarch64"),
    cpu(&["loongarch32"], "loongarch32", 32),
    cpu(&["mips"], "mips", 32).big_endian().qemu("mips"),
    cpu(&["mipsel"], "mips", 32).qemu("mipsel"),
    cpu(&["mips64"], "mips64", 64)
        .big_endian()
        .zig("mips64")
        .qemu("mips64"),
    cpu(&["mips64el"], "mips64", 64)
        .zig("mips64el")
        .qemu("mips64el"),
    cpu(&["mipsisa32r6"], "mips32r6", 32).big_endian(),
    cpu(&["mipsisa32r6el"], "mips32r6", 32),
    cpu(&["mipsisa64r6"], "mips64r6", 64).big_endian(),
    cpu(&["mipsisa64r6el"], "mips64r6", 64),
    cpu(&["wasm32"], "wasm32", 32),
    cpu(&["wasm64"], "wasm64", 64),
    cpu(&["m68k"], "m68k", 32).big_endian().qemu("m68k"),
    cpu(&["csky"], "csky", 32),
];

/// The CPU with that name in a triple.
pub(crate) fn named(name: &str) -> Option<&'static Cpu> {
    CPUS.iter().find(|cpu| cpu.has_name(name))
}

/// rustc's name of the CPU that a container engine or the kernel calls `name`.
pub fn rust_arch(name: &str) -> &str {
    let known = CPUS.iter().find(|cpu| cpu.engine.contains(&name));
    known.map_or(name, |cpu| cpu.arch)
}

impl Target {
    /// The row of its CPU. Names in a user's own target specification are arbitrary, so its
    /// architecture and byte order count.
    pub(crate) fn cpu_row(&self) -> Option<&'static Cpu> {
        let same = |cpu: &&Cpu| cpu.arch == self.arch && cpu.little_endian == self.little_endian;
        named(self.cpu())
            .filter(same)
            // From the end: names of special CPUs come first.
            .or_else(|| CPUS.iter().rev().find(same))
    }

    /// The CPU's name in GNU tools: `i686` for each 32-bit x86, `arm` for each ARM.
    pub(crate) fn gnu_cpu(&self) -> &str {
        let row = self.cpu_row();
        row.and_then(|cpu| cpu.gnu).unwrap_or_else(|| self.cpu())
    }

    /// The CPU's name in LLVM's triples, but for Apple's.
    pub(crate) fn llvm_cpu(&self) -> &str {
        let row = self.cpu_row();
        row.and_then(|cpu| cpu.llvm).unwrap_or_else(|| self.cpu())
    }
}

#[cfg(test)]
mod tests {
    use super::{CPUS, named, rust_arch};
    use crate::Target;

    /// Every name that is looked up leads to one row, which no earlier row hides.
    #[test]
    fn each_row_is_reached_by_its_names() {
        for row in CPUS {
            for name in row.names {
                let found = named(&name.replace('*', "x")).unwrap();
                assert_eq!(found.names, row.names, "{name}");
            }
        }
        assert!(named("z80").is_none());
    }

    #[test]
    fn names_of_one_cpu() {
        let names = |triple: &str| {
            let target = Target::from_triple(triple).unwrap();
            let row = target.cpu_row().unwrap();
            let (zig, qemu) = (row.zig.unwrap_or("-"), row.qemu.unwrap_or("-"));
            [target.gnu_cpu(), target.llvm_cpu(), zig, qemu].join(" ")
        };
        for (triple, expected) in [
            ("i586-unknown-linux-gnu", "i686 i586 x86 i386"),
            ("thumbv7neon-unknown-linux-gnueabihf", "arm armv7 arm arm"),
            (
                "riscv64gc-unknown-linux-gnu",
                "riscv64 riscv64 riscv64 riscv64",
            ),
            (
                "powerpc64le-unknown-linux-gnu",
                "powerpc64le powerpc64le powerpc64le ppc64le",
            ),
            (
                "aarch64_be-unknown-linux-gnu",
                "aarch64_be aarch64_be aarch64_be aarch64_be",
            ),
            ("sparc64-unknown-linux-gnu", "sparc64 sparc64 - sparc64"),
        ] {
            assert_eq!(names(triple), expected, "{triple}");
        }
    }

    #[test]
    fn cpu_of_a_custom_target_is_found_by_its_architecture() {
        let mut target = Target::from_triple("powerpc64-unknown-linux-gnu").unwrap();
        target.triple = "mine".to_owned();
        assert_eq!(target.cpu_row().unwrap().qemu, Some("ppc64"));
        target.little_endian = true;
        assert_eq!(target.cpu_row().unwrap().qemu, Some("ppc64le"));
        // Not Thumb with NEON.
        target.arch = "arm".to_owned();
        assert_eq!(target.llvm_cpu(), "mine");
    }

    #[test]
    fn names_of_engines() {
        for (name, arch) in [
            ("amd64", "x86_64"),
            ("386", "x86"),
            ("arm64", "aarch64"),
            ("ppc64le", "powerpc64"),
            ("riscv64", "riscv64"),
        ] {
            assert_eq!(rust_arch(name), arch);
        }
    }
}
