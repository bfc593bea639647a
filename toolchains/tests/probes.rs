//! Answers of the compilers on this machine: flags that say nothing about a question
//! don't change its answer.
#![cfg(unix)]

use std::io::Write as _;

use snmalloc_toolchains::{Features, Overlay, Probes, RealMachine, Target, find, probe};

/// A compiler of each family, and the target that it is asked about.
const COMPILERS: [(&str, Option<&str>); 6] = [
    ("g++", None),
    ("clang++", None),
    ("zig c++", None),
    ("aarch64-linux-gnu-g++", Some("aarch64-unknown-linux-gnu")),
    (
        "x86_64-w64-mingw32-g++-posix",
        Some("x86_64-pc-windows-gnu"),
    ),
    ("musl-g++", Some("x86_64-unknown-linux-musl")),
];

/// Flags that warn about something in any code, or aren't for compilers.
const HARMLESS: [&str; 7] = [
    "-Wmissing-declarations -Werror",
    "-Wall -Wextra -Wpedantic -Werror -pedantic-errors",
    "-Wl,-O1 -L/x -Wl,-rpath,/x",
    "-fuse-ld=bfd -Werror=missing-declarations",
    "-Wunused-variable -Wunused-function -Werror",
    "-O2 -g -D_FORTIFY_SOURCE=2 -fexceptions",
    "-Wundef -Wredundant-decls -Wfloat-equal -Werror",
];

fn ask(compiler: &str, target: &Target, host: &str, flags: &str) -> Probes {
    let base = RealMachine::new();
    let vars = [
        ("CXX", compiler),
        ("CXXFLAGS", flags),
        ("CC_SHELL_ESCAPED_FLAGS", ""),
    ];
    let machine = Overlay {
        base: &base,
        vars: vars
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        os: None,
    };
    let crossing = target.triple != host;
    let found = find::compiler(target, host, &machine).expect("the compiler");
    let answers = probe(target, crossing, &found, &Features::defaults(), &machine);
    answers.unwrap_or_else(|missing| panic!("{compiler} with `{flags}`: {missing}"))
}

#[test]
fn harmless_flags_change_no_answer() {
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut asked = 0;
    for (compiler, triple) in COMPILERS {
        let program = compiler.split(' ').next().unwrap_or_default();
        let path = std::env::var_os("PATH").unwrap_or_default();
        if !std::env::split_paths(&path).any(|dir| dir.join(program).is_file()) {
            let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
            // The last is of distributions that have it.
            assert!(!in_ci || program == "musl-g++", "in CI: no {program}");
            let _ = writeln!(
                std::io::stderr(),
                "skipped: answers of {compiler}: not installed"
            );
            continue;
        }
        let target = Target::from_triple(triple.unwrap_or(&host)).expect("a target");
        let plain = ask(compiler, &target, &host, "");
        for flags in HARMLESS {
            // zig's own linker is the only one that it takes.
            if program == "zig" && flags.contains("fuse-ld") {
                continue;
            }
            assert_eq!(
                ask(compiler, &target, &host, flags),
                plain,
                "{compiler}: {flags}"
            );
        }
        asked += 1;
    }
    assert!(asked > 0, "no compiler at all");
}
