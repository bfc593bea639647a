// SPDX-License-Identifier: MIT
//! Target triples, split into their parts.

pub mod cpu;

use self::cpu::Cpu;

/// The facts about a target that follow from its name (or from cargo).
///
/// The fields have the meaning of rustc's `cfg(target_*)` of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The full name, such as `armv7-unknown-linux-gnueabihf`.
    pub triple: String,
    /// `target_arch`: `x86_64`, `aarch64`, `arm`, `x86`, `riscv64`, …
    pub arch: String,
    /// `target_os`: `linux`, `windows`, `macos`, `android`, …
    pub os: String,
    /// `target_env`: `gnu`, `musl`, `msvc`, … or empty.
    pub env: String,
    /// `target_abi`: `eabihf`, `llvm`, `sim`, … or empty.
    pub abi: String,
    /// `target_pointer_width`, in bits.
    pub pointer_width: u8,
    /// `target_endian` is `little`.
    pub little_endian: bool,
    /// The C runtime is linked statically (`target_feature = "crt-static"`).
    pub crt_static: bool,
}

impl Target {
    /// Reads the target of a build script from cargo's variables
    /// (`TARGET`, `CARGO_CFG_TARGET_*`).
    ///
    /// # Errors
    /// The name of the first variable that cargo did not set.
    pub fn from_cargo(var: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let required = |name: &str| var(name).ok_or_else(|| name.to_owned());
        let optional = |name: &str| var(name).unwrap_or_default();
        Ok(Self {
            triple: required("TARGET")?,
            arch: required("CARGO_CFG_TARGET_ARCH")?,
            os: required("CARGO_CFG_TARGET_OS")?,
            env: optional("CARGO_CFG_TARGET_ENV"),
            abi: optional("CARGO_CFG_TARGET_ABI"),
            pointer_width: required("CARGO_CFG_TARGET_POINTER_WIDTH")?
                .parse()
                .unwrap_or(64),
            little_endian: optional("CARGO_CFG_TARGET_ENDIAN") != "big",
            crt_static: optional("CARGO_CFG_TARGET_FEATURE")
                .split(',')
                .any(|feature| feature == "crt-static"),
        })
    }

    /// Parses a triple, in the spelling of rustc's target list.
    ///
    /// Returns `None` if the architecture or OS is unknown, or if the name isn't a file name.
    pub fn from_triple(triple: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !triple.chars().all(plain) {
            return None;
        }
        let mut parts: Vec<&str> = triple.split('-').collect();
        let cpu = parts.remove(0);
        let row = cpu::named(cpu)?;
        // Some names omit the vendor (`aarch64-linux-android`).
        let rest = match parts.as_slice() {
            [vendor, rest @ ..] if !rest.is_empty() && !is_os(vendor) => rest,
            rest => rest,
        };
        let (os, suffix) = match rest {
            [] => return None,
            [os] => (*os, ""),
            [os, suffix, ..] => (*os, *suffix),
        };
        let os = match os {
            "darwin" => "macos",
            "wasip1" | "wasip2" => "wasi",
            // `unknown` means "no OS" in the WebAssembly names.
            other => other,
        };
        let vendor_os = match (os, suffix) {
            // x86_64-unknown-linux-ohos and *-linux-android have the OS last.
            ("linux", suffix) if suffix.starts_with("android") => "android",
            (os, _) => os,
        };
        let (env, abi) = env_and_abi(vendor_os, suffix, cpu);
        Some(Self {
            triple: triple.to_owned(),
            arch: row.arch.to_owned(),
            os: vendor_os.to_owned(),
            env: env.to_owned(),
            abi: abi.to_owned(),
            pointer_width: pointer_width(row, suffix, cpu),
            little_endian: row.little_endian,
            crt_static: env == "musl"
                // rustc links these dynamically against musl.
                && !matches!(cpu, "loongarch64" | "powerpc64" | "riscv64gc"),
        })
    }

    /// The first part of the triple: `armv7`, `i586`, `riscv64gc`, …
    pub fn cpu(&self) -> &str {
        self.triple.split('-').next().unwrap_or_default()
    }

    /// The part of the abi that is in the names of GNU tools (`eabihf`, `x32`).
    pub fn abi_suffix(&self) -> &str {
        match self.abi.as_str() {
            "elfv1" | "elfv2" => "",
            abi => abi,
        }
    }

    /// Returns true if this is an Apple platform.
    pub fn is_apple(&self) -> bool {
        matches!(
            self.os.as_str(),
            "macos" | "ios" | "tvos" | "watchos" | "visionos"
        )
    }

