// SPDX-License-Identifier: MIT
//! Programs that run a compiler: caches, distributors, `nice`, scripts.

use std::path::Path;

use crate::{Compiler, Machine, Origin};

/// Names of wrappers, which are never the compiler itself.
const KNOWN: [&str; 7] = [
    "ccache",
    "distcc",
    "sccache",
    "icecc",
    "cachepot",
    "buildcache",
    "kache",
];

/// The wrappers of rustc that also run C++ compilers; the cc crate has the same list.
const OF_RUSTC: [&str; 4] = ["sccache", "cachepot", "buildcache", "kache"];

fn stem(program: &Path) -> String {
    let stem = program.file_stem().unwrap_or_default();
    stem.to_string_lossy().to_lowercase()
}

/// Returns true if the name is a known wrapper's.
pub(super) fn is_known(program: &Path) -> bool {
    KNOWN.contains(&stem(program).as_str())
}

/// Returns true if the name looks like a compiler's.
fn is_compiler_name(program: &str) -> bool {
    let name = stem(Path::new(program));
    let parts = ["g++", "c++", "gcc", "clang", "icpx", "icpc", "nvc++"];
    parts.iter().any(|part| name.contains(part))
        || matches!(name.as_str(), "cc" | "cl" | "zig")
        || name.ends_with("-cc")
}

/// Number of words of `program args…` that precede the compiler. A program followed by another one
/// is a wrapper (`ccache g++`), whatever its name; options and variables may stand between them
/// (`env A=1 nice -n 5 g++`).
pub(super) fn count(program: &Path, args: &[String], machine: &dyn Machine) -> usize {
    let is_program = |word: &String| {
        !word.starts_with('-') && !word.contains('=') && machine.find_program(word).is_some()
    };
    let mut wrappers = 0;
    let mut current = program.to_string_lossy().into_owned();
    // The subcommands of zig have names of compilers.
    while stem(Path::new(&current)) != "zig" {
        let rest = &args[wrappers..];
        let follows = usize::from(rest.first().is_some_and(is_program));
        // A file after a compiler's options is the value of an option.
        let named = if is_compiler_name(&current) {
            None
        } else {
            rest.iter()
                .position(|word| is_compiler_name(word) && is_program(word))
        };
        let more = named.map_or(follows, |index| index + 1);
        if more == 0 {
            break;
        }
        wrappers += more;
        current.clone_from(&args[wrappers - 1]);
    }
    wrappers
}

/// Uses `RUSTC_WRAPPER=sccache` for the C++ compiler too, unless it has a wrapper.
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

#[cfg(all(test, unix))]
mod tests {
    use super::{count, from_rustc};
    use crate::{Compiler, FakeMachine, Tool};

    fn machine() -> FakeMachine {
        let names = [
            "ccache", "distcc", "env", "nice", "wrap", "g++", "clang++", "zig", "c++",
        ];
        names
            .iter()
            .fold(FakeMachine::new("linux", "x86_64"), |machine, name| {
                machine.with_file(format!("/bin/{name}"), "")
            })
            .with_file("/usr/include/x.h", "")
            .with_file("/bin/sccache", "")
            .with_var("PATH", "/bin")
    }

    #[test]
    fn wrappers_before_the_compiler_are_recognized() {
        for (command, expected) in [
            ("g++ -m64", 0),
            ("ccache g++", 1),
            ("ccache distcc g++ -m64", 2),
            ("wrap g++", 1),
            ("env A=1 nice -n 5 g++ -O2", 5),
            ("wrap -v clang++", 2),
            // The subcommand of zig is also the name of a program.
            ("zig c++ -target x86_64-linux-gnu", 0),
            ("ccache zig c++", 1),
            // Values of the compiler's own options.
            ("g++ -include /usr/include/x.h", 0),
            ("g++ no-such-program", 0),
        ] {
            let mut words = command.split(' ').map(str::to_owned);
            let program = format!("/bin/{}", words.next().unwrap());
            let args: Vec<String> = words.collect();
            assert_eq!(
                count(program.as_ref(), &args, &machine()),
                expected,
                "{command}"
            );
        }
    }

    #[test]
    fn rustc_wrapper_also_wraps_the_compiler() {
        let sccache = machine().with_var("RUSTC_WRAPPER", "/bin/sccache");
        let wrapped = from_rustc(Compiler::found("/bin/g++"), &sccache);
        assert_eq!(wrapped.command(), "/bin/sccache /bin/g++");
        assert_eq!(wrapped.wrapper(), ["/bin/sccache"]);
        assert_eq!(wrapped.unwrapped(), Tool::plain("/bin/g++"));
        // Not twice, and only wrappers that support C++ compilers.
        assert_eq!(from_rustc(wrapped.clone(), &sccache), wrapped);
        let other = machine().with_var("RUSTC_WRAPPER", "/bin/wrap");
        assert_eq!(
            from_rustc(Compiler::found("/bin/g++"), &other).command(),
            "/bin/g++"
        );
    }
}
