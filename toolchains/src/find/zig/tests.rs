// SPDX-License-Identifier: MIT
use super::{ToolchainChoice, processor, program, triple};
use crate::{FakeMachine, Output, Target};

#[test]
fn toolchain_choices_parse() {
    for text in ["auto", "system", "zig", "zig:2.17", "zig:2.2.5"] {
        assert_eq!(ToolchainChoice::parse(text).unwrap().text(), text);
    }
    for text in ["", "Zig", "zig:", "zig:2", "zig:2.x", "gcc:2.17"] {
        assert_eq!(ToolchainChoice::parse(text), None, "{text}");
    }
}

#[test]
fn targets_map_to_zig_names() {
    for (name, glibc, expected) in [
        (
            "x86_64-unknown-linux-gnu",
            Some("2.17"),
            "x86_64-linux-gnu.2.17",
        ),
        ("aarch64-unknown-linux-musl", None, "aarch64-linux-musl"),
        ("armv7-unknown-linux-gnueabihf", None, "arm-linux-gnueabihf"),
        ("i686-unknown-linux-musl", None, "x86-linux-musl"),
        ("riscv64gc-unknown-linux-musl", None, "riscv64-linux-musl"),
        (
            "powerpc64le-unknown-linux-gnu",
            None,
            "powerpc64le-linux-gnu",
        ),
        ("x86_64-pc-windows-gnullvm", None, "x86_64-windows-gnu"),
        ("aarch64-apple-darwin", None, "aarch64-macos"),
        ("x86_64-unknown-freebsd", None, "x86_64-freebsd"),
        ("armv7-unknown-freebsd", None, "arm-freebsd-eabihf"),
        ("x86_64-unknown-linux-gnux32", None, "x86_64-linux-gnux32"),
        ("powerpc64-unknown-linux-musl", None, "powerpc64-linux-musl"),
    ] {
        let target = Target::from_triple(name).unwrap();
        assert_eq!(triple(&target, glibc).as_deref(), Some(expected));
    }
    for name in [
        "aarch64-linux-android",
        "x86_64-pc-windows-msvc",
        "aarch64-apple-ios",
        "x86_64-unknown-illumos",
        // No such glibc, or a clang that crashes.
        "powerpc-unknown-linux-gnu",
        "powerpc64-unknown-linux-gnu",
        "sparc64-unknown-linux-gnu",
        "sparc64-unknown-netbsd",
        "sparc64-unknown-openbsd",
    ] {
        let target = Target::from_triple(name).unwrap();
        assert_eq!(triple(&target, None), None, "{name}");
    }
    let old = Target::from_triple("i586-unknown-linux-musl").unwrap();
    assert_eq!(processor(&old), Some("pentium"));
}

#[test]
fn python_package_provides_zig() {
    let machine = FakeMachine::new("linux", "x86_64")
        .with_var("PATH", "/bin")
        .with_file("/py/ziglang/zig", "");
    assert!(program(&machine).is_err());
    let said = Output {
        success: true,
        stdout: "/py/ziglang/zig\n".to_owned(),
        ..Output::default()
    };
    let machine = machine.with_program("/bin/python3", "ziglang", said);
    assert_eq!(program(&machine).unwrap().to_str(), Some("/py/ziglang/zig"));
    let machine = machine.with_file("/bin/zig", "");
    assert_eq!(program(&machine).unwrap().to_str(), Some("/bin/zig"));
}
