//! Cross-language LTO: finds a clang whose bitcode rustc's linker reads, and the flags for
//! rustc.

use std::path::{Path, PathBuf};

use snmalloc_toolchains::{
    Error, Machine, Need, Origin, Target, Toolchain, install_command, llvm_of,
};

use crate::context::{Context, rustc};
use crate::failure::Failure;

/// The oldest clang to search for by versioned name.
const OLDEST: u32 = 11;

/// Checks that a target supports `--lto`, whatever is installed on this machine.
///
/// # Errors
/// The target can't be linked with rustc's own linker.
pub fn check_support(target: &Target) -> Result<(), Failure> {
    if target.os == "linux" {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "--lto is for Linux targets: on {} rustc's linker can't take the place of the \
         system's",
        target.triple
    )))
}

/// Returns the variables that cargo and the build script need for `--lto`.
///
/// # Errors
/// zig compiles for the target, rustc's own linker is missing, or there is no clang whose LLVM
/// is no newer than rustc's.
pub fn variables(
    target: &Target,
    toolchain: &Toolchain,
    context: &Context,
) -> Result<Vec<(String, String)>, Failure> {
    if toolchain.compiler.origin == Origin::Zig {
        return Err(Error::new(format!(
            "--lto for {}: zig links by itself, and doesn't read rustc's bitcode",
            target.triple
        ))
        .fix("leave --lto out, or install the target's GCC for its libraries and clang")
        .into());
    }
    let llvm = llvm_of(&rustc(&["-vV"])?)
        .ok_or_else(|| Failure::from(Error::new("--lto: this rustc has no LLVM")))?;
    let machine = &context.machine;
    let mut variables = Vec::new();
    if !is_clang(&toolchain.compiler.program, llvm, machine) {
        let name = format!("CXX_{}", target.triple.replace('-', "_"));
        variables.push((name, clang(llvm, machine)?.display().to_string()));
    }
    let sysroot = PathBuf::from(rustc(&["--print", "sysroot"])?);
    let flags = [
        "-Clinker-plugin-lto".to_owned(),
        // GCC and clang search this directory for the linker first.
        format!("-Clink-arg=-B{}", linker_dir(&sysroot, context)?.display()),
        "-Clink-arg=-fuse-ld=lld".to_owned(),
    ];
    variables.push(rustflags(target, &flags, machine));
    Ok(variables)
}

/// Adds the flags to RUSTFLAGS if it is set, since cargo then ignores the target's own
/// variable; else to the target's own.
fn rustflags(target: &Target, flags: &[String], machine: &dyn Machine) -> (String, String) {
    let name = match machine.var("RUSTFLAGS") {
        Some(_) => "RUSTFLAGS".to_owned(),
        None => target.cargo_variable("RUSTFLAGS"),
    };
    let mut all = flags.to_vec();
    all.splice(0..0, machine.var(&name));
    (name, all.join(" "))
}

/// The directory that has rustc's linker under the name that compilers call.
fn linker_dir(sysroot: &Path, context: &Context) -> Result<PathBuf, Error> {
    let dir = sysroot
        .join("lib/rustlib")
        .join(context.host)
        .join("bin/gcc-ld");
    if context.machine.is_file(&dir.join("ld.lld")) {
        return Ok(dir);
    }
    Err(
        Error::new("--lto needs rustc's own linker, which reads its bitcode")
            .searched(dir.join("ld.lld").display().to_string())
            .fix("use a Rust that rustup has installed"),
    )
}

fn clang(llvm: u32, machine: &dyn Machine) -> Result<PathBuf, Error> {
    let mut names: Vec<String> = (OLDEST..=llvm)
        .rev()
        .map(|version| format!("clang++-{version}"))
        .collect();
    names.insert(0, "clang++".to_owned());
    let found = names
        .iter()
        .filter_map(|name| machine.find_program(name))
        .find(|program| is_clang(program, llvm, machine));
    found.ok_or_else(|| {
        let missing = Error::new(format!(
            "--lto needs a clang whose LLVM is no newer than rustc's, {llvm}"
        ))
        .searched(format!(
            "PATH for clang++, and clang++-{llvm} down to clang++-{OLDEST}"
        ));
        match install_command(machine, &Need::Clang) {
            Some(line) => missing.fix(line),
            None => missing,
        }
    })
}

/// Returns true if the program is a clang whose bitcode LLVM version `llvm` reads.
fn is_clang(program: &Path, llvm: u32, machine: &dyn Machine) -> bool {
    let output = machine.run(program, &["--version".to_owned()], "");
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let version = text
        .split_once("clang version ")
        .and_then(|(_, rest)| rest.split('.').next()?.parse::<u32>().ok());
    version.is_some_and(|version| version <= llvm)
}

#[cfg(all(test, unix))]
mod tests {
    use snmalloc_toolchains::{FakeMachine, Output, Target};

    use super::{clang, rustflags};

    fn machine(programs: &[(&str, &str)]) -> FakeMachine {
        let empty = FakeMachine::new("linux", "x86_64").with_var("PATH", "/bin");
        programs.iter().fold(empty, |machine, (name, version)| {
            let output = Output {
                success: true,
                stdout: format!("Debian clang version {version}\nTarget: x86_64\n"),
                ..Output::default()
            };
            machine.with_program(format!("/bin/{name}"), "--version", output)
        })
    }

    #[test]
    fn clang_is_not_newer_than_rustc() {
        let both = machine(&[("clang++", "23.1.0"), ("clang++-19", "19.1.7")]);
        assert_eq!(clang(22, &both).unwrap().to_str(), Some("/bin/clang++-19"));
        assert_eq!(clang(23, &both).unwrap().to_str(), Some("/bin/clang++"));
        let missing = clang(18, &both).unwrap_err().to_string();
        assert!(missing.contains("no newer than rustc's, 18"), "{missing}");
        assert!(missing.contains("help: "), "{missing}");
    }

    #[test]
    fn user_rustflags_are_preserved() {
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let flags = ["-Clinker-plugin-lto".to_owned()];
        let own = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS";
        let with_user_flags = |machine: &FakeMachine| rustflags(&target, &flags, machine);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let empty = machine(&[]);
        assert_eq!(with_user_flags(&empty), pair(own, "-Clinker-plugin-lto"));
        let with = empty.clone().with_var(own, "-g");
        assert_eq!(with_user_flags(&with), pair(own, "-g -Clinker-plugin-lto"));
        // cargo reads only one of the two.
        let with = empty.with_var("RUSTFLAGS", "-O");
        assert_eq!(
            with_user_flags(&with),
            pair("RUSTFLAGS", "-O -Clinker-plugin-lto")
        );
    }
}
