// SPDX-License-Identifier: MIT
//! Finding a toolchain: one file a family, each a pure function of the target
//! and the machine.

pub mod android;
mod gnu_cross;
mod mingw;
mod musl;
mod native;
mod run;
pub mod zig;

use std::path::PathBuf;

use crate::toolchain::Tool;
use crate::{Compiler, Machine, Missing, Origin, Target, Toolchain, vars};
use zig::Wish;

/// Programs that take a compiler's command line and pass it on.
const WRAPPERS: [&str; 6] = [
    "ccache",
    "distcc",
    "sccache",
    "icecc",
    "cachepot",
    "buildcache",
];

/// Finds the C++ compiler for `target` on a machine whose own target is `host`.
///
/// `SNMALLOC_TOOLCHAIN=zig` wins, then `CXX` and its per-target forms; then the
/// family's own names are looked for, and zig where those aren't there.
///
/// # Errors
/// What was looked for, where, and the command that installs it.
pub fn compiler(target: &Target, host: &str, machine: &dyn Machine) -> Result<Compiler, Missing> {
    let crossing = target.triple != host;
    let wish = zig::wish(target, crossing, machine)?;
    if let Wish::Zig(glibc) = &wish {
        return zig::compiler(target, glibc.as_deref(), machine);
    }
    if let Some((variable, value)) = vars::lookup(machine, "CXX", target, crossing) {
        let compiler = named(&variable, &value, machine)?;
        return Ok(match target.os.as_str() {
            "android" if crossing => Compiler {
                cmake: android::cmake_for_named(target, machine),
                ..compiler
            },
            _ => compiler,
        });
    }
    let missing = match system(target, crossing, machine) {
        Ok(compiler) => return Ok(compiler),
        Err(missing) => missing,
    };
    // The build scripts' own linker is needed anyway: without a compiler for this
    // machine itself, zig would be of no use.
    let missing = if crossing && wish == Wish::Auto && zig::knows(target) {
        match zig::compiler(target, None, machine) {
            Ok(compiler) => return Ok(compiler),
            Err(no_zig) => missing.and(no_zig),
        }
    } else {
        missing
    };
    Err(if crossing {
        missing.fix(format!(
            "set CXX_{} to a C++ compiler for it",
            target.triple.replace(['-', '.'], "_")
        ))
    } else {
        missing
    })
}

/// The system's own compiler for `target`.
fn system(target: &Target, crossing: bool, machine: &dyn Machine) -> Result<Compiler, Missing> {
    match (target.os.as_str(), target.env.as_str()) {
        ("windows", "gnu") => mingw::compiler(target, machine),
        _ if !crossing => native::compiler(target, machine),
        ("linux", "gnu") => gnu_cross::compiler(target, machine),
        ("linux", "musl") => musl::compiler(target, machine),
        ("android", _) => android::compiler(target, machine),
        _ => Err(not_looked_for(target)),
    }
}

/// The program of the system's toolchain that rustc links with.
fn system_linker(target: &Target, machine: &dyn Machine) -> Option<Tool> {
    match (target.os.as_str(), target.env.as_str()) {
        ("windows", "gnu") => mingw::linker(target, machine),
        ("linux", "gnu") => gnu_cross::linker(target, machine),
        ("linux", "musl") => musl::linker(target, machine),
        ("android", _) => android::linker(target, machine),
        _ => None,
    }
}

/// Finds compiler, linker and runner for `target`.
///
/// # Errors
/// As [`compiler`]. A missing runner is no error: the target can still be built.
pub fn toolchain(target: &Target, host: &str, machine: &dyn Machine) -> Result<Toolchain, Missing> {
    let compiler = compiler(target, host, machine)?;
    let crossing = target.triple != host;
    let (c_compiler, archiver, linker) = match compiler.origin {
        Origin::Zig => {
            let glibc = match zig::wish(target, crossing, machine)? {
                Wish::Zig(glibc) => glibc,
                _ => None,
            };
            let cc = zig::tool("cc", target, glibc.as_deref(), machine)?;
            (Some(cc.clone()), archiver(&compiler, machine), Some(cc))
        }
        Origin::Ndk => (
            android::c_compiler(target, machine),
            archiver(&compiler, machine),
            android::linker(target, machine),
        ),
        _ if crossing => {
            let linker = system_linker(target, machine);
            (linker.clone(), None, linker)
        }
        _ => (None, None, None),
    };
    // zig's musl is linked statically whatever rustc asks for.
    let is_static = target.crt_static || (compiler.origin == Origin::Zig && target.env == "musl");
    let (runner, runner_env) = run::runner(target, host, is_static, machine);
    // What a user has set for cargo stays as it is.
    let linker = match machine.var(&target.cargo_variable("LINKER")) {
        Some(_) => None,
        None => linker,
    };
    let runner = match machine.var(&target.cargo_variable("RUNNER")) {
        Some(words) => Ok(words.split_whitespace().map(str::to_owned).collect()),
        None => runner,
    };
    Ok(Toolchain {
        compiler,
        c_compiler,
        archiver,
        linker,
        runner,
        runner_env,
    })
}

