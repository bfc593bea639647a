// SPDX-License-Identifier: MIT
//! Tests of the runner: a device that adb lists.

use super::{HOST, R26, machine};
use crate::find::toolchain;
use crate::{FakeMachine, Output, Target};

#[test]
fn device_with_the_abi_is_the_runner() {
    let says = |stdout: &str| Output {
        success: true,
        stdout: stdout.to_owned(),
        ..Output::default()
    };
    let target = Target::from_triple("aarch64-linux-android").unwrap();
    let base = R26.at("/ndk", machine()).with_var("ANDROID_NDK", "/ndk");
    let runner = |machine: &FakeMachine| {
        let toolchain = toolchain(&target, HOST, machine).unwrap();
        toolchain.runner.map_err(|missing| missing.to_string())
    };
    let message = runner(&base).unwrap_err();
    assert!(message.contains("PATH, for adb"), "{message}");
    let adb = |list: &str| {
        base.clone()
            .with_program("/usr/bin/adb", "devices", says(list))
            .with_program(
                "/usr/bin/adb",
                "-s old shell",
                says("armeabi-v7a,armeabi\n"),
            )
            .with_program(
                "/usr/bin/adb",
                "-s new shell",
                says("arm64-v8a,armeabi-v7a\n"),
            )
    };
    let all = "List of devices attached\nlocked\tunauthorized\nold\tdevice\nnew\tdevice\n\n";
    assert_eq!(runner(&adb(all)).unwrap(), ["/usr/bin/adb", "new"]);
    for (machine, expected) in [
        (
            adb("List of devices attached\n\n"),
            "adb devices (none is there)",
        ),
        (
            adb("x\nold\tdevice\n"),
            "adb devices (old: none runs arm64-v8a)",
        ),
        (
            adb(all).with_var("ANDROID_SERIAL", "gone"),
            "adb devices (gone, of ANDROID_SERIAL, is not there)",
        ),
    ] {
        let message = runner(&machine).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
}
