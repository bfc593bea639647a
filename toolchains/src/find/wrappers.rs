// SPDX-License-Identifier: MIT
//! Programs that run a compiler: caches, distributors, `nice`, scripts.

use std::path::Path;

use crate::{Compiler, Machine, Origin};

/// Wrappers by name: nobody means one of them as the compiler.
const KNOWN: [&str; 7] = [
    "ccache",
    "distcc",
    "sccache",
    "icecc",
    "cachepot",
    "buildcache",
    "kache",
];

/// The wrappers of rustc that run C++ compilers too, as the cc crate knows them.
const OF_RUSTC: [&str; 4] = ["sccache", "cachepot", "buildcache", "kache"];

fn stem(program: &Path) -> String {
    let stem = program.file_stem().unwrap_or_default();
    stem.to_string_lossy().to_lowercase()
}

/// Whether the program is a wrapper by its name.
pub(super) fn is_known(program: &Path) -> bool {
    KNOWN.contains(&stem(program).as_str())
}

/// Whether a program's name is one that compilers have.
fn is_compiler_name(program: &str) -> bool {
    let name = stem(Path::new(program));
    let parts = ["g++", "c++", "gcc", "clang", "icpx", "icpc", "nvc++"];
    parts.iter().any(|part| name.contains(part))
        || matches!(name.as_str(), "cc" | "cl" | "zig")
        || name.ends_with("-cc")
}

/// How many of the words `program args…` come before the compiler. A program that is
/// followed by another one is a wrapper (`ccache g++`), whatever its name; between
/// them may be options and variables (`env A=1 nice -n 5 g++`).
pub(super) fn count(program: &Path, args: &[String], machine: &dyn Machine) -> usize {
    let mut wrappers = 0;
    let mut current = program.to_string_lossy().into_owned();
    // The subcommands of zig are names of compilers.
    while stem(Path::new(&current)) != "zig" {
        let next = args[wrappers..].iter().position(|word| {
            !word.starts_with('-') && !word.contains('=') && machine.find_program(word).is_some()
        });
        let Some(next) = next else { break };
        let word = &args[wrappers + next];
        // A file after options of a compiler is a value of theirs.
        let fits = match next {
            0 => true,
            _ => !is_compiler_name(&current) && is_compiler_name(word),
        };
        if !fits {
            break;
        }
        current.clone_from(word);
        wrappers += next + 1;
    }
    wrappers
}

/// `RUSTC_WRAPPER=sccache` serves the C++ compiler too, unless that has a wrapper.
pub fn from_rustc(compiler: Compiler, machine: &dyn Machine) -> Compiler {
    let wrapper = machine
        .var("RUSTC_WRAPPER")
        .and_then(|value| machine.find_program(&value))
        .filter(|program| OF_RUSTC.contains(&stem(program).as_str()));
    match wrapper {
        Some(wrapper)
            if compiler.wrapper_words == 0
                && matches!(compiler.origin, Origin::System | Origin::Ndk) =>
        {
            let program = compiler.program.to_string_lossy().into_owned();
            Compiler {
                program: wrapper,
                args: [vec![program], compiler.args].concat(),
                wrapper_words: 1,
                ..compiler
            }
        }
        _ => compiler,
    }
}