/// The archiver that comes with a compiler whose objects the machine's own may not
/// know; `None` where it does.
pub fn archiver(compiler: &Compiler, machine: &dyn Machine) -> Option<Tool> {
    match compiler.origin {
        Origin::Zig => zig::archiver(machine),
        Origin::Ndk => android::archiver(&compiler.program, machine),
        Origin::System => None,
    }
}

/// The compiler that a variable names: one program (whose path may hold
/// spaces), or words, the first of which may be a wrapper.
fn named(variable: &str, value: &str, machine: &dyn Machine) -> Result<Compiler, Missing> {
    let compiler = |program: PathBuf, args: Vec<String>| Compiler {
        args,
        variable: Some(variable.to_owned()),
        ..Compiler::found(program)
    };
    let is_wrapper = |program: &PathBuf| {
        let stem = program.file_stem().unwrap_or_default();
        WRAPPERS.iter().any(|wrapper| stem == *wrapper)
    };
    if let Some(program) = machine.find_program(value).filter(|p| !is_wrapper(p)) {
        return Ok(compiler(program, Vec::new()));
    }
    let mut words = value.split_whitespace().map(str::to_owned);
    let first = words.next().unwrap_or_default();
    if let Some(program) = machine.find_program(&first) {
        let args: Vec<String> = words.collect();
        let wraps_a_program = || {
            args.first()
                .is_some_and(|real| machine.find_program(real).is_some())
        };
        if !is_wrapper(&program) || wraps_a_program() {
            return Ok(compiler(program, args));
        }
    }
    Err(Missing::new(format!(
        "{variable} is `{value}`, which names no compiler that is there"
    ))
    .looked("PATH")
    .fix(format!("set {variable} to a C++ compiler, or unset it")))
}

/// The first of `names` that is in `PATH`.
fn first_in_path(names: &[String], machine: &dyn Machine) -> Option<Compiler> {
    names
        .iter()
        .find_map(|name| machine.find_program(name))
        .map(Compiler::found)
}

/// What to tell of a search through `PATH` that found none of `names`.
fn not_in_path(names: &[String], target: &Target, crossing: bool) -> Missing {
    Missing::new(format!("no C++ compiler for {}", target.triple))
        .looked(format!(
            "{} (not set)",
            vars::names("CXX", target, crossing).join(", ")
        ))
        .looked(format!("PATH, for {}", names.join(", ")))
}

