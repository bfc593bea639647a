//! The other workflows: other targets, benchmarks, and releases.

use crate::ci::jobs::{Event, JOB, Job, NATIVE, Place, Workflow};

pub const JOBS: &[Job] = &[
    Job {
        name: "compile",
        workflow: Workflow::Cross,
        about: "the C++ alone, for every target that zig, a cross GCC or an SDK's stand-in compiles",
        minutes: 30,
        provision: &["compilers"],
        steps: &["cargo xtask compile --all --json"],
        ..JOB
    },
    Job {
        name: "cross",
        workflow: Workflow::Cross,
        about: "the tests for other targets, under emulators; pull requests take a part",
        part: 8,
        emulator: Some("qemu, Wine"),
        minutes: 120,
        provision: &["compilers"],
        steps: &[
            "cargo xtask test {targets} --deny-skip all --json",
            "cargo xtask rungs --rung tested {out}/1.json",
        ],
        ..JOB
    },
    Job {
        name: "build-std",
        workflow: Workflow::Cross,
        about: "the tests with Rust's standard library built from source",
        from: Event::Push,
        emulator: Some("qemu"),
        provision: &["compilers"],
        steps: &["cargo xtask test {targets} --std build --json"],
        ..JOB
    },
    Job {
        name: "link",
        workflow: Workflow::Cross,
        about: "the example programs for every target that Linux can link; pull requests take a part",
        part: 8,
        provision: &["compilers"],
        steps: &[
            "cargo xtask build {targets} --deny-skip all --json",
            "cargo xtask rungs --rung linked {out}/1.json",
        ],
        ..JOB
    },
    Job {
        name: "containers",
        workflow: Workflow::Cross,
        about: "the tests in the targets' images",
        part: 2,
        from: Event::Push,
        engine: "container",
        emulator: Some("qemu, Wine"),
        base: true,
        steps: &["cargo xtask test --engine container {targets} --deny-skip all --json"],
        ..JOB
    },
    Job {
        name: "wine32",
        workflow: Workflow::Cross,
        about: "the tests for 32-bit Windows, in images that have a 32-bit Wine",
        part: 1,
        from: Event::Push,
        engine: "container",
        emulator: Some("Wine"),
        base: true,
        steps: &[
            "cargo xtask test --engine container {targets} --deny-skip all --json",
            "cargo xtask rungs --rung tested {out}/1.json",
        ],
        ..JOB
    },
    Job {
        name: "by-cross",
        workflow: Workflow::Cross,
        about: "the tests by cross",
        from: Event::Push,
        engine: "cross",
        emulator: Some("qemu"),
        tools: &[("cross", "bash .ci/provision cross")],
        provision: &["cross"],
        base: true,
        steps: &["cargo xtask test --engine cross {targets} --deny-skip all --json"],
        ..JOB
    },
    Job {
        name: "parity",
        workflow: Workflow::Cross,
        about: "both builders make the same machine code",
        builder: "both",
        from: Event::Push,
        provision: &["compilers"],
        steps: &[
            "cargo xtask parity",
            "cargo xtask parity {targets}",
            "cargo xtask parity --features check",
        ],
        ..JOB
    },
    Job {
        name: "android",
        workflow: Workflow::Android,
        about: "the example programs and the Android project, linked with an NDK",
        place: Place::Android,
        minutes: 30,
        // Plain cargo builds the example, as its readers do.
        steps: &[
            "cargo xtask build {targets} --deny-skip all",
            "cargo xtask env --target aarch64-linux-android --shell cargo-config",
            "in examples/android cargo build --release --locked --target aarch64-linux-android --config {out}/2.toml",
        ],
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
        // Two runs one after the other on a shared machine prove nothing: they are reported,
        // and fail no job.
        provision: &["compilers"],
        steps: &[
            "git worktree prune",
            "git worktree add --detach {out}/base {base}",
            "in {out}/base cargo xtask bench --quick --against system --json",
            "cargo xtask bench --quick --against system --html {out}/report.html --baseline {out}/3.json",
            "git worktree remove --force {out}/base",
        ],
        ..JOB
    },
    Job {
        name: "package",
        workflow: Workflow::Release,
        about: "the packages, their contents, and builds from them",
        from: Event::Release,
        steps: &["cargo xtask package --json"],
        ..JOB
    },
    Job {
        name: "semver",
        workflow: Workflow::Release,
        about: "nothing public was broken without a new version",
        from: Event::Release,
        tools: &[(
            "cargo-semver-checks",
            "cargo install --locked --version 0.51.0 cargo-semver-checks",
        )],
        steps: &["cargo xtask semver"],
        ..JOB
    },
    Job {
        name: "audit",
        workflow: Workflow::Audit,
        about: "licences, advisories and sources of the dependencies",
        tools: &[("cargo-deny", "bash .ci/provision audit")],
        minutes: 30,
        provision: &["audit"],
        steps: &["cargo xtask audit --deny-skip"],
        ..JOB
    },
];
