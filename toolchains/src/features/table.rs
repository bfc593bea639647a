// SPDX-License-Identifier: MIT
//! The table of cargo features.

use super::{Feature, FeatureId, Scope};

const fn feature(
    id: FeatureId,
    name: &'static str,
    scope: Scope,
    summary: &'static str,
) -> Feature {
    Feature {
        id,
        name,
        summary,
        scope,
        default: false,
        rust_only: false,
    }
}

const fn on(feature: Feature) -> Feature {
    Feature {
        default: true,
        ..feature
    }
}

const fn rust_only(feature: Feature) -> Feature {
    Feature {
        rust_only: true,
        ..feature
    }
}

/// Every feature, in the order of the documentation.
pub const FEATURES: [Feature; 27] = [
    on(feature(
        FeatureId::BuildCmake,
        "build_cmake",
        Scope::Everywhere,
        "Build the C++ with CMake where CMake is installed, else with `cc`",
    )),
    feature(
        FeatureId::BuildCc,
        "build_cc",
        Scope::Everywhere,
        "Build the C++ with the `cc` crate; wins over `build_cmake`",
    ),
    on(feature(
        FeatureId::UsewaitOnAddress,
        "usewait-on-address",
        Scope::Everywhere,
        "Waiting threads sleep in the kernel (futex, `WaitOnAddress`) instead of spinning; no effect on iOS and Apple's other devices",
    )),
    feature(
        FeatureId::Debug,
        "debug",
        Scope::Everywhere,
        "snmalloc's own assertions and debug symbols; slow, for finding bugs in snmalloc",
    ),
    feature(
        FeatureId::Check,
        "check",
        Scope::Everywhere,
        "snmalloc's security mitigations: guarded metadata, randomised and verified free lists",
    ),
    feature(
        FeatureId::Hardened,
        "hardened",
        Scope::Everywhere,
        "Cheap checks of every free and of the links between free blocks; no effect with `check`, which has its own",
    ),
    feature(
        FeatureId::Valgrind,
        "valgrind",
        Scope::Everywhere,
        "Report blocks to valgrind's memcheck; needs valgrind's headers",
    ),
    feature(
        FeatureId::CheckLoads,
        "check-loads",
        Scope::Everywhere,
        "`realloc` and `SnMalloc::copy_checked` check the bounds of the block they read from too",
    ),
    feature(
        FeatureId::NativeCpu,
        "native-cpu",
        Scope::Everywhere,
        "Compile for the CPU of the building machine; refused if its architecture is not the target's",
    ),
    feature(
        FeatureId::Qemu,
        "qemu",
        Scope::Everywhere,
        "Zero memory by writing, not with `madvise`, and use larger chunks: for emulators that get `madvise` wrong",
    ),
    feature(
        FeatureId::LocalDynamicTls,
        "local_dynamic_tls",
        Scope::Everywhere,
        "Local-dynamic thread-local storage: for libraries that are loaded at run time (`dlopen`)",
    ),
    feature(
        FeatureId::Notls,
        "notls",
        Scope::Everywhere,
        "Never the static thread-local block (general-dynamic model): for plug-ins loaded where it is full",
    ),
    feature(
        FeatureId::Usecxx17,
        "usecxx17",
        Scope::Everywhere,
        "Compile as C++17 even where the compiler knows C++20",
    ),
    feature(
        FeatureId::Win8compat,
        "win8compat",
        Scope::Windows,
        "Avoid APIs newer than Windows 8.1 (`VirtualAlloc2`, `WaitOnAddress`)",
    ),
    feature(
        FeatureId::AndroidLld,
        "android-lld",
        Scope::Android,
        "No effect; kept for compatibility: the NDK has had no linker but lld since r22",
    ),
    feature(
        FeatureId::AndroidSharedStd,
        "android-shared-std",
        Scope::Android,
        "Link `libc++_shared.so`, for apps whose other C++ shares it; without it no C++ library is linked at all",
    ),
    feature(
        FeatureId::Lto,
        "lto",
        Scope::Everywhere,
        "Compile to LLVM bitcode for cross-language LTO; needs clang",
    ),
    feature(
        FeatureId::Stats,
        "stats",
        Scope::Everywhere,
        "Count allocations and frees per size class: `SnMalloc::size_class_stats`",
    ),
    feature(
        FeatureId::LibcApi,
        "libc-api",
        Scope::Everywhere,
        "The C interface too: `sn_malloc`, `sn_free`, `sn_calloc`, `sn_realloc`, …",
    ),
    feature(
        FeatureId::Override,
        "override",
        Scope::LinuxLibc,
        "C's own `malloc`, `free` and their like too, for the whole program: C libraries in it allocate from snmalloc; refused elsewhere",
    ),
    rust_only(feature(
        FeatureId::AllocatorApi2,
        "allocator-api2",
        Scope::Everywhere,
        "`Allocator` of the crate `allocator-api2` 0.2, for collections that take an allocator on stable Rust",
    )),
    rust_only(feature(
        FeatureId::Nightly,
        "nightly",
        Scope::Everywhere,
        "`core::alloc::Allocator`; needs nightly Rust",
    )),
    feature(
        FeatureId::Tracing,
        "tracing",
        Scope::Everywhere,
        "Print what the allocator does, in great quantity, to standard error",
    ),
    feature(
        FeatureId::Pageid,
        "pageid",
        Scope::Linux,
        "Name the allocator's mappings `[anon:snmalloc]` in `/proc/PID/maps`",
    ),
    feature(
        FeatureId::VendoredStl,
        "vendored-stl",
        Scope::Everywhere,
        "Use snmalloc's own few C++ library parts instead of the system's headers",
    ),
    feature(
        FeatureId::GwpAsan,
        "gwp-asan",
        Scope::Everywhere,
        "Sample allocations with GWP-ASan; needs `SNMALLOC_GWP_ASAN_INCLUDE_PATH` and `SNMALLOC_GWP_ASAN_LIBRARY_PATH`",
    ),
    feature(
        FeatureId::Fuzzing,
        "fuzzing",
        Scope::Everywhere,
        "Instrument the allocator for coverage-guided fuzzing (`cargo fuzz`); needs clang",
    ),
];
