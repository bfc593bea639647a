// SPDX-License-Identifier: MIT
//! Tests where an NDK is searched, and the errors for unusable ones.

use super::{Layout, R26, SDK, machine, name, resolved};
use crate::FakeMachine;

#[test]
fn ndk_is_searched_in_the_documented_order() {
    // Every path has an NDK; remove the preferred ones one by one.
    let variables = [
        "ANDROID_NDK",
        "ANDROID_NDK_HOME",
        "ANDROID_NDK_ROOT",
        "ANDROID_NDK_PATH",
        "NDK_HOME",
        "ANDROID_HOME",
        "ANDROID_SDK_ROOT",
    ];
    for first in 0..=variables.len() {
        let mut all = R26.at(&format!("{SDK}/ndk/26.1.10909125"), machine());
        for variable in &variables[first..] {
            let sdk = matches!(*variable, "ANDROID_HOME" | "ANDROID_SDK_ROOT");
            let below = if sdk { "/ndk/26.1.10909125" } else { "" };
            all = R26
                .at(&format!("/{variable}{below}"), all)
                .with_var(variable, format!("/{variable}"));
        }
        let expected = variables
            .get(first)
            .map_or(SDK.to_owned(), |variable| format!("/{variable}"));
        let found = resolved("aarch64-linux-android", &all).unwrap();
        assert!(found.program.starts_with(&expected), "{found:?}");
        // Equal revisions in two paths don't conflict; another SDK does.
        let notes = usize::from(variables.get(first) == Some(&"ANDROID_HOME"));
        assert_eq!(found.notes.len(), notes, "{:?}", found.notes);
    }
}

#[test]
fn newest_complete_ndk_is_chosen() {
    let mut all = machine().with_file(format!("{SDK}/ndk/99.0.0/readme"), "");
    for revision in ["9.9.9", "25.2.9519653", "26.1.10909125", "26.0.10792818"] {
        let layout = Layout { revision, ..R26 };
        all = layout.at(&format!("{SDK}/ndk/{revision}"), all);
    }
    let found = resolved("aarch64-linux-android", &all).unwrap();
    assert!(
        found
            .program
            .starts_with(format!("{SDK}/ndk/26.1.10909125")),
        "{found:?}"
    );
}

#[test]
fn disagreeing_variables_are_reported() {
    let older = Layout {
        revision: "25.2.9519653",
        ..R26
    };
    let machine = older
        .at("/b", R26.at("/a", machine()))
        .with_var("ANDROID_NDK_HOME", "/a/")
        .with_var("ANDROID_NDK_ROOT", "/b")
        .with_var("ANDROID_NDK_PATH", "/nowhere")
        .with_var("NDK_HOME", "/a");
    let found = resolved("aarch64-linux-android", &machine).unwrap();
    assert!(found.program.starts_with("/a"));
    assert_eq!(
        found.notes,
        [
            "the NDK is r26b in /a/, which ANDROID_NDK_HOME names; \
             ANDROID_NDK_ROOT names another: r25c in /b",
            "the NDK is r26b in /a/, which ANDROID_NDK_HOME names; \
             ANDROID_NDK_PATH names another: /nowhere/source.properties (not there)",
        ]
    );
}

#[test]
fn hosts_have_directories_of_their_own() {
    for (os, arch, directory, suffix, variable, sdk) in [
        (
            "linux",
            "x86_64",
            "linux-x86_64",
            "",
            "HOME",
            "/h/Android/Sdk",
        ),
        (
            "macos",
            "aarch64",
            "darwin-x86_64",
            "",
            "HOME",
            "/h/Library/Android/sdk",
        ),
        (
            "windows",
            "x86_64",
            "windows-x86_64",
            ".cmd",
            "LOCALAPPDATA",
            "/h/Android/Sdk",
        ),
        // Google doesn't publish these, but others build them.
        (
            "linux",
            "aarch64",
            "linux-aarch64",
            "",
            "HOME",
            "/h/Android/Sdk",
        ),
    ] {
        let layout = Layout {
            host: directory,
            suffix,
            ..R26
        };
        let machine = layout
            .at(
                &format!("{sdk}/ndk/26.1.10909125"),
                FakeMachine::new(os, arch),
            )
            .with_var(variable, "/h");
        let found = resolved("aarch64-linux-android", &machine).unwrap();
        assert_eq!(
            name(&found),
            format!("aarch64-linux-android21-clang++{suffix}")
        );
        assert!(found.notes.is_empty(), "{:?}", found.notes);
    }
    let foreign = R26
        .at("/ndk", FakeMachine::new("linux", "aarch64"))
        .with_var("ANDROID_NDK", "/ndk");
    let found = resolved("aarch64-linux-android", &foreign).unwrap();
    assert!(found.notes[0].contains("are for x86_64, and this machine is aarch64"));
}

