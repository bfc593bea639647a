//! Settings of wrappers, CMake, the machine and rustc.

use super::Outcome::{Calls, Warns, WarnsByCmake};
use super::{Setting, flags, needing, row, with_args};

pub(super) const TOOLS: &[Setting] = &[
    // Wrappers.
    row(
        "a wrapper of no known name",
        &[("CXX", "{dir}/calls g++")],
        Calls,
    ),
    row(
        "a wrapper with words of its own",
        &[("CXX", "env A=1 {dir}/calls -v g++")],
        Calls,
    ),
    needing(
        &["ccache"],
        flags(
            "ccache",
            &[("CXX", "ccache g++"), ("CCACHE_DIR", "{dir}/ccache")],
        ),
    ),
    needing(
        &["distcc"],
        flags(
            "distcc",
            &[
                ("CXX", "distcc g++"),
                ("DISTCC_HOSTS", "localhost"),
                ("DISTCC_DIR", "{dir}"),
            ],
        ),
    ),
    row(
        "sccache for rustc",
        &[("RUSTC_WRAPPER", "{dir}/sccache")],
        Calls,
    ),
    row(
        "CMake's launcher",
        &[("CMAKE_CXX_COMPILER_LAUNCHER", "{dir}/calls")],
        Calls,
    ),
    // CMake.
    row(
        "a toolchain file alone",
        &[("CMAKE_TOOLCHAIN_FILE", "{dir}/odd.cmake")],
        Calls,
    ),
    row(
        "a toolchain file that isn't there",
        &[("CMAKE_TOOLCHAIN_FILE", "no/such.cmake")],
        Warns("ignored: CMAKE_TOOLCHAIN_FILE names a file that doesn't exist"),
    ),
    needing(
        &["make"],
        flags("Unix Makefiles", &[("CMAKE_GENERATOR", "Unix Makefiles")]),
    ),
    flags(
        "Ninja Multi-Config",
        &[("CMAKE_GENERATOR", "Ninja Multi-Config")],
    ),
    row(
        "a generator that isn't there",
        &[("CMAKE_GENERATOR", "Xcode")],
        WarnsByCmake("ignored: CMAKE_GENERATOR is `Xcode`"),
    ),
    flags(
        "CMake's own variables",
        &[
            ("CMAKE_BUILD_TYPE", "Debug"),
            ("CMAKE_BUILD_PARALLEL_LEVEL", "3"),
        ],
    ),
    flags(
        "make's flags",
        &[("MAKEFLAGS", "-j2"), ("CMAKE_GENERATOR", "Unix Makefiles")],
    ),
    // The machine.
    flags(
        "a temporary directory that isn't there",
        &[("TMPDIR", "/no/such/directory")],
    ),
    flags("no home", &[("HOME", "")]),
    flags(
        "another language",
        &[("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")],
    ),
    flags(
        "a destination for installed files",
        &[("DESTDIR", "/no/such/directory")],
    ),
    // rustc.
    needing(
        &["mold"],
        flags("mold", &[("RUSTFLAGS", "-Clink-arg=-fuse-ld=mold")]),
    ),
    needing(
        &["ld.lld"],
        flags("lld", &[("RUSTFLAGS", "-Clink-arg=-fuse-ld=lld")]),
    ),
    flags(
        "the C library, static",
        &[("RUSTFLAGS", "-Ctarget-feature=+crt-static")],
    ),
    flags(
        "the C library, static, at a fixed address",
        &[(
            "RUSTFLAGS",
            "-Ctarget-feature=+crt-static -Crelocation-model=static",
        )],
    ),
    flags(
        "a fixed address",
        &[("RUSTFLAGS", "-Crelocation-model=static")],
    ),
    flags(
        "this machine's CPU",
        &[("RUSTFLAGS", "-Ctarget-cpu=native")],
    ),
    with_args(
        &["--release"],
        flags(
            "fat LTO, abort on panic",
            &[
                ("CARGO_PROFILE_RELEASE_LTO", "fat"),
                ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
            ],
        ),
    ),
    with_args(&["--target", "{host}"], flags("the target named", &[])),
    // Emulates nightly Rust. Without `--target`, build scripts get the sanitizer, too.
    with_args(
        &["--target", "{host}"],
        flags(
            "Rust's AddressSanitizer",
            &[
                ("RUSTC_BOOTSTRAP", "1"),
                ("RUSTFLAGS", "-Zsanitizer=address"),
            ],
        ),
    ),
    with_args(
        &["--target", "{host}"],
        flags(
            "Rust's AddressSanitizer, and the C++'s",
            &[
                ("RUSTC_BOOTSTRAP", "1"),
                ("RUSTFLAGS", "-Zsanitizer=address"),
                ("CXXFLAGS", "-fsanitize=address"),
            ],
        ),
    ),
];