/// For families whose compilers have no names to look for.
fn not_looked_for(target: &Target) -> Missing {
    Missing::new(format!("no C++ compiler is named for {}", target.triple)).looked(format!(
        "{} (not set)",
        vars::names("CXX", target, true).join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::{compiler, toolchain};
    use crate::{DescribedMachine, Machine as _, Target};

    const HOST: &str = "x86_64-unknown-linux-gnu";

    fn linux(programs: &[&str]) -> DescribedMachine {
        programs.iter().fold(
            DescribedMachine::new("linux", "x86_64").with_var("PATH", "/usr/local/bin:/usr/bin"),
            |machine, program| machine.with_file(*program, ""),
        )
    }

    fn found(triple: &str, machine: &DescribedMachine) -> Result<String, String> {
        let target = Target::from_triple(triple).unwrap();
        compiler(&target, HOST, machine)
            .map(|compiler| compiler.command())
            .map_err(|missing| missing.to_string())
    }

    #[test]
    fn native_takes_the_first_name_there_is() {
        let both = linux(&["/usr/bin/g++", "/usr/bin/clang++"]);
        assert_eq!(found(HOST, &both).unwrap(), "/usr/bin/g++");
        let clang = linux(&["/usr/bin/clang++"]);
        assert_eq!(found(HOST, &clang).unwrap(), "/usr/bin/clang++");
    }

    #[test]
    fn variables_win_and_may_hold_words() {
        let machine = linux(&["/usr/bin/g++", "/usr/bin/ccache", "/opt/my compiler/g++"]);
        for (value, expected) in [
            ("g++ -m64", "/usr/bin/g++ -m64"),
            ("ccache g++", "/usr/bin/ccache g++"),
            ("/opt/my compiler/g++", "/opt/my compiler/g++"),
        ] {
            let machine = machine.clone().with_var("CXX", value);
            assert_eq!(found(HOST, &machine).unwrap(), expected);
        }
        for value in ["nosuch++", "ccache nosuch++", "ccache"] {
            let machine = machine.clone().with_var("CXX", value);
            let message = found(HOST, &machine).unwrap_err();
            assert!(
                message.starts_with(&format!("CXX is `{value}`")),
                "{message}"
            );
        }
    }

    #[test]
    fn a_bare_machine_is_told_what_to_install() {
        let machine = linux(&["/usr/bin/apt-get"]);
        assert_eq!(
            found(HOST, &machine).unwrap_err(),
            "no C++ compiler for x86_64-unknown-linux-gnu\n\
             \x20 looked at: CXX_x86_64-unknown-linux-gnu, CXX_x86_64_unknown_linux_gnu, HOST_CXX, CXX (not set)\n\
             \x20 looked at: PATH, for c++, g++, clang++\n\
             \x20 to fix: apt-get install g++"
        );
        assert_eq!(
            found("aarch64-unknown-linux-gnu", &machine).unwrap_err(),
            "no C++ compiler for aarch64-unknown-linux-gnu\n\
             \x20 looked at: CXX_aarch64-unknown-linux-gnu, CXX_aarch64_unknown_linux_gnu, TARGET_CXX, CXX (not set)\n\
             \x20 looked at: PATH, for aarch64-linux-gnu-g++, aarch64-unknown-linux-gnu-g++\n\
             \x20 looked at: PATH, for zig\n\
             \x20 looked at: python3 and python, for the package ziglang\n\
             \x20 to fix: apt-get install g++-aarch64-linux-gnu\n\
             \x20     or: pip install ziglang\n\
             \x20     or: set CXX_aarch64_unknown_linux_gnu to a C++ compiler for it"
        );
    }

    #[test]
    fn a_gnu_cross_toolchain_comes_with_linker_and_runner() {
        let machine = linux(&[
            "/usr/bin/aarch64-linux-gnu-g++",
            "/usr/bin/aarch64-linux-gnu-gcc",
            "/usr/bin/qemu-aarch64",
            "/usr/aarch64-linux-gnu/lib/libc.so.6",
        ]);
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let toolchain = toolchain(&target, HOST, &machine).unwrap();
        assert_eq!(
            toolchain.linker.unwrap().command(),
            "/usr/bin/aarch64-linux-gnu-gcc"
        );
        assert_eq!(
            toolchain.runner.unwrap(),
            ["/usr/bin/qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]
        );
    }

    #[test]
    fn a_missing_emulator_is_told_but_does_not_stop_the_build() {
        let machine = linux(&["/usr/bin/aarch64-linux-gnu-g++", "/usr/bin/apt-get"]);
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let toolchain = toolchain(&target, HOST, &machine).unwrap();
        let missing = toolchain.runner.unwrap_err().to_string();
        assert!(missing.contains("qemu-aarch64"), "{missing}");
        assert!(missing.contains("apt-get install qemu-user"), "{missing}");
    }

    #[test]
    fn cargo_s_own_settings_are_left_alone() {
        let machine = linux(&["/usr/bin/aarch64-linux-gnu-g++"])
            .with_var("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "mine")
            .with_var("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", "my runner");
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let toolchain = toolchain(&target, HOST, &machine).unwrap();
        assert_eq!(toolchain.linker, None);
        assert_eq!(toolchain.runner.unwrap(), ["my", "runner"]);
        assert!(machine.var("PATH").is_some());
    }
}
