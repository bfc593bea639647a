// SPDX-License-Identifier: MIT
//! Programs that run a compiler: caches, distributors, `nice`, scripts.

use std::path::{Path, PathBuf};

use crate::{Compiler, Machine, Origin, Target, vars};

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

/// Uses `CMAKE_CXX_COMPILER_LAUNCHER`, or else `RUSTC_WRAPPER=sccache`, for the C++ compiler,
/// unless it has a wrapper. A launcher that isn't a program is ignored with a warning.
pub fn from_env(
    compiler: Compiler,
    target: &Target,
    crossing: bool,
    machine: &dyn Machine,
) -> Compiler {
    let launcher = vars::lookup(machine, "CMAKE_CXX_COMPILER_LAUNCHER", target, crossing);
    let Some((variable, value)) = launcher else {
        return from_rustc(compiler, machine);
    };
    if !can_be_wrapped(&compiler) {
        return compiler;
    }
    // CMake separates words by semicolons.
    let mut words = value.split(';').map(str::to_owned);
    let program = words.next().and_then(|name| machine.find_program(&name));
    let Some(program) = program else {
        let mut compiler = compiler;
        let warning = format!("ignored: {variable} is `{value}`, which isn't a program");
        compiler.notes.push(warning);
        return compiler;
    };
    wrapped(compiler, program, words.collect())
}

fn can_be_wrapped(compiler: &Compiler) -> bool {
    compiler.wrapper_words == 0 && matches!(compiler.origin, Origin::System | Origin::Ndk)
}

fn wrapped(compiler: Compiler, wrapper: PathBuf, mut args: Vec<String>) -> Compiler {
    let wrapper_words = args.len() + 1;
    args.push(compiler.program.to_string_lossy().into_owned());
    args.extend(compiler.args);
    Compiler {
        program: wrapper,
        args,
        wrapper_words,
        ..compiler
    }
}

fn from_rustc(compiler: Compiler, machine: &dyn Machine) -> Compiler {
    let wrapper = machine
        .var("RUSTC_WRAPPER")
        .and_then(|value| machine.find_program(&value))
        .filter(|program| OF_RUSTC.contains(&stem(program).as_str()));
    match wrapper {
        Some(wrapper) if can_be_wrapped(&compiler) => wrapped(compiler, wrapper, Vec::new()),
        _ => compiler,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::{count, from_env, from_rustc};
    use crate::{Compiler, FakeMachine, Target, Tool};

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
    fn launcher_of_cmake_wraps_the_compiler() {
        let target = Target::from_triple("x86_64-unknown-linux-gnu").unwrap();
        let run = |value: &str, program: &str| {
            let machine = machine()
                .with_var("RUSTC_WRAPPER", "/bin/sccache")
                .with_var("CMAKE_CXX_COMPILER_LAUNCHER", value);
            from_env(Compiler::found(program), &target, false, &machine)
        };
        let compiler = run("nice;-n;5", "/bin/g++");
        assert_eq!(compiler.wrapper(), ["/bin/nice", "-n", "5"]);
        assert_eq!(compiler.unwrapped(), Tool::plain("/bin/g++"));
        let compiler = run("no-such", "/bin/g++");
        assert_eq!(compiler.wrapper_words, 0);
        assert_eq!(
            compiler.notes,
            ["ignored: CMAKE_CXX_COMPILER_LAUNCHER is `no-such`, which isn't a program"]
        );
        assert_eq!(run("", "/bin/g++").wrapper(), ["/bin/sccache"]);
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
