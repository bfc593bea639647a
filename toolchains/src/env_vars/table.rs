// SPDX-License-Identifier: MIT
//! The rows of the table.

use super::Forward::{self, Directory, No, Value};
use super::{EnvVar, Lookup, Section};

const fn compile(names: &'static [&'static str], forward: Forward, about: &'static str) -> EnvVar {
    EnvVar {
        names,
        lookup: Lookup::PerTarget,
        forward,
        section: Section::Compile,
        about,
    }
}

const fn platform(names: &'static [&'static str], forward: Forward, about: &'static str) -> EnvVar {
    EnvVar {
        section: Section::Platform,
        ..compile(names, forward, about)
    }
}

const fn one_name(names: &'static [&'static str], forward: Forward, about: &'static str) -> EnvVar {
    EnvVar {
        lookup: Lookup::OneName,
        section: Section::OneName,
        ..compile(names, forward, about)
    }
}

const fn xtask(names: &'static [&'static str], forward: Forward, about: &'static str) -> EnvVar {
    EnvVar {
        section: Section::Xtask,
        ..one_name(names, forward, about)
    }
}

const fn passed_on(names: &'static [&'static str], about: &'static str) -> EnvVar {
    EnvVar {
        section: Section::PassedOn,
        ..one_name(names, Forward::Value, about)
    }
}

