// SPDX-License-Identifier: MIT
//! Tests with the layouts of real NDKs, on fake machines.

mod device;
mod places;

use std::path::Path;

use super::shared_std;
use crate::find::{compiler, toolchain};
use crate::{Compiler, FakeMachine, Origin, Output, Target};

const HOST: &str = "x86_64-unknown-linux-gnu";
const SDK: &str = "/home/me/Android/Sdk";

fn machine() -> FakeMachine {
    FakeMachine::new("linux", "x86_64")
        .with_var("PATH", "/usr/bin")
        .with_var("HOME", "/home/me")
}

/// The files of an NDK that are read, with the differences between releases.
struct Layout<'a> {
    revision: &'a str,
    host: &'a str,
    levels: &'a [u32],
    suffix: &'a str,
    platforms: bool,
}

const R26: Layout<'_> = Layout {
    revision: "26.1.10909125",
    host: "linux-x86_64",
    levels: &[21, 22, 23, 24, 26, 27, 28, 29, 30, 31, 32, 33, 34],
    suffix: "",
    platforms: true,
};

impl Layout<'_> {
    fn at(&self, root: &str, machine: FakeMachine) -> FakeMachine {
        let bin = format!("{root}/toolchains/llvm/prebuilt/{}/bin", self.host);
        let mut machine = machine
            .with_file(
                format!("{root}/source.properties"),
                &format!("Pkg.Desc = Android NDK\nPkg.Revision = {}\n", self.revision),
            )
            .with_file(format!("{root}/build/cmake/android.toolchain.cmake"), "")
            .with_file(format!("{bin}/llvm-ar"), "");
        if self.platforms {
            let (min, max) = (self.levels[0], self.levels[self.levels.len() - 1]);
            machine = machine.with_file(
                format!("{root}/meta/platforms.json"),
                &format!(
                    "{{\n  \"min\": {min},\n  \"max\": {max},\n  \"aliases\": {{ \"Q\": 29 }}\n}}\n"
                ),
            );
        }
        for prefix in [
            "aarch64-linux-android",
            "armv7a-linux-androideabi",
            "i686-linux-android",
            "x86_64-linux-android",
        ] {
            for level in self.levels {
                for program in ["clang", "clang++"] {
                    let name = format!("{bin}/{prefix}{level}-{program}{}", self.suffix);
                    machine = machine.with_file(name, "");
                }
            }
        }
        machine
    }
}

fn resolved(triple: &str, machine: &FakeMachine) -> Result<Compiler, String> {
    let target = Target::from_triple(triple).unwrap();
    compiler(&target, HOST, machine).map_err(|missing| missing.to_string())
}

/// The compiler's name, without its directory.
fn name(compiler: &Compiler) -> &str {
    compiler.program.file_name().unwrap().to_str().unwrap()
}

#[test]
fn lowest_api_level_depends_on_ndk_release_and_rust() {
    let old: Vec<u32> = [16, 17, 18, 19, 21, 22, 23, 24, 26, 31].to_vec();
    let new: Vec<u32> = (21..=35).filter(|level| *level != 25).collect();
    for (revision, levels, platforms) in [
        ("23.0.7599858", &old, false),
        ("24.0.8215888", &old, false),
        ("25.2.9519653", &old, true),
        ("26.1.10909125", &new, true),
        ("27.2.12479018", &new, true),
        ("28.0.12433566-beta1", &new, true),
        ("29.0.14206865", &new, true),
    ] {
        let layout = Layout {
            revision,
            levels,
            platforms,
            ..R26
        };
        let machine = layout
            .at("/opt/ndk", machine())
            .with_var("ANDROID_NDK", "/opt/ndk");
        let found = resolved("aarch64-linux-android", &machine).unwrap();
        assert_eq!(name(&found), "aarch64-linux-android21-clang++");
        assert_eq!(found.origin, Origin::Ndk);
        assert!(found.notes.is_empty(), "{:?}", found.notes);
        let highest = machine.with_var("ANDROID_PLATFORM", "latest");
        let found = resolved("x86_64-linux-android", &highest).unwrap();
        let last = levels.last().unwrap();
        assert_eq!(name(&found), format!("x86_64-linux-android{last}-clang++"));
    }
}

#[test]
fn ndk_names_are_used_by_both_builders_and_the_linker() {
    let machine = R26
        .at("/opt/ndk", machine())
        .with_var("ANDROID_NDK", "/opt/ndk")
        .with_var("ANDROID_PLATFORM", "android-24");
    const ALIGNED: &str = " -Wl,-z,max-page-size=16384";
    for (triple, abi, prefix, page) in [
        (
            "aarch64-linux-android",
            "arm64-v8a",
            "aarch64-linux-android24",
            ALIGNED,
        ),
        (
            "x86_64-linux-android",
            "x86_64",
            "x86_64-linux-android24",
            ALIGNED,
        ),
        ("i686-linux-android", "x86", "i686-linux-android24", ""),
        (
            "armv7-linux-androideabi",
            "armeabi-v7a",
            "armv7a-linux-androideabi24",
            "",
        ),
        (
            "thumbv7neon-linux-androideabi",
            "armeabi-v7a",
            "armv7a-linux-androideabi24",
            "",
        ),
    ] {
        let target = Target::from_triple(triple).unwrap();
        let toolchain = toolchain(&target, HOST, &machine).unwrap();
        let bin = "/opt/ndk/toolchains/llvm/prebuilt/linux-x86_64/bin";
        let command = toolchain.compiler.command();
        assert_eq!(command, format!("{bin}/{prefix}-clang++"));
        assert_eq!(
            toolchain.linker.unwrap().command(),
            format!("{bin}/{prefix}-clang{page}")
        );
        let c_compiler = toolchain.c_compiler.unwrap().command();
        assert_eq!(c_compiler, format!("{bin}/{prefix}-clang"));
        let archiver = toolchain.archiver.unwrap().command();
        assert_eq!(archiver, format!("{bin}/llvm-ar"));
        let cmake: Vec<String> = toolchain
            .compiler
            .cmake
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            cmake,
            [
                format!("ANDROID_ABI={abi}"),
                "ANDROID_PLATFORM=android-24".to_owned(),
                "ANDROID_STL=c++_static".to_owned(),
                "CMAKE_TOOLCHAIN_FILE=/opt/ndk/build/cmake/android.toolchain.cmake".to_owned(),
            ]
        );
    }
    // The NDK has no older version: check that a note reports it.
    let found = resolved("arm-linux-androideabi", &machine).unwrap();
    assert_eq!(name(&found), "armv7a-linux-androideabi24-clang++");
    assert!(found.notes[0].contains("compiled for ARMv7"));
}

