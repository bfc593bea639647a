//! The table of jobs.

use super::{Event, Job, Place, Workflow};

/// What most jobs are; each says what is different.
const JOB: Job = Job {
    name: "",
    workflow: Workflow::Ci,
    about: "",
    place: Place::Linux,
    from: Event::PullRequest,
    engine: "host",
    builder: "default",
    features: &[],
    emulator: None,
    env: &[],
    tools: &[],
    minutes: 60,
    steps: &[],
};

/// The published crates' tests on a machine of the target's own kind. xtask's own tests
/// need what `.ci/provision` installs, and so are for Linux.
const NATIVE: Job = Job {
    builder: "both",
    steps: &[
        "SNMALLOC_BUILDER=cmake cargo test --locked -p snmalloc-toolchains -p snmalloc-sys -p snmalloc-rs",
        "SNMALLOC_BUILDER=cc cargo test --locked -p snmalloc-sys -p snmalloc-rs",
    ],
    ..JOB
};

/// The targets' tests on Windows, whose machines run several targets' programs.
const WINDOWS: Job = Job {
    steps: &["cargo xtask test {targets} --deny-skip all --json"],
    ..JOB
};

const STATIC_CRT: &[(&str, &str)] = &[("RUSTFLAGS", "-Ctarget-feature=+crt-static")];

/// Every job, in the order in which they are best run one after the other.
pub const JOBS: &[Job] = &[
    Job {
        name: "tidy",
        about: "format, lints, docs, generated files, the pipeline files",
        tools: &[
            ("zizmor", "bash .ci/provision"),
            ("check-jsonschema", "bash .ci/provision"),
        ],
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
        name: "linux",
        about: "the README's test command, and a week's abuse",
        minutes: 90,
        steps: &[
            "cargo xtask test --json",
            "cargo test --locked --release -p snmalloc-rs --test abuse -- --nocapture",
        ],
        ..NATIVE
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
        about: "the tests with sets of features that change the code",
        features: &[
            "check",
            "stats",
            "libc-api",
            "check-loads",
            "allocator-api2",
        ],
        from: Event::Push,
        steps: &[
            "cargo test --locked -p snmalloc-rs --features check,check-loads,allocator-api2",
            "cargo test --locked -p snmalloc-rs --features stats,libc-api",
            "cargo test --locked -p snmalloc-rs --no-default-features --features build_cc",
            "cargo xtask build --lto",
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
            "cargo doc --locked --no-deps -p snmalloc-toolchains -p snmalloc-sys -p snmalloc-rs --target-dir {out}/target",
        ],
        ..JOB
    },
    Job {
        name: "cross",
        workflow: Workflow::Cross,
        about: "the tests for other targets, under emulators",
        emulator: Some("qemu, Wine"),
        minutes: 90,
        steps: &["cargo xtask test {targets} --deny-skip all --json"],
        ..JOB
    },
    Job {
        name: "build-std",
        workflow: Workflow::Cross,
        about: "the tests with Rust's standard library built from source",
        from: Event::Push,
        emulator: Some("qemu"),
        steps: &["cargo xtask test {targets} --std build --json"],
        ..JOB
    },
    Job {
        name: "link",
        workflow: Workflow::Cross,
        about: "the example programs for every target that Linux can link",
        steps: &["cargo xtask build {targets} --deny-skip all"],
        ..JOB
    },
    Job {
        name: "containers",
        workflow: Workflow::Cross,
        about: "the tests in the targets' images",
        from: Event::Push,
        engine: "container",
        emulator: Some("qemu, Wine"),
        steps: &["cargo xtask test --engine container {targets} --deny-skip all --json"],
        ..JOB
    },
    Job {
        name: "by-cross",
        workflow: Workflow::Cross,
        about: "the tests by cross",
        from: Event::Push,
        engine: "cross",
        emulator: Some("qemu"),
        tools: &[("cross", "bash .ci/provision")],
        steps: &["cargo xtask test --engine cross {targets} --deny-skip all --json"],
        ..JOB
    },
    Job {
        name: "parity",
        workflow: Workflow::Cross,
        about: "both builders make the same machine code",
        builder: "both",
        from: Event::Push,
        steps: &[
            "cargo xtask parity",
            "cargo xtask parity {targets}",
            "cargo xtask parity --features check",
        ],
        ..JOB
    },
    Job {
        name: "rare",
        workflow: Workflow::Cross,
        about: "the tests for targets that few have, in their images",
        from: Event::Schedule,
        engine: "container",
        emulator: Some("qemu"),
        minutes: 180,
        steps: &["cargo xtask test --engine container {targets} --deny-skip all --json"],
        ..JOB
    },
    Job {
        name: "android",
        workflow: Workflow::Android,
        about: "the example programs, linked with an NDK",
        place: Place::Android,
        minutes: 30,
        steps: &["cargo xtask build {targets} --deny-skip all"],
        ..JOB
    },
    Job {
        name: "android-emulator",
        workflow: Workflow::Android,
        about: "the tests on an emulator with pages of 16 KiB",
        place: Place::Emulator,
        from: Event::Push,
        emulator: Some("system-images;android-35;google_apis_ps16k;x86_64"),
        steps: &["cargo xtask test {targets} --deny-skip all --json"],
        ..JOB
    },
    Job {
        name: "freebsd",
        workflow: Workflow::Bsd,
        about: "the tests on FreeBSD",
        place: Place::FreeBsd,
        ..NATIVE
    },
    Job {
        name: "netbsd",
        workflow: Workflow::Bsd,
        about: "the tests on NetBSD",
        place: Place::NetBsd,
        from: Event::Push,
        ..NATIVE
    },
    Job {
        name: "openbsd",
        workflow: Workflow::Bsd,
        about: "the tests on OpenBSD",
        place: Place::OpenBsd,
        from: Event::Push,
        ..NATIVE
    },
    Job {
        name: "bench",
        workflow: Workflow::Bench,
        about: "the allocator's speed against the base commit's",
        steps: &[
            "git worktree prune",
            "git worktree add --detach {out}/base {base}",
            "in {out}/base cargo xtask bench --quick --against system --json",
            "cargo xtask bench --quick --html {out}/report.html --baseline {out}/3.json --fail-on-regression",
            "git worktree remove --force {out}/base",
        ],
        ..JOB
    },
    Job {
        name: "package",
        workflow: Workflow::Release,
        about: "the packages, their contents, and builds from them",
        from: Event::Release,
        steps: &["cargo xtask package"],
        ..JOB
    },
    Job {
        name: "semver",
        workflow: Workflow::Release,
        about: "nothing public was broken without a new version",
        from: Event::Release,
        tools: &[(
            "cargo-semver-checks",
            "cargo install --locked cargo-semver-checks",
        )],
        steps: &["cargo semver-checks -p snmalloc-toolchains -p snmalloc-sys -p snmalloc-rs"],
        ..JOB
    },
    Job {
        name: "audit",
        workflow: Workflow::Audit,
        about: "licences, advisories and sources of the dependencies",
        tools: &[("cargo-deny", "bash .ci/provision")],
        minutes: 30,
        steps: &["cargo deny check"],
        ..JOB
    },
];
