// SPDX-License-Identifier: MIT
//! Tests which compiler, linker and runner are found, and the errors if none is.

use super::{compiler, runner, toolchain};
use crate::{FakeMachine, Machine as _, Target};

const HOST: &str = "x86_64-unknown-linux-gnu";

fn linux(programs: &[&str]) -> FakeMachine {
    programs.iter().fold(
        FakeMachine::new("linux", "x86_64").with_var("PATH", "/usr/local/bin:/usr/bin"),
        |machine, program| machine.with_file(*program, ""),
    )
}

fn found(triple: &str, machine: &FakeMachine) -> Result<String, String> {
    let target = Target::from_triple(triple).unwrap();
    compiler(&target, HOST, machine)
        .map(|compiler| compiler.command())
        .map_err(|missing| missing.to_string())
}

#[test]
fn native_uses_the_first_compiler_found() {
    let both = linux(&["/usr/bin/g++", "/usr/bin/clang++"]);
    assert_eq!(found(HOST, &both).unwrap(), "/usr/bin/g++");
    let clang = linux(&["/usr/bin/clang++"]);
    assert_eq!(found(HOST, &clang).unwrap(), "/usr/bin/clang++");
}

#[test]
fn variables_win_and_may_contain_arguments() {
    let machine = linux(&["/usr/bin/g++", "/usr/bin/ccache", "/opt/my compiler/g++"]);
    for (value, expected) in [
        ("g++ -m64", "/usr/bin/g++ -m64"),
        ("ccache g++", "/usr/bin/ccache g++"),
        ("/opt/my compiler/g++", "/opt/my compiler/g++"),
    ] {
        let machine = machine.clone().with_var("CXX", value);
        assert_eq!(found(HOST, &machine).unwrap(), expected);
    }
    for value in ["nosuch++", "ccache nosuch++", "ccache"] {
        let machine = machine.clone().with_var("CXX", value);
        let message = found(HOST, &machine).unwrap_err();
        assert!(
            message.starts_with(&format!("CXX is `{value}`")),
            "{message}"
        );
        assert!(message.contains("help: set CXX to"), "{message}");
    }
    let message = found(HOST, &machine.with_var("CXX", "clang++")).unwrap_err();
    let install = "help: apt-get install clang lld\n  help: set CXX to";
    assert!(message.contains(install), "{message}");
}

#[test]
fn bare_machine_gets_install_command() {
    let machine = linux(&["/usr/bin/apt-get"]);
    assert_eq!(
        found(HOST, &machine).unwrap_err(),
        "no C++ compiler for x86_64-unknown-linux-gnu\n\
         \x20 searched: CXX_x86_64-unknown-linux-gnu, CXX_x86_64_unknown_linux_gnu, HOST_CXX, CXX (not set)\n\
         \x20 searched: PATH, for c++, g++, clang++\n\
         \x20 help: apt-get install g++"
    );
    assert_eq!(
        found("aarch64-unknown-linux-gnu", &machine).unwrap_err(),
        "no C++ compiler for aarch64-unknown-linux-gnu\n\
         \x20 searched: CXX_aarch64-unknown-linux-gnu, CXX_aarch64_unknown_linux_gnu, TARGET_CXX, CXX (not set)\n\
         \x20 searched: PATH, for aarch64-linux-gnu-g++, aarch64-unknown-linux-gnu-g++, aarch64-none-linux-gnu-g++\n\
         \x20 searched: SNMALLOC_SYSROOT_aarch64-unknown-linux-gnu, SNMALLOC_SYSROOT_aarch64_unknown_linux_gnu, TARGET_SNMALLOC_SYSROOT, SNMALLOC_SYSROOT (not set)\n\
         \x20 searched: PATH, for zig\n\
         \x20 searched: python3 and python, for the package ziglang\n\
         \x20 help: apt-get install g++-aarch64-linux-gnu\n\
         \x20 help: apt-get install python3-pip && python3 -m pip install --break-system-packages ziglang\n\
         \x20 help: set CXX_aarch64_unknown_linux_gnu to a C++ compiler for it"
    );
}

#[test]
fn variant_of_the_host_target_uses_the_host_compiler() {
    let machine = linux(&["/usr/bin/g++", "/usr/bin/x86_64-linux-gnu-g++"]);
    let target = Target::from_triple("x86_64-unknown-linux-gnuasan").unwrap();
    let toolchain = toolchain(&target, HOST, &machine).unwrap();
    assert_eq!(toolchain.compiler.command(), "/usr/bin/g++");
    assert_eq!(toolchain.linker, None);
    assert!(found("x86_64-unknown-linux-gnux32", &machine).is_err());
}

