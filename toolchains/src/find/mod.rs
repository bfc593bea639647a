// SPDX-License-Identifier: MIT
//! Finds a toolchain: one module per family, each a pure function of the target and the machine.

pub mod android;
mod apple;
mod ar;
mod bsd;
mod gnu_cross;
mod mingw;
mod msvc;
mod musl;
mod named;
mod native;
mod ohos;
#[cfg(feature = "full")]
mod run;
mod sysroot;
pub mod toolchain_file;
mod wrappers;
pub mod zig;

#[cfg(feature = "full")]
use crate::Toolchain;
use crate::toolchain::Tool;
use crate::{Compiler, Error, Machine, Origin, Target, catalog, vars};
pub use ar::ar;
pub use wrappers::from_env as with_wrapper;
use zig::ToolchainChoice;

/// Finds the C++ compiler for `target` on a machine whose own target is `host`.
///
/// `SNMALLOC_TOOLCHAIN=zig` wins, then `CXX` and its per-target forms; then the family's own names
/// are searched, and then zig.
///
/// # Errors
/// The names that were not found, the searched paths, and the command that installs a compiler; or
/// the reason why snmalloc doesn't support the target at all.
pub fn compiler(target: &Target, host: &str, machine: &dyn Machine) -> Result<Compiler, Error> {
    let mut compiler = chosen(target, host, machine)?;
    let warning = toolchain_file::missing(target, target.triple != host, machine);
    compiler.notes.extend(warning);
    Ok(compiler)
}