/// The table, in the guide's order.
pub const ENV_VARS: &[EnvVar] = &[
    compile(
        &["CXX"],
        No,
        "the C++ compiler: a program and its arguments; the first may be a wrapper: any program that runs a compiler, such as `ccache`",
    ),
    compile(
        &["CXXFLAGS"],
        Value,
        "[flags](#flags) that are added after all others; quotes keep arguments together with `CC_SHELL_ESCAPED_FLAGS=1`, and without it where splitting at blanks would tear a quoted argument",
    ),
    compile(&["AR"], No, "the archiver"),
    compile(&["ARFLAGS"], Value, "flags for the archiver"),
    compile(
        &["SNMALLOC_TOOLCHAIN"],
        Value,
        "`system`, `zig`, `zig:2.17` (zig for that glibc), or `auto`: the system's, else zig; `zig` wins over `CXX`",
    ),
    compile(
        &["SNMALLOC_BUILDER"],
        Value,
        "`cmake` or `cc`: [choosing a builder](builders.md)",
    ),
    compile(&["CMAKE"], No, "the CMake program"),
    compile(
        &["CMAKE_GENERATOR"],
        Value,
        "CMake's generator; ignored with a warning if CMake can't use it",
    ),
    compile(
        &["CMAKE_TOOLCHAIN_FILE"],
        No,
        "where `CXX` isn't set, its `CMAKE_CXX_COMPILER` and flags are used, by both builders; a relative path starts at `snmalloc-sys/shim`, `snmalloc-sys`, or the directory where cargo was started; ignored with a warning if there is no such file",
    ),
    compile(&["CMAKE_PREFIX_PATH"], No, "as CMake's users know it"),
    compile(
        &["CMAKE_CXX_COMPILER_LAUNCHER"],
        No,
        "a program that runs the C++ compiler, with both builders, unless `CXX` has a wrapper",
    ),
    compile(
        &["RUSTC_WRAPPER"],
        No,
        "`sccache`, `cachepot`, `buildcache` or `kache` runs the C++ compiler too, unless one of the others wraps it",
    ),
    compile(
        &["SNMALLOC_SOURCE_DIR"],
        Directory,
        "a snmalloc source tree to build instead of the locked one",
    ),
    compile(
        &["SNMALLOC_SYSROOT"],
        Directory,
        "when cross-compiling: the root of the target's file system, which a GNU, musl or BSD cross compiler is given, and which is enough for clang to be one",
    ),
    platform(
        &[
            "ANDROID_NDK",
            "ANDROID_NDK_HOME",
            "ANDROID_NDK_ROOT",
            "ANDROID_NDK_PATH",
            "NDK_HOME",
        ],
        No,
        "the NDK; the first that is set wins: [Android](android.md)",
    ),
    platform(
        &["ANDROID_HOME", "ANDROID_SDK_ROOT"],
        No,
        "the Android SDK, whose newest NDK is used if none is named",
    ),
    platform(
        &["ANDROID_PLATFORM"],
        Value,
        "the oldest Android to run on: `24`, `android-24`, or `latest`",
    ),
    platform(
        &["SNMALLOC_MINGW_RUNTIME"],
        Value,
        "`static` or `shared`: mingw-w64 GCC's run-time library in the program, or as DLLs",
    ),
    platform(
        &["XWIN_DIR"],
        Directory,
        "a Windows SDK that `xwin splat` has unpacked, for clang-cl on other platforms than Windows",
    ),
    platform(
        &[
            "OHOS_NDK_HOME",
            "OHOS_SDK_NATIVE",
            "OHOS_NATIVE_SDK",
            "OHOS_SDK_HOME",
        ],
        No,
        "the OpenHarmony SDK's `native`, or the directory that holds it",
    ),
    platform(
        &[
            "SNMALLOC_GWP_ASAN_INCLUDE_PATH",
            "SNMALLOC_GWP_ASAN_LIBRARY_PATH",
        ],
        Directory,
        "feature `gwp-asan`: the directories of `gwp_asan/guarded_pool_allocator.h` and of `libclang_rt.gwp_asan-<arch>.a`",
    ),
    one_name(
        &["CC_SHELL_ESCAPED_FLAGS"],
        Value,
        "`1`: quotes keep words of `CXXFLAGS` together",
    ),
    one_name(
        &["SDKROOT"],
        No,
        "Apple: the SDK, unless it is another platform's",
    ),
    one_name(
        &[
            "MACOSX_DEPLOYMENT_TARGET",
            "IPHONEOS_DEPLOYMENT_TARGET",
            "TVOS_DEPLOYMENT_TARGET",
            "WATCHOS_DEPLOYMENT_TARGET",
            "XROS_DEPLOYMENT_TARGET",
        ],
        Value,
        "Apple: the oldest version to run on; rustc's default if it isn't set",
    ),
    one_name(
        &["OSXCROSS_TARGET_DIR"],
        No,
        "osxcross's `target`, if its `bin` isn't in `PATH`",
    ),
    one_name(
        &["XWIN_CACHE_DIR"],
        No,
        "cargo-xwin's cache, whose SDK is used if `XWIN_DIR` isn't set",
    ),
    one_name(
        &["CARGO_NET_OFFLINE"],
        No,
        "`true`: the C++ source is not asked for over the network",
    ),
    one_name(&["DOCS_RS"], No, "nothing is compiled: for documentation"),
    xtask(
        &["CARGO_TARGET_*_LINKER", "CARGO_TARGET_*_RUNNER"],
        No,
        "cargo's own: what they name is used instead of what would be found",
    ),
    xtask(
        &["QEMU_LD_PREFIX"],
        No,
        "the file system in which qemu looks for a target's C library",
    ),
    xtask(
        &["ANDROID_SERIAL"],
        No,
        "the device or emulator to test on, of several",
    ),
    xtask(
        &["WINEPREFIX", "WINEPATH", "WINEDEBUG"],
        No,
        "Wine's own; without them a prefix below `target/xtask` is used, and Wine's remarks are off",
    ),
    xtask(
        &["CARGO_TARGET_DIR"],
        No,
        "the directory to use instead of `target`",
    ),
    xtask(
        &["SSL_CERT_FILE", "CURL_CA_BUNDLE"],
        No,
        "certificates that images are to know too",
    ),
    xtask(
        &["SOURCE_DATE_EPOCH"],
        Value,
        "the time that is written into packages, instead of the commit's",
    ),
    passed_on(
        &[
            "RUSTFLAGS",
            "RUSTDOCFLAGS",
            "RUSTC_BOOTSTRAP",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_TARGET_*_RUSTFLAGS",
        ],
        "flags of rustc and rustdoc",
    ),
    passed_on(
        &[
            "CARGO_PROFILE_*",
            "CARGO_INCREMENTAL",
            "CARGO_SOURCE_*",
            "CARGO_REGISTRIES_*_INDEX",
        ],
        "cargo's profiles and sources",
    ),
    passed_on(
        &["CARGO_TERM_COLOR", "NO_COLOR", "CI"],
        "how output looks, and what a test run may skip",
    ),
    passed_on(
        &["RUST_BACKTRACE", "RUST_MIN_STACK", "RUST_TEST_THREADS"],
        "how test programs run",
    ),
    EnvVar {
        lookup: Lookup::PerTarget,
        ..passed_on(&["CFLAGS"], "flags of crates that compile C")
    },
];
