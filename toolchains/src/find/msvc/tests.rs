// SPDX-License-Identifier: MIT
//! Tests with the documented layouts of Visual Studio and unpacked SDKs.

use super::{compiler, linker};
use crate::{FakeMachine, Output, Target};

const INSTALLER: &str = "C:/Program Files (x86)/Microsoft Visual Studio/Installer/vswhere.exe";
const VC: &str = "C:/Program Files/Microsoft Visual Studio/2022/Community/VC";

fn windows() -> FakeMachine {
    FakeMachine::new("windows", "x86_64").with_var("PATH", "C:/bin")
}

fn with_visual_studio() -> FakeMachine {
    let said = Output {
        success: true,
        stdout: "C:\\Program Files\\Microsoft Visual Studio\\2022\\Community\r\n".to_owned(),
        ..Output::default()
    };
    windows()
        .with_program(INSTALLER, "VC.Tools.x86.x64", said)
        .with_program(INSTALLER, "", Output::default())
        .with_file(
            format!("{VC}/Auxiliary/Build/Microsoft.VCToolsVersion.default.txt"),
            "14.38.33130\r\n",
        )
        .with_file(
            format!("{VC}/Tools/MSVC/14.38.33130/bin/Hostx64/x64/cl.exe"),
            "",
        )
}

fn found(triple: &str, machine: &FakeMachine) -> String {
    let target = Target::from_triple(triple).unwrap();
    match compiler(&target, triple != "x86_64-pc-windows-msvc", machine) {
        Ok(compiler) => compiler.command(),
        Err(missing) => missing.to_string(),
    }
}

#[test]
fn visual_studio_prompt_and_clang() {
    let target = "x86_64-pc-windows-msvc";
    assert_eq!(
        found(target, &with_visual_studio()),
        format!("{VC}/Tools/MSVC/14.38.33130/bin/Hostx64/x64/cl.exe")
    );
    let prompt = windows()
        .with_file("C:/bin/cl.exe", "")
        .with_var("VSCMD_ARG_TGT_ARCH", "x64");
    assert_eq!(found(target, &prompt), "C:/bin/cl.exe");
    // A prompt for another architecture.
    let message = found("i686-pc-windows-msvc", &prompt);
    assert!(message.contains("a developer prompt for x64"), "{message}");
    let clang = windows().with_file("C:/bin/clang-cl.exe", "");
    assert_eq!(
        found("i686-win7-windows-msvc", &clang),
        "C:/bin/clang-cl.exe --target=i686-pc-windows-msvc"
    );
}

#[test]
fn missing_compiler_is_reported() {
    let message = found("x86_64-pc-windows-msvc", &windows());
    assert!(message.contains("vswhere.exe (not there)"), "{message}");
    assert!(message.contains("help: winget install"), "{message}");
    let message = found("aarch64-pc-windows-msvc", &with_visual_studio());
    assert!(message.contains("no Visual Studio has"), "{message}");
    let linux = FakeMachine::new("linux", "x86_64")
        .with_var("PATH", "/bin")
        .with_var("HOME", "/home/me");
    let message = found("x86_64-pc-windows-msvc", &linux);
    for part in [
        "XWIN_DIR (not set)",
        "/home/me/.cache/cargo-xwin/xwin (no crt/include",
        "help: cargo install xwin",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn an_unpacked_sdk_serves_clang_and_its_linker() {
    let linux = FakeMachine::new("linux", "x86_64")
        .with_var("PATH", "/bin")
        .with_file("/bin/clang-cl-9", "")
        .with_file("/bin/clang-cl-14", "")
        .with_file("/bin/lld-link", "");
    let target = Target::from_triple("x86_64-pc-windows-msvc").unwrap();
    let splat = linux
        .clone()
        .with_var("XDG_CACHE_HOME", "/c")
        .with_file("/c/cargo-xwin/xwin/crt/include/vcruntime.h", "")
        .with_file("/c/cargo-xwin/xwin/crt/lib/x86_64/msvcrt.lib", "")
        .with_file("/c/cargo-xwin/xwin/sdk/lib/um/x86_64/mincore.lib", "");
    assert_eq!(
        found("x86_64-pc-windows-msvc", &splat),
        "/bin/clang-cl-14 --target=x86_64-pc-windows-msvc \
         -imsvc/c/cargo-xwin/xwin/crt/include -imsvc/c/cargo-xwin/xwin/sdk/include/ucrt \
         -imsvc/c/cargo-xwin/xwin/sdk/include/um -imsvc/c/cargo-xwin/xwin/sdk/include/shared"
    );
    assert_eq!(
        linker(&target, &splat).unwrap().command(),
        "/bin/lld-link /libpath:/c/cargo-xwin/xwin/crt/lib/x86_64 \
         /libpath:/c/cargo-xwin/xwin/sdk/lib/um/x86_64"
    );
    let sysroot = linux
        .with_var("XWIN_DIR", "/vs")
        .with_file("/vs/VC/Tools/MSVC/14.38/include/vcruntime.h", "");
    assert_eq!(
        found("arm64ec-pc-windows-msvc", &sysroot),
        "/bin/clang-cl-14 --target=arm64ec-pc-windows-msvc -winsysroot /vs"
    );
    assert_eq!(
        linker(&target, &sysroot).unwrap().command(),
        "/bin/lld-link /winsysroot:/vs"
    );
}
