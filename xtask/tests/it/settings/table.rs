//! Settings that people have, as data. In values, `{dir}` is a directory of helpers,
//! `{host}` this machine's target, in capitals `{HOST}`.

/// What becomes of a build.
pub enum Outcome {
    /// It builds and runs.
    Builds,
    /// It builds and runs, and cargo shows this warning.
    Warns(&'static str),
    /// The message names the setting and the way out.
    Refused(&'static [&'static str]),
    /// As [`Outcome::Refused`] by CMake; the other builder doesn't read the setting.
    RefusedByCmake(&'static [&'static str]),
    /// It builds and runs, and the helper `{dir}/calls` has run.
    Calls,
    /// As [`Outcome::Calls`] with CMake; the other builder doesn't read the setting.
    CallsByCmake,
}

use Outcome::{Builds, Calls, CallsByCmake, Refused, RefusedByCmake, Warns};

/// One row.
pub struct Setting {
    pub name: &'static str,
    pub env: &'static [(&'static str, &'static str)],
    /// Arguments of `cargo build`.
    pub args: &'static [&'static str],
    /// Programs without which the row can't be tried.
    pub needs: &'static [&'static str],
    pub outcome: Outcome,
}

const fn flags(name: &'static str, env: &'static [(&'static str, &'static str)]) -> Setting {
    Setting {
        name,
        env,
        args: &[],
        needs: &[],
        outcome: Builds,
    }
}

const fn row(
    name: &'static str,
    env: &'static [(&'static str, &'static str)],
    outcome: Outcome,
) -> Setting {
    Setting {
        outcome,
        ..flags(name, env)
    }
}

const fn needing(needs: &'static [&'static str], setting: Setting) -> Setting {
    Setting { needs, ..setting }
}

const fn with_args(args: &'static [&'static str], setting: Setting) -> Setting {
    Setting { args, ..setting }
}