#[test]
fn a_gnu_cross_toolchain_comes_with_linker_and_runner() {
    let machine = linux(&[
        "/usr/bin/aarch64-linux-gnu-g++",
        "/usr/bin/aarch64-linux-gnu-gcc",
        "/usr/bin/qemu-aarch64",
        "/usr/aarch64-linux-gnu/lib/libc.so.6",
    ]);
    let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
    let toolchain = toolchain(&target, HOST, &machine).unwrap();
    assert_eq!(
        toolchain.linker.unwrap().command(),
        "/usr/bin/aarch64-linux-gnu-gcc"
    );
    assert_eq!(
        toolchain.runner.unwrap(),
        ["/usr/bin/qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]
    );
}

/// The host may have a 32-bit C library of its own.
#[test]
fn programs_for_32_bit_x86_get_the_sysroots_libraries() {
    let machine = linux(&[
        "/usr/bin/i686-linux-gnu-g++",
        "/usr/bin/qemu-i386",
        "/usr/i686-linux-gnu/lib/libc.so.6",
        "/usr/lib32/libc.so.6",
    ]);
    for triple in ["i586-unknown-linux-gnu", "i686-unknown-linux-gnu"] {
        let target = Target::from_triple(triple).unwrap();
        let runner = toolchain(&target, HOST, &machine).unwrap().runner.unwrap();
        let expected = "/usr/bin/qemu-i386 -L /usr/i686-linux-gnu \
                        -E LD_LIBRARY_PATH=/usr/i686-linux-gnu/lib";
        assert_eq!(runner.join(" "), expected);
    }
}

#[test]
fn missing_emulator_is_reported_and_the_build_goes_on() {
    let machine = linux(&["/usr/bin/aarch64-linux-gnu-g++", "/usr/bin/apt-get"]);
    let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
    let toolchain = toolchain(&target, HOST, &machine).unwrap();
    let missing = toolchain.runner.unwrap_err().to_string();
    assert!(missing.contains("qemu-aarch64"), "{missing}");
    assert!(missing.contains("apt-get install qemu-user"), "{missing}");
}

#[test]
fn the_runner_is_known_without_a_compiler() {
    let qemu = linux(&["/usr/bin/apt-get", "/usr/bin/qemu-aarch64"]);
    let named = qemu
        .clone()
        .with_var("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", "my runner");
    let bare = linux(&["/usr/bin/apt-get"]);
    for (triple, machine, expected) in [
        (HOST, &bare, Ok("")),
        (
            "aarch64-unknown-linux-gnu",
            &bare,
            Err("help: apt-get install qemu-user"),
        ),
        (
            "aarch64-unknown-linux-gnu",
            &qemu,
            Err("help: apt-get install g++-aarch64-linux-gnu"),
        ),
        ("aarch64-unknown-linux-gnu", &named, Ok("my runner")),
        (
            "aarch64-unknown-linux-musl",
            &qemu,
            Ok("/usr/bin/qemu-aarch64"),
        ),
    ] {
        let target = Target::from_triple(triple).unwrap();
        match (runner(&target, HOST, machine), expected) {
            (Ok(words), Ok(expected)) => assert_eq!(words.join(" "), expected),
            (Err(missing), Err(expected)) => {
                assert!(missing.to_string().contains(expected), "{missing}");
            }
            (found, _) => panic!("{triple}: {found:?}"),
        }
    }
}

/// The loader for 64-bit programs doesn't start them.
#[test]
fn programs_of_32_bits_have_their_own_wine() {
    let target = Target::from_triple("i686-pc-windows-gnu").unwrap();
    let wide = linux(&["/usr/lib/wine/wine64", "/usr/bin/wine64"]);
    let missing = runner(&target, HOST, &wide).unwrap_err().to_string();
    assert!(missing.contains("no Wine to run programs for"), "{missing}");
    let both = linux(&["/usr/lib/wine/wine64", "/usr/lib/wine/wine"]);
    let found = runner(&target, HOST, &both).unwrap();
    assert_eq!(found, ["/usr/lib/wine/wine"]);
}

#[test]
fn zig_compiles_where_it_cannot_link() {
    for triple in ["powerpc-unknown-netbsd", "x86_64-unknown-linux-gnux32"] {
        let target = Target::from_triple(triple).unwrap();
        let machine = linux(&["/usr/bin/zig"]);
        assert!(compiler(&target, HOST, &machine).is_ok(), "{triple}");
        let missing = toolchain(&target, HOST, &machine).unwrap_err().to_string();
        assert!(missing.contains("can't link programs"), "{missing}");
        let machine = machine.with_var(&target.cargo_variable("LINKER"), "mine");
        assert!(toolchain(&target, HOST, &machine).is_ok(), "{triple}");
    }
}

#[test]
fn cargo_linker_and_runner_settings_win() {
    let machine = linux(&["/usr/bin/aarch64-linux-gnu-g++"])
        .with_var("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "mine")
        .with_var("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", "my runner");
    let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
    let toolchain = toolchain(&target, HOST, &machine).unwrap();
    assert_eq!(toolchain.linker, None);
    assert_eq!(toolchain.runner.unwrap(), ["my", "runner"]);
    assert!(machine.var("PATH").is_some());
}