/// The compiler, without the warnings that don't depend on it.
fn chosen(target: &Target, host: &str, machine: &dyn Machine) -> Result<Compiler, Error> {
    if let Some(why) = catalog::entry(&target.triple).and_then(|entry| entry.refused) {
        return Err(Error::new(format!(
            "snmalloc can't be built for {}: {why}",
            target.triple
        )));
    }
    let crossing = target.triple != host;
    let choice = zig::choice(target, crossing, machine)?;
    if let ToolchainChoice::Zig(glibc) = &choice {
        return zig::compiler(target, glibc.as_deref(), machine);
    }
    let compiler = match vars::lookup(machine, "CXX", target, crossing) {
        Some((variable, value)) => Some(named::compiler(&variable, &value, machine)?),
        None => toolchain_file::compiler(target, crossing, machine),
    };
    if let Some(compiler) = compiler {
        return Ok(match target.os.as_str() {
            "android" if crossing && compiler.cmake.is_empty() => Compiler {
                cmake: android::cmake_for_named(target, machine),
                ..compiler
            },
            _ => compiler,
        });
    }
    let missing = match system(target, host, machine) {
        Ok(compiler) => return Ok(compiler),
        Err(missing) => missing,
    };
    // The build scripts' own linker is needed anyway: without a native compiler, zig would not
    // help.
    let missing = if crossing && choice == ToolchainChoice::Auto && zig::knows(target) {
        match zig::compiler(target, None, machine) {
            Ok(compiler) => return Ok(compiler),
            Err(no_zig) => missing.and(no_zig),
        }
    } else {
        missing
    };
    let missing = match toolchain_file::path(target, crossing, machine) {
        Some((variable, file)) => missing.searched(format!(
            "{variable} ({}), which sets CMAKE_CXX_COMPILER to no program that is there",
            file.display()
        )),
        None => match toolchain_file::missing(target, crossing, machine) {
            Some(warning) => missing.searched(warning),
            None => missing,
        },
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

/// The compiler for `target` on this machine.
fn system(target: &Target, host: &str, machine: &dyn Machine) -> Result<Compiler, Error> {
    let crossing = target.triple != host;
    match (target.os.as_str(), target.env.as_str()) {
        ("windows", "gnu") => mingw::compiler(target, machine),
        ("windows", "msvc") => msvc::compiler(target, crossing, machine),
        _ if target.is_apple() => apple::compiler(target, crossing, machine),
        _ if is_the_host_s(target, host) => native::compiler(target, machine),
        ("linux", "gnu") => gnu_cross::compiler(target, machine),
        ("linux", "musl") => musl::compiler(target, machine),
        ("android", _) => android::compiler(target, machine),
        ("linux", "ohos") => ohos::compiler(target, machine),
        _ if bsd::knows(target) => bsd::compiler(target, machine),
        _ => Err(not_looked_for(target)),
    }
}

/// The linker for rustc, from the same toolchain.
#[cfg(feature = "full")]
fn system_linker(target: &Target, host: &str, machine: &dyn Machine) -> Option<Tool> {
    match (target.os.as_str(), target.env.as_str()) {
        ("windows", "gnu") => mingw::linker(target, machine),
        ("windows", "msvc") => msvc::linker(target, machine),
        _ if target.is_apple() => apple::linker(target, machine),
        _ if is_the_host_s(target, host) => None,
        ("linux", "gnu") => gnu_cross::linker(target, machine),
        ("linux", "musl") => musl::linker(target, machine),
        ("android", _) => android::linker(target, machine),
        ("linux", "ohos") => ohos::linker(target, machine),
        _ if bsd::knows(target) => bsd::linker(target, machine),
        _ => None,
    }
}

/// Returns true if the C++ compiler may link if there is no C compiler of the same toolchain:
/// rustc's own choice would be the host's, for another OS or architecture.
#[cfg(feature = "full")]
fn links_itself(target: &Target, host: &str) -> bool {
    let foreign = Target::from_triple(host)
        .is_none_or(|host| host.os != target.os || host.arch != target.arch);
    foreign && target.env != "msvc" && !target.is_apple()
}

/// Returns true if the host's compiler compiles for `target`: a C++ compiler doesn't distinguish
/// them (`x86_64-unknown-linux-gnuasan` is `-gnu` with other defaults in rustc).
fn is_the_host_s(target: &Target, host: &str) -> bool {
    target.triple == host
        || Target::from_triple(host)
            .is_some_and(|host| host.os == target.os && host.llvm_triple() == target.llvm_triple())
}

/// A version as a list, which compares in version order; empty text is the smallest. `None` if the
/// text is not a version.
fn version_key(text: &str) -> Option<Vec<u32>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// Finds compiler, linker and runner for `target`.
///
/// # Errors
/// As for [`compiler`]. A missing runner is not an error: the target can still be built.
#[cfg(feature = "full")]
pub fn toolchain(target: &Target, host: &str, machine: &dyn Machine) -> Result<Toolchain, Error> {
    let compiler = compiler(target, host, machine)?;
    let crossing = target.triple != host;
    let (c_compiler, archiver, linker) = match compiler.origin {
        Origin::Zig => {
            zig::check_linker(target, machine)?;
            let glibc = match zig::choice(target, crossing, machine)? {
                ToolchainChoice::Zig(glibc) => glibc,
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
            let linker = system_linker(target, host, machine)
                .or_else(|| links_itself(target, host).then(|| compiler.tool()));
            let c_compiler = match target.env.as_str() {
                "msvc" => msvc::c_compiler(&compiler),
                _ => linker.clone(),
            };
            (c_compiler, archiver(&compiler, machine), linker)
        }
        _ => (None, None, None),
    };
    // zig's musl is always linked statically, whatever rustc requests.
    let is_static = target.crt_static || (compiler.origin == Origin::Zig && target.env == "musl");
    let (runner, runner_env) = run::runner(target, host, is_static, machine);
    // A linker that the user has set for cargo is kept.
    let linker = match machine.var(&target.cargo_variable("LINKER")) {
        Some(_) => None,
        None => linker,
    };
    Ok(Toolchain {
        compiler,
        c_compiler,
        archiver,
        linker,
        runner,
        runner_variable: run::variable(target, machine),
        runner_env,
    })
}

/// The runner for the target, as far as it is known without a compiler.
///
/// # Errors
/// No runner was found.
#[cfg(feature = "full")]
pub fn runner(target: &Target, host: &str, machine: &dyn Machine) -> Result<Vec<String>, Error> {
    let choice = zig::choice(target, target.triple != host, machine);
    let by_zig = matches!(choice, Ok(ToolchainChoice::Zig(_)));
    let is_static = target.crt_static || (by_zig && target.env == "musl");
    run::runner(target, host, is_static, machine).0
}

/// The archiver of a compiler whose objects this machine's own archiver may not support; `None` if
/// it does.
pub fn archiver(compiler: &Compiler, machine: &dyn Machine) -> Option<Tool> {
    match compiler.origin {
        Origin::Zig => zig::archiver(machine),
        Origin::Ndk => android::archiver(&compiler.unwrapped().program, machine),
        Origin::System if compiler.is_clang_cl() => msvc::archiver(machine),
        Origin::System => apple::archiver(&compiler.unwrapped().program, machine),
        Origin::VisualStudio => None,
    }
}

/// The first of `names` that is in `PATH`.
fn first_in_path(names: &[String], machine: &dyn Machine) -> Option<Compiler> {
    names
        .iter()
        .find_map(|name| machine.find_program(name))
        .map(Compiler::found)
}

/// The error of a search through `PATH` for `names`.
fn not_in_path(names: &[String], target: &Target, crossing: bool) -> Error {
    Error::new(format!("no C++ compiler for {}", target.triple))
        .searched(format!(
            "{} (not set)",
            vars::names("CXX", target, crossing).join(", ")
        ))
        .searched(format!("PATH, for {}", names.join(", ")))
}

/// The error for families without conventional compiler names.
fn not_looked_for(target: &Target) -> Error {
    Error::new(format!("no C++ compiler is named for {}", target.triple)).searched(format!(
        "{} (not set)",
        vars::names("CXX", target, true).join(", ")
    ))
}

#[cfg(all(test, unix))]
mod tests;
