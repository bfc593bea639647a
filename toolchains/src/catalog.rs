// SPDX-License-Identifier: MIT
//! What is known of each target beyond its name.

use crate::Target;

/// The targets that are built and tested.
pub const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/// The prefix of GNU tools for `target`, as Debian spells it:
/// `aarch64-linux-gnu`, `arm-linux-gnueabihf`.
pub fn gnu_prefix(target: &Target) -> String {
    let cpu = match target.arch.as_str() {
        "arm" => "arm",
        "riscv64" => "riscv64",
        _ => target.cpu(),
    };
    format!("{cpu}-{}-{}{}", target.os, target.env, target.abi)
}

/// The name of qemu's user-mode emulator for `target`; `None` where there is none.
pub fn qemu(target: &Target) -> Option<String> {
    let arch = match (target.arch.as_str(), target.os.as_str()) {
        (_, os) if os != "linux" => return None,
        ("x86", _) => "i386",
        (arch, _) => arch,
    };
    Some(format!("qemu-{arch}"))
}