#[test]
fn platform_accepts_every_documented_spelling() {
    let machine = R26
        .at("/ndk", machine())
        .with_var("ANDROID_NDK", "/ndk")
        .with_var("ANDROID_PLATFORM", "30");
    for (value, level, noted) in [
        ("24", 24, false),
        ("android-24", 24, false),
        ("Q", 29, false),
        ("25", 24, true),
        ("latest", 34, false),
    ] {
        // The per-target variable wins.
        let machine = machine
            .clone()
            .with_var("ANDROID_PLATFORM_aarch64_linux_android", value);
        let found = resolved("aarch64-linux-android", &machine).unwrap();
        let expected = format!("aarch64-linux-android{level}-clang++");
        assert_eq!(name(&found), expected, "{value}");
        assert_eq!(!found.notes.is_empty(), noted, "{:?}", found.notes);
    }
}

#[test]
fn user_compiler_and_toolchain_file_win() {
    let own = R26
        .at("/ndk", machine())
        .with_var("ANDROID_NDK", "/ndk")
        .with_file("/cargo-ndk/clang++", "")
        .with_var("CXX_aarch64_linux_android", "/cargo-ndk/clang++");
    let found = resolved("aarch64-linux-android", &own).unwrap();
    assert_eq!(found.command(), "/cargo-ndk/clang++");
    // CMake must not look for its own NDK and ignore that compiler.
    assert_eq!(found.cmake[0].1, "Linux");
    let with_file = own
        .with_file("/mine.cmake", "")
        .with_var("CMAKE_TOOLCHAIN_FILE_aarch64_linux_android", "/mine.cmake")
        .with_var("ANDROID_PLATFORM", "28");
    let found = resolved("aarch64-linux-android", &with_file).unwrap();
    assert_eq!(found.cmake[0].1, "arm64-v8a");
    assert_eq!(found.cmake[2].1, "android-28");
    let file_only = with_file.with_var("CXX_aarch64_linux_android", "");
    let found = resolved("aarch64-linux-android", &file_only).unwrap();
    let told = |name: &str| found.cmake.iter().any(|(known, _)| known == name);
    assert!(told("ANDROID_ABI") && !told("CMAKE_TOOLCHAIN_FILE"));
}

#[test]
fn ndk_of_a_compiler_is_found_whoever_names_it() {
    let clang = "/ndk/toolchains/llvm/prebuilt/linux-x86_64/bin/aarch64-linux-android24-clang++";
    let machine = R26
        .at("/ndk", machine())
        .with_file("/usr/bin/ccache", "")
        .with_file("/other/clang++", "");
    for (variable, value, ndk) in [
        ("ANDROID_NDK", "/ndk".to_owned(), Some(Path::new("/ndk"))),
        (
            "CXX_aarch64_linux_android",
            clang.to_owned(),
            Some(Path::new("/ndk")),
        ),
        (
            "CXX_aarch64_linux_android",
            format!("ccache {clang}"),
            Some(Path::new("/ndk")),
        ),
        (
            "CXX_aarch64_linux_android",
            "/other/clang++".to_owned(),
            None,
        ),
    ] {
        let machine = machine.clone().with_var(variable, &value);
        let found = resolved("aarch64-linux-android", &machine).unwrap();
        assert_eq!(found.ndk(&machine).as_deref(), ndk, "{value}");
    }
}

#[test]
fn shared_library_is_found_next_to_either_compiler() {
    let target = Target::from_triple("armv7-linux-androideabi").unwrap();
    let machine = R26.at("/ndk", machine()).with_var("ANDROID_NDK", "/ndk");
    let library = "/ndk/toolchains/llvm/prebuilt/linux-x86_64/sysroot/usr/lib/\
                   arm-linux-androideabi/libc++_shared.so";
    let ndk = resolved("armv7-linux-androideabi", &machine).unwrap();
    let missing = shared_std(&target, &ndk, &machine).unwrap_err();
    assert!(missing.to_string().contains(library), "{missing}");
    let machine = machine.with_file(library, "");
    let found = shared_std(&target, &ndk, &machine).unwrap();
    assert_eq!(found, Path::new(library));

    let own = Compiler::found("/other/bin/clang++");
    let says = |stdout: &str| Output {
        success: true,
        stdout: format!("{stdout}\n"),
        ..Output::default()
    };
    let echo = machine.clone().with_program(
        "/other/bin/clang++",
        "-print-file-name",
        says("libc++_shared.so"),
    );
    assert!(shared_std(&target, &own, &echo).is_err());
    let tells = machine.with_program("/other/bin/clang++", "-print-file-name", says(library));
    let found = shared_std(&target, &own, &tells).unwrap();
    assert_eq!(found, Path::new(library));
}