#[test]
fn unusable_ndk_is_one_message() {
    let at = |layout: Layout<'_>| {
        layout
            .at("/my ndk", machine())
            .with_var("ANDROID_NDK", "/my ndk")
    };
    let named = at(R26);
    for (machine, expected) in [
        (
            machine(),
            &[
                "no Android NDK for aarch64-linux-android",
                "ANDROID_NDK, ANDROID_NDK_HOME, ANDROID_NDK_ROOT, ANDROID_NDK_PATH, NDK_HOME (not set)",
                "ANDROID_HOME, ANDROID_SDK_ROOT (not set)",
                "the default SDK: /home/me/Android/Sdk/ndk (not there)",
                "help: sdkmanager \"ndk;",
                "help: set ANDROID_NDK to",
                "help: set CXX_aarch64_linux_android to",
            ][..],
        ),
        (
            machine().with_var("ANDROID_NDK", "/nowhere"),
            &[
                "ANDROID_NDK is `/nowhere`, which is no NDK that can be used",
                "/nowhere/source.properties (not there)",
            ],
        ),
        // A variable is explicit: an NDK elsewhere doesn't replace it.
        (
            R26.at("/good", machine())
                .with_var("ANDROID_NDK_HOME", "/good")
                .with_var("ANDROID_NDK", "/nowhere"),
            &["ANDROID_NDK is `/nowhere`"],
        ),
        (
            machine()
                .with_var("NDK_HOME", "/x")
                .with_file("/x/source.properties", "Pkg.Desc = Android NDK\n"),
            &["NDK_HOME is `/x`", "it tells no Pkg.Revision"],
        ),
        (
            at(Layout {
                revision: "22.1.7171670",
                ..R26
            }),
            &["it is r22b; r23 is the oldest that will do"],
        ),
        (
            Layout {
                revision: "21.4.7075529",
                ..R26
            }
            .at(&format!("{SDK}/ndk/21.4.7075529"), machine()),
            &["no Android NDK", "21.4.7075529 (it is r21e; r23 is"],
        ),
        (
            at(Layout {
                host: "windows-x86_64",
                ..R26
            }),
            &[
                "has no programs for this machine (linux-x86_64)",
                "/my ndk/toolchains/llvm/prebuilt (windows-x86_64 there)",
            ],
        ),
        (
            at(Layout {
                levels: &[16, 19],
                ..R26
            }),
            &["has no C++ compiler for", "aarch64-linux-android21-clang++"],
        ),
        (
            named.clone().with_var("ANDROID_PLATFORM", "19"),
            &["ANDROID_PLATFORM is `19`, but Rust's std needs 21 at least"],
        ),
        (
            named.clone().with_var("ANDROID_PLATFORM", "android-99"),
            &["but the NDK r26b in /my ndk has 21 to 34"],
        ),
        (
            named.clone().with_var("ANDROID_PLATFORM", "newest"),
            &["it can be a number (`24`, `android-24`) or `latest`"],
        ),
    ] {
        let message = resolved("aarch64-linux-android", &machine).unwrap_err();
        for words in expected {
            assert!(message.contains(words), "`{words}` is not in:\n{message}");
        }
    }
    let found = resolved("aarch64-linux-android", &named).unwrap();
    assert!(found.program.starts_with("/my ndk"));
}
