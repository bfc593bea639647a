//! Users' settings, as data. In values, `{dir}` is a directory of helpers, `{host}` is this
//! machine's target, and `{HOST}` the same in capitals.

mod distributions;
mod tools;

use distributions::DISTRIBUTIONS;
use tools::TOOLS;

/// The expected result of a build.
pub enum Outcome {
    /// It builds and runs.
    Builds,
    /// It builds and runs, and cargo shows this warning.
    Warns(&'static str),
    /// The error names the setting and the fix.
    Refused(&'static [&'static str]),
    /// Like [`Outcome::Warns`] with CMake; the other builder doesn't read the setting.
    WarnsByCmake(&'static str),
    /// It builds and runs, and the helper `{dir}/calls` has run.
    Calls,
}

use Outcome::{Builds, Refused, Warns};

/// One row.
pub struct Setting {
    pub name: &'static str,
    pub env: &'static [(&'static str, &'static str)],
    /// Arguments of `cargo build`.
    pub args: &'static [&'static str],
    /// Programs that the row requires.
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

/// All rows.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    let (first, others) = OTHERS.split_at(1);
    first.iter().chain(DISTRIBUTIONS).chain(others).chain(TOOLS)
}

const OTHERS: &[Setting] = &[
    flags("no settings", &[]),
    // Compiler flags of projects.
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
        Warns("-E (with it the compiler writes no object file)"),
    ),
    row(
        "quotes without their variable",
        &[("CXXFLAGS", "-DTEXT=\"a b\"")],
        Warns("quotes keep words of CXXFLAGS together"),
    ),
    flags(
        "quotes that are read",
        &[
            ("CXXFLAGS", "-DTEXT=\"a b\""),
            ("CC_SHELL_ESCAPED_FLAGS", "1"),
        ],
    ),
    row(
        "a flag that the compiler doesn't have",
        &[("CXXFLAGS", "-O2 -no-such")],
        Refused(&["fails with the flags of CXXFLAGS", "correct CXXFLAGS: -O2"]),
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
    row(
        "a compiler that isn't there",
        &[("CXX", "/no/such/compiler")],
        Refused(&["CXX is `/no/such/compiler`, which names no compiler that is there"]),
    ),
    flags(
        "empty variables",
        &[("CXX", ""), ("AR", ""), ("CXXFLAGS", "")],
    ),
];
