//! The workflow `ci`: the platforms that Rust programs are written on, and jobs that need no
//! other target.

use crate::ci::jobs::{Event, JOB, Job, NATIVE, Place, STATIC_CRT, WINDOWS};

pub const JOBS: &[Job] = &[
    Job {
        name: "bare",
        about: "the README's commands on machines as users have them, in containers",
        from: Event::Push,
        base: true,
        tools: &[("docker", "apt-get install docker.io")],
        steps: &["bash .ci/bare --json"],
        ..JOB
    },
    Job {
        name: "tidy",
        about: "format, lints, docs, generated files, the pipeline files",
        tools: &[
            ("zizmor", "bash .ci/provision lints"),
            ("check-jsonschema", "bash .ci/provision lints"),
        ],
        provision: &["lints"],
        minutes: 30,
        steps: &[
            "cargo xtask tidy",
            "zizmor --offline --no-progress --strict-collection .github",
            "check-jsonschema --builtin-schema vendor.github-workflows {workflows}",
            "check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml",
            "check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml",
            "check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/target.yml",
        ],
        ..JOB
    },
    Job {
        name: "models",
        about: "every interleaving of models of what threads share in the allocator",
        minutes: 20,
        steps: &["cargo test --locked --manifest-path models/Cargo.toml --target-dir {out}/target"],
        ..JOB
    },
    Job {
        name: "linux",
        about: "the README's test command, and the allocator's tests in release",
        provision: &["compilers", "cross"],
        base: true,
        minutes: 90,
        steps: &[
            "cargo xtask test --json",
            "cargo xtask rungs --rung tested {out}/1.json",
            "cargo test --locked --release -p snmalloc-rs --features allocator-api2,libc-api,override",
        ],
        ..NATIVE
    },
    Job {
        name: "kills",
        about: "commands that are ended at random moments, and run again",
        from: Event::Schedule,
        base: true,
        tools: &[("docker", "apt-get install docker.io")],
        provision: &["compilers"],
        steps: &["cargo test --locked -p xtask-maintain --test kills -- 100"],
        ..JOB
    },
    Job {
        name: "linux-arm",
        about: "the allocator's tests on AArch64 itself",
        place: Place::LinuxArm,
        ..NATIVE
    },
    Job {
        name: "macos",
        about: "the tests on macOS",
        place: Place::Mac,
        ..NATIVE
    },
    Job {
        name: "macos-intel",
        about: "the tests on macOS, on Intel",
        place: Place::MacIntel,
        from: Event::Push,
        ..NATIVE
    },
    Job {
        name: "windows",
        about: "the tests on Windows with Visual Studio",
        place: Place::Windows,
        ..WINDOWS
    },
    Job {
        name: "windows-static",
        about: "the same, with the C run-time library in the program",
        place: Place::Windows,
        from: Event::Push,
        env: STATIC_CRT,
        ..WINDOWS
    },
    Job {
        name: "windows-arm",
        about: "the tests on Windows on ARM64",
        place: Place::WindowsArm,
        from: Event::Push,
        ..WINDOWS
    },
    Job {
        name: "windows-arm-static",
        about: "the same, with the C run-time library in the program",
        place: Place::WindowsArm,
        from: Event::Schedule,
        env: STATIC_CRT,
        ..WINDOWS
    },
    Job {
        name: "mingw64",
        about: "the tests with MSYS2's GCC and msvcrt",
        place: Place::Msys("MINGW64"),
        from: Event::Push,
        ..WINDOWS
    },
    Job {
        name: "ucrt64",
        about: "the tests with MSYS2's GCC and the universal C run-time library",
        place: Place::Msys("UCRT64"),
        ..WINDOWS
    },
    Job {
        name: "clang64",
        about: "the tests with MSYS2's clang",
        place: Place::Msys("CLANG64"),
        from: Event::Push,
        ..WINDOWS
    },
    Job {
        name: "clangarm64",
        about: "the tests with MSYS2's clang on ARM64",
        place: Place::Msys("CLANGARM64"),
        from: Event::Schedule,
        ..WINDOWS
    },
    Job {
        name: "apple",
        about: "Apple's other systems, linked with Xcode",
        place: Place::Mac,
        from: Event::Schedule,
        steps: &["cargo xtask build {targets} --deny-skip all"],
        ..JOB
    },
    Job {
        name: "features",
        about: "the tests with sets of features that change the code, and all pairs compiled",
        features: &[
            "check",
            "stats",
            "libc-api",
            "check-loads",
            "allocator-api2",
            "qemu",
        ],
        from: Event::Push,
        provision: &["compilers"],
        steps: &[
            "cargo test --locked -p snmalloc-rs --features check,check-loads,allocator-api2",
            "cargo test --locked -p snmalloc-rs --features stats,libc-api",
            "cargo test --locked -p snmalloc-rs --features qemu",
            "cargo test --locked -p snmalloc-rs --no-default-features --features build_cc",
            "SNMALLOC_UPSTREAM=all cargo test --locked -p snmalloc-sys@0.8 --test upstream",
            "SNMALLOC_SANITIZERS=all cargo test --locked -p snmalloc-sys@0.8 --test sanitizers",
            "cargo test --locked -p snmalloc-rs --features hardened,check-loads,libc-api",
            "cargo test --locked -p snmalloc-rs --features valgrind --test memcheck",
            "cargo xtask build --lto",
            // GCC's libstdc++, clang with it, and zig's libc++.
            "cargo xtask compile --pairs all",
            "CXX=clang++ cargo xtask compile --pairs all",
            "cargo xtask compile --target x86_64-pc-windows-gnullvm --pairs all",
        ],
        ..JOB
    },
    Job {
        name: "msrv",
        about: "the published crates with the oldest Rust that they allow",
        minutes: 30,
        steps: &["cargo xtask minimum rust"],
        ..JOB
    },
    Job {
        name: "fuzz",
        about: "hostile input for everything that reads or quotes, a minute for each property",
        from: Event::Schedule,
        tools: &[("cargo-fuzz", "bash .ci/provision fuzz")],
        provision: &["fuzz"],
        steps: &["bash .ci/fuzz 60"],
        ..JOB
    },
    Job {
        name: "minimal-versions",
        about: "the published crates with the oldest dependencies that they allow",
        from: Event::Push,
        minutes: 30,
        steps: &["cargo xtask minimum versions"],
        ..JOB
    },
    Job {
        name: "docs",
        about: "the documentation as docs.rs builds it, where nothing compiles C++",
        env: &[
            ("DOCS_RS", "1"),
            ("RUSTDOCFLAGS", "-D warnings"),
            ("CXX", "no-compiler-here"),
            ("CMAKE", "no-cmake-here"),
        ],
        minutes: 30,
        steps: &[
            "cargo doc --locked --no-deps -p snmalloc-toolchains -p snmalloc-sys@0.8 -p snmalloc-rs --target-dir {out}/target",
        ],
        ..JOB
    },
];
