// SPDX-License-Identifier: MIT
//! Tests the use of Xcode and osxcross.

use super::{archiver, clang_target, compiler, deployment, linker, sdk};
use crate::{FakeMachine, Output, Target, catalog};

fn says(text: &str) -> Output {
    Output {
        success: true,
        stdout: format!("{text}\n"),
        ..Output::default()
    }
}

const CLANG: &str = "/Xcode/usr/bin/clang++";

fn mac() -> FakeMachine {
    ["macosx", "iphoneos", "xrsimulator"].iter().fold(
        FakeMachine::new("macos", "aarch64").with_var("PATH", "/usr/bin"),
        |machine, sdk| {
            machine
                .with_program("/usr/bin/xcrun", &format!("{sdk} --find"), says(CLANG))
                .with_program(
                    "/usr/bin/xcrun",
                    &format!("{sdk} --show-sdk-path"),
                    says(&format!("/Xcode/{sdk}.sdk")),
                )
        },
    )
}

fn found(triple: &str, machine: &FakeMachine) -> String {
    let target = Target::from_triple(triple).unwrap();
    match compiler(&target, triple != "aarch64-apple-darwin", machine) {
        Ok(compiler) => compiler.command(),
        Err(missing) => missing.to_string(),
    }
}

#[test]
fn xcode_gets_target_and_sdk() {
    for (triple, expected) in [
        (
            "aarch64-apple-darwin",
            "--target=arm64-apple-macosx11.0 -isysroot /Xcode/macosx.sdk",
        ),
        (
            "x86_64-apple-darwin",
            "--target=x86_64-apple-macosx10.12 -isysroot /Xcode/macosx.sdk",
        ),
        (
            "aarch64-apple-ios",
            "--target=arm64-apple-ios10.0 -isysroot /Xcode/iphoneos.sdk",
        ),
        (
            "aarch64-apple-visionos-sim",
            "--target=arm64-apple-xros1.0-simulator -isysroot /Xcode/xrsimulator.sdk",
        ),
        (
            "x86_64-apple-ios-macabi",
            "--target=x86_64-apple-ios13.1-macabi -isysroot /Xcode/macosx.sdk \
             -isystem /Xcode/macosx.sdk/System/iOSSupport/usr/include \
             -iframework /Xcode/macosx.sdk/System/iOSSupport/System/Library/Frameworks",
        ),
    ] {
        assert_eq!(found(triple, &mac()), format!("{CLANG} {expected}"));
    }
}

#[test]
fn variables_are_honoured() {
    let machine = mac()
        .with_var("MACOSX_DEPLOYMENT_TARGET", "13.3")
        .with_var("SDKROOT", "/A/MacOSX.platform/MacOSX.sdk");
    assert_eq!(
        found("aarch64-apple-darwin", &machine),
        format!("{CLANG} --target=arm64-apple-macosx13.3 -isysroot /A/MacOSX.platform/MacOSX.sdk")
    );
    // An SDK of another platform is ignored.
    assert_eq!(
        found("aarch64-apple-ios", &machine),
        format!("{CLANG} --target=arm64-apple-ios10.0 -isysroot /Xcode/iphoneos.sdk")
    );
}

#[test]
fn missing_sdk_is_reported() {
    let bare = FakeMachine::new("macos", "aarch64").with_var("PATH", "/usr/bin");
    let message = found("aarch64-apple-darwin", &bare);
    assert!(message.contains("there is no xcrun"), "{message}");
    assert!(
        message.contains("help: xcode-select --install"),
        "{message}"
    );
    let message = found("aarch64-apple-tvos", &mac());
    assert!(message.contains("xcrun --sdk appletvos"), "{message}");
    assert!(message.contains("help: install Xcode"), "{message}");
    let linux = FakeMachine::new("linux", "x86_64").with_var("PATH", "/usr/bin");
    let message = found("aarch64-apple-darwin", &linux);
    assert!(message.contains("osxcross"), "{message}");
    let message = found("aarch64-apple-ios", &linux);
    assert!(message.contains("build on a Mac"), "{message}");
}

#[test]
fn a_compiler_without_xcode_is_a_compiler() {
    let nix = FakeMachine::new("macos", "aarch64")
        .with_var("PATH", "/nix/bin")
        .with_file("/nix/bin/clang++", "");
    assert_eq!(
        found("aarch64-apple-darwin", &nix),
        "/nix/bin/clang++ --target=arm64-apple-macosx11.0"
    );
}

#[test]
fn osxcross_by_its_newest_name() {
    let machine = FakeMachine::new("linux", "x86_64")
        .with_var("PATH", "/usr/bin")
        .with_var("OSXCROSS_TARGET_DIR", "/osxcross/target")
        .with_file("/osxcross/target/bin/x86_64-apple-darwin9-clang++", "")
        .with_file("/osxcross/target/bin/x86_64-apple-darwin23.5-clang++", "")
        .with_file("/osxcross/target/bin/x86_64-apple-darwin23.5-clang", "")
        .with_file("/osxcross/target/bin/x86_64-apple-darwin23.5-ar", "")
        .with_file("/usr/bin/oa64-clang++", "");
    assert_eq!(
        found("x86_64-apple-darwin", &machine),
        "/osxcross/target/bin/x86_64-apple-darwin23.5-clang++ -mmacosx-version-min=10.12"
    );
    assert_eq!(
        found("aarch64-apple-darwin", &machine),
        "/usr/bin/oa64-clang++ -mmacosx-version-min=11.0"
    );
    let target = Target::from_triple("x86_64-apple-darwin").unwrap();
    let program = compiler(&target, true, &machine).unwrap().program;
    assert_eq!(
        archiver(&program, &machine).unwrap().command(),
        "/osxcross/target/bin/x86_64-apple-darwin23.5-ar"
    );
    assert_eq!(
        linker(&target, &machine).unwrap().command(),
        "/osxcross/target/bin/x86_64-apple-darwin23.5-clang"
    );
}

/// Compares with the rustc that compiles this test, if it prints deployment targets.
#[test]
fn deployment_targets_default_to_rustc() {
    let mut checked = 0;
    for entry in catalog::ENTRIES {
        let target = Target::from_triple(entry.triple).unwrap();
        if !target.is_apple() {
            continue;
        }
        let (variable, default) = deployment(&target);
        assert!(clang_target(&target, &FakeMachine::new("macos", "aarch64")).contains(default));
        assert!(!sdk(&target).is_empty());
        let output =
            std::process::Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
                .args(["--print", "deployment-target", "--target", entry.triple])
                .env_remove(variable)
                .output()
                .unwrap();
        if output.status.success() {
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(
                said.trim(),
                format!("{variable}={default}"),
                "{}",
                entry.triple
            );
        }
        checked += 1;
    }
    assert_eq!(checked, 13);
}