    /// Returns true if this is an Apple platform other than macOS: iOS and similar, including their
    /// simulators. Mac Catalyst runs on macOS, with macOS's SDK.
    pub fn is_apple_device(&self) -> bool {
        self.is_apple() && self.os != "macos" && self.abi != "macabi"
    }

    /// The target's name for clang; without a version for Apple's.
    pub fn llvm_triple(&self) -> String {
        let cpu = match self.cpu() {
            "aarch64" if self.is_apple() => "arm64",
            _ => self.llvm_cpu(),
        };
        let abi = self.abi_suffix();
        let system = match (self.os.as_str(), self.env.as_str()) {
            ("macos", _) => "apple-macosx".to_owned(),
            (os, _) if self.is_apple() => {
                let os = if os == "visionos" { "xros" } else { os };
                match abi {
                    "" => format!("apple-{os}"),
                    "sim" => format!("apple-{os}-simulator"),
                    abi => format!("apple-{os}-{abi}"),
                }
            }
            ("android", _) if cpu == "armv7" => "none-linux-android".to_owned(),
            ("windows", env) => format!("pc-windows-{env}"),
            ("illumos", _) => "pc-solaris".to_owned(),
            // GNU tools distinguish ELF from the older formats here.
            ("netbsd", _) if self.arch == "arm" => format!("unknown-netbsdelf-{abi}"),
            ("netbsd", _) if self.arch == "x86" => "unknown-netbsdelf".to_owned(),
            ("freebsd", _) if self.arch == "arm" => format!("unknown-freebsd-gnu{abi}"),
            ("linux", "gnu") => format!("unknown-linux-gnu{abi}"),
            _ => self
                .triple
                .split_once('-')
                .map_or("", |(_, s)| s)
                .to_owned(),
        };
        format!("{cpu}-{system}")
    }

    /// `CARGO_TARGET_<TRIPLE>_<suffix>`, such as the variable for the linker.
    pub fn cargo_variable(&self, suffix: &str) -> String {
        let name = self.triple.to_uppercase().replace(['-', '.'], "_");
        format!("CARGO_TARGET_{name}_{suffix}")
    }
}

fn is_os(part: &str) -> bool {
    matches!(
        part,
        "linux" | "darwin" | "windows" | "freebsd" | "netbsd" | "openbsd"
    )
}

fn env_and_abi<'a>(os: &str, suffix: &'a str, cpu: &str) -> (&'a str, &'a str) {
    match (os, suffix) {
        ("android", "androideabi") => ("", "eabi"),
        ("android", _) => ("", ""),
        ("windows", "gnullvm") => ("gnu", "llvm"),
        ("macos" | "ios" | "tvos" | "watchos" | "visionos", "sim") => ("sim", "sim"),
        ("macos" | "ios" | "tvos" | "watchos" | "visionos", "macabi") => ("macabi", "macabi"),
        // No device ever had that CPU: it is the simulator.
        ("ios", "") if cpu == "x86_64" => ("sim", "sim"),
        (_, "gnux32") => ("gnu", "x32"),
        (_, "gnuasan") => ("gnu", ""),
        (_, "gnuabi64") => ("gnu", "abi64"),
        (_, "muslabi64") => ("musl", "abi64"),
        ("linux", "gnu" | "musl") if cpu == "powerpc64le" => (suffix, "elfv2"),
        ("linux", "gnu") if cpu == "powerpc64" => (suffix, "elfv1"),
        ("linux", "musl") if cpu == "powerpc64" => (suffix, "elfv2"),
        ("freebsd", "") if cpu.starts_with("powerpc64") => ("", "elfv2"),
        ("openbsd", "") if cpu == "powerpc64" => ("", "elfv2"),
        (_, suffix) if suffix.starts_with("gnueabi") => ("gnu", &suffix[3..]),
        (_, suffix) if suffix.starts_with("musleabi") => ("musl", &suffix[4..]),
        (_, suffix) if suffix.starts_with("uclibceabi") => ("uclibc", &suffix[6..]),
        // FreeBSD's name for 32-bit ARM omits the hard-float ABI.
        ("freebsd", "") if cpu.starts_with("arm") => ("", "eabihf"),
        (_, "ohos") if cpu.starts_with("arm") => ("ohos", "eabi"),
        (_, suffix @ ("eabi" | "eabihf")) => ("", suffix),
        (_, suffix) => (suffix, ""),
    }
}

fn pointer_width(row: &Cpu, suffix: &str, cpu: &str) -> u8 {
    let narrow = suffix.ends_with("x32") || suffix.ends_with("_ilp32") || cpu == "arm64_32";
    if narrow { 32 } else { row.pointer_width }
}

#[cfg(test)]
mod tests;