pub const SETTINGS: &[Setting] = &[
    flags("no settings", &[]),
    // Default flags of distributions.
    row(
        "Arch",
        &[(
            "CXXFLAGS",
            "-march=x86-64 -mtune=generic -O2 -pipe -fno-plt -fexceptions \
             -Wp,-D_FORTIFY_SOURCE=3 -Wformat -Werror=format-security -fstack-clash-protection \
             -fcf-protection -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer \
             -Wp,-D_GLIBCXX_ASSERTIONS -g -ffile-prefix-map=/build=/usr/src/debug -flto=auto",
        )],
        Warns("ignored from CXXFLAGS: -fexceptions"),
    ),
    row(
        "Fedora",
        &[(
            "CXXFLAGS",
            "-O2 -flto=auto -ffat-lto-objects -fexceptions -g -grecord-gcc-switches -pipe -Wall \
             -Werror=format-security -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3 \
             -Wp,-D_GLIBCXX_ASSERTIONS -fstack-protector-strong -m64 -march=x86-64 \
             -mtune=generic -fasynchronous-unwind-tables -fstack-clash-protection \
             -fcf-protection -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer",
        )],
        Warns("-Wp,-D_GLIBCXX_ASSERTIONS"),
    ),
    flags(
        "Debian",
        &[(
            "CXXFLAGS",
            "-g -O2 -ffile-prefix-map=/build=. -fstack-protector-strong \
             -fstack-clash-protection -Wformat -Werror=format-security -fcf-protection \
             -D_FORTIFY_SOURCE=2",
        )],
    ),
    flags(
        "Debian, hardening=+all",
        &[(
            "CXXFLAGS",
            "-g -O2 -ffile-prefix-map=/build=. -fPIE -fstack-protector-strong -Wformat \
             -Werror=format-security -D_FORTIFY_SOURCE=2",
        )],
    ),
    row(
        "Ubuntu",
        &[(
            "CXXFLAGS",
            "-g -O2 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -flto=auto \
             -ffat-lto-objects -fstack-protector-strong -Wformat -Werror=format-security \
             -fcf-protection -D_FORTIFY_SOURCE=3",
        )],
        Warns("ignored from CXXFLAGS: -flto=auto"),
    ),
    row(
        "Alpine",
        &[(
            "CXXFLAGS",
            "-Os -fstack-clash-protection -Wformat -Werror=format-security \
             -D_GLIBCXX_ASSERTIONS=1 -D_LIBCPP_ENABLE_THREAD_SAFETY_ANNOTATIONS=1 \
             -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST",
        )],
        Warns("_GLIBCXX_ASSERTIONS=1"),
    ),
    row(
        "openSUSE",
        &[(
            "CXXFLAGS",
            "-O2 -Wall -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
             -funwind-tables -fasynchronous-unwind-tables -fstack-clash-protection \
             -Werror=return-type -flto=auto -g",
        )],
        Warns("-flto=auto"),
    ),
    row(
        "Gentoo with LTO",
        &[(
            "CXXFLAGS",
            "-O2 -pipe -march=native -flto -Werror=odr -Werror=lto-type-mismatch \
             -Werror=strict-aliasing",
        )],
        Warns("-flto"),
    ),
    flags(
        "conda",
        &[(
            "CXXFLAGS",
            "-fvisibility-inlines-hidden -fmessage-length=0 -march=nocona -mtune=haswell \
             -ftree-vectorize -fPIC -fstack-protector-strong -fno-plt -O2 -ffunction-sections \
             -pipe -isystem /usr/include -fdebug-prefix-map=/a=/b",
        )],
    ),
    row(
        "Nix",
        &[(
            "CXXFLAGS",
            "-frandom-seed=0 -O2 -fPIC -fwrapv -Wformat -Wformat-security \
             -Werror=format-security -fstack-protector-strong --param ssp-buffer-size=4 \
             -D_FORTIFY_SOURCE=3 -fno-strict-overflow -fzero-call-used-regs=used-gpr \
             -D_GLIBCXX_ASSERTIONS",
        )],
        Warns("-D_GLIBCXX_ASSERTIONS"),
    ),
    flags(
        "Yocto",
        &[
            (
                "CXX",
                "g++ -m64 -march=x86-64 -fstack-protector-strong -D_FORTIFY_SOURCE=2 --sysroot=/",
            ),
            (
                "CXXFLAGS",
                "-O2 -pipe -g -feliminate-unused-debug-types -fmacro-prefix-map=/w=/usr/src \
                 -Wformat -Wformat-security -Werror=format-security -fvisibility-inlines-hidden",
            ),
        ],
    ),
    flags(
        "Homebrew",
        &[(
            "CXXFLAGS",
            "-Os -w -pipe -march=native -isystem /usr/local/include -L/usr/local/lib",
        )],
    ),
    // Flags of projects.
    row(
        "an old standard",
        &[("CXXFLAGS", "-std=c++14")],
        Warns("ignored from CXXFLAGS: -std=c++14 (snmalloc needs C++17 or newer)"),
    ),
    flags("a newer standard", &[("CXXFLAGS", "-std=gnu++20")]),
    row(
        "exceptions, RTTI, guards",
        &[("CXXFLAGS", "-fexceptions -frtti -fthreadsafe-statics")],
        Warns("-frtti (the allocator links no C++ runtime library)"),
    ),
    row(
        "checking containers",
        &[("CXXFLAGS", "-D_GLIBCXX_DEBUG -D _GLIBCXX_ASSERTIONS")],
        Warns("-D _GLIBCXX_ASSERTIONS"),
    ),
    row(
        "sanitizers without their runtime",
        &[(
            "CXXFLAGS",
            "-fsanitize=address,undefined -fno-omit-frame-pointer",
        )],
        Warns("-fsanitize=address,undefined"),
    ),
    row(
        "coverage",
        &[("CXXFLAGS", "--coverage -O0 -g")],
        Warns("--coverage"),
    ),
    row(
        "profiling",
        &[("CXXFLAGS", "-fprofile-generate -pg")],
        Warns("-pg"),
    ),
    flags(
        "warnings as errors",
        &[(
            "CXXFLAGS",
            "-Wall -Wextra -Wshadow -Wconversion -Wmissing-declarations -Werror -pedantic-errors",
        )],
    ),
    flags(
        "no optimisation, debug info",
        &[("CXXFLAGS", "-O0 -g3 -ggdb")],
    ),
    flags(
        "inlining of nothing",
        &[("CXXFLAGS", "-Og -fno-inline -fno-builtin")],
    ),
    flags(
        "not position-independent",
        &[("CXXFLAGS", "-fno-pic -fno-pie")],
    ),
    flags(
        "linker's flags",
        &[(
            "CXXFLAGS",
            "-Wl,-O1 -L/x -Wl,-rpath,/x -static-libstdc++ -pie",
        )],
    ),
    flags(
        "fortified",
        &[("CXXFLAGS", "-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")],
    ),
    flags("feature debug with debug info", &[("CXXFLAGS", "-g")]),
    row(
        "a flag after which no object is written",
        &[("CXXFLAGS", "-O2 -E")],
        Refused(&["CXXFLAGS holds `-E`", "remove `-E` from CXXFLAGS"]),
    ),
    row(
        "quotes that nobody reads",
        &[("CXXFLAGS", "-DTEXT=\"a b\"")],
        Refused(&[
            "fails with the flags of CXXFLAGS",
            "set CC_SHELL_ESCAPED_FLAGS=1",
        ]),
    ),
    flags(
        "quotes that are read",
        &[
            ("CXXFLAGS", "-DTEXT=\"a b\""),
            ("CC_SHELL_ESCAPED_FLAGS", "1"),
        ],
    ),
    flags(
        "C's flags, and the linker's",
        &[("CFLAGS", "-no-such"), ("LDFLAGS", "-no-such")],
    ),
    // Compilers.
    needing(&["clang++"], flags("clang", &[("CXX", "clang++")])),
    needing(
        &["clang++"],
        flags(
            "clang, linker's flags",
            &[
                ("CXX", "clang++"),
                ("CXXFLAGS", "-fuse-ld=lld -Wl,-O1 -L/x"),
            ],
        ),
    ),
    needing(
        &["clang++"],
        row(
            "clang with LTO",
            &[("CXX", "clang++"), ("CXXFLAGS", "-O2 -flto=thin")],
            Warns("-flto=thin"),
        ),
    ),
    needing(
        &["clang++"],
        row(
            "clang with a profile",
            &[
                ("CXX", "clang++"),
                ("CXXFLAGS", "-fprofile-instr-generate -fcoverage-mapping"),
            ],
            Warns("-fcoverage-mapping"),
        ),
    ),
    needing(
        &["clang++"],
        flags(
            "clang, every warning",
            &[("CXX", "clang++"), ("CXXFLAGS", "-Weverything -Werror")],
        ),
    ),
    needing(
        &["clang++", "libc++"],
        flags(
            "clang with libc++",
            &[("CXX", "clang++"), ("CXXFLAGS", "-stdlib=libc++")],
        ),
    ),
    flags(
        "flags in CXX",
        &[("CXX", "g++ -std=c++14 -fexceptions -flto -m64")],
    ),
    flags(
        "a compiler for one target",
        &[("CXX_{host}", "g++"), ("CXX", "/no/such/compiler")],
    ),
    flags(
        "empty variables",
        &[("CXX", ""), ("AR", ""), ("CXXFLAGS", "")],
    ),
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
        CallsByCmake,
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
        Refused(&["CMAKE_TOOLCHAIN_FILE is `no/such.cmake`, which isn't a file"]),
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
        RefusedByCmake(&[
            "CMake failed to configure the shim",
            "Could not create named generator",
        ]),
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
];
