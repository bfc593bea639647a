// SPDX-License-Identifier: MIT
//! Chooses which of the two builders compiles the C++, and gives the reason.

use std::path::{Path, PathBuf};

use crate::{Error, FeatureId, Features, Machine, Need, Target, install_command, vars};

/// The program that runs the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builder {
    /// CMake.
    Cmake,
    /// The `cc` crate.
    Cc,
}

impl Builder {
    /// `cmake` or `cc`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cmake => "cmake",
            Self::Cc => "cc",
        }
    }
}

/// The chosen builder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The builder.
    pub builder: Builder,
    /// The reason, as a clause that follows "because".
    pub reason: String,
    /// The choice differs from the preferred builder, which is worth a warning.
    pub fell_back: bool,
    /// CMake, if it was chosen.
    pub cmake: Option<Cmake>,
}

/// A usable CMake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cmake {
    /// The program.
    pub program: PathBuf,
    /// The generator, unless CMake chooses it.
    pub generator: Option<String>,
}

/// The oldest CMake that reads the shim's `CMakeLists.txt`.
const OLDEST_CMAKE: (u32, u32) = (3, 13);

/// Chooses: `SNMALLOC_BUILDER` wins, then feature `build_cc`; else CMake if it is usable, else cc.
/// `build_dir` is the build directory.
///
/// # Errors
/// `SNMALLOC_BUILDER` requests a builder that is missing or unknown.
pub fn choose(
    features: &Features,
    target: &Target,
    host: &str,
    build_dir: &Path,
    machine: &dyn Machine,
) -> Result<Choice, Error> {
    let cmake = |crossing| cmake(target, crossing, build_dir, machine);
    let crossing = target.triple != host;
    let chosen = |builder, reason: String| Choice {
        builder,
        reason,
        fell_back: false,
        cmake: None,
    };
    if let Some((variable, value)) = vars::lookup(machine, "SNMALLOC_BUILDER", target, crossing) {
        let reason = format!("{variable} says so");
        return match value.as_str() {
            "cc" => Ok(chosen(Builder::Cc, reason)),
            "cmake" => match cmake(crossing) {
                Ok(found) => Ok(Choice {
                    cmake: Some(found),
                    ..chosen(Builder::Cmake, reason)
                }),
                Err(missing) => Err(Error {
                    what: format!("{variable}=cmake, but {}", missing.what),
                    ..missing.fix(format!("unset {variable}, or set it to cc"))
                }),
            },
            _ => Err(Error::new(format!(
                "{variable} is `{value}`; it can be `cmake` or `cc`"
            ))),
        };
    }
    if features.has(FeatureId::BuildCc) {
        return Ok(chosen(Builder::Cc, "feature build_cc is on".to_owned()));
    }
    Ok(match cmake(crossing) {
        Ok(found) => Choice {
            cmake: Some(found),
            ..chosen(
                Builder::Cmake,
                "CMake is preferred and installed".to_owned(),
            )
        },
        Err(missing) => Choice {
            fell_back: features.has(FeatureId::BuildCmake),
            ..chosen(Builder::Cc, missing.what)
        },
    })
}

/// Checks that `builder` works here for `target`.
///
/// # Errors
/// The missing requirement.
#[cfg(feature = "full")]
pub fn can_work(
    builder: Builder,
    target: &Target,
    host: &str,
    build_dir: &Path,
    machine: &dyn Machine,
) -> Result<(), Error> {
    match builder {
        Builder::Cc => Ok(()),
        Builder::Cmake => cmake(target, target.triple != host, build_dir, machine).map(|_| ()),
    }
}

/// A usable CMake, or the reason why there is none.
fn cmake(
    target: &Target,
    crossing: bool,
    build_dir: &Path,
    machine: &dyn Machine,
) -> Result<Cmake, Error> {
    let program = match vars::lookup(machine, "CMAKE", target, crossing) {
        Some((variable, value)) => machine
            .find_program(&value)
            .ok_or_else(|| Error::new(format!("{variable} is `{value}`, which isn't a program")))?,
        None => machine.find_program("cmake").ok_or_else(|| {
            let missing = Error::new("CMake isn't installed").searched("PATH, for cmake");
            with_install_command(missing, machine)
        })?,
    };
    let version = version(&program, machine)?;
    if version < OLDEST_CMAKE {
        let missing = Error::new(format!(
            "CMake {}.{} is too old: {}.{} is needed",
            version.0, version.1, OLDEST_CMAKE.0, OLDEST_CMAKE.1
        ))
        .searched(program.display().to_string());
        return Err(with_install_command(missing, machine));
    }
    let ninja = machine.find_program("ninja").is_some();
    if let Some(c) = unfit_for_cmake(build_dir, machine.os()) {
        return Err(
            Error::new(format!("CMake can't build below a path that holds `{c}`"))
                .searched(build_dir.display().to_string())
                .fix("set CARGO_TARGET_DIR to another directory"),
        );
    }
    // Visual Studio's generator, which only CMake can find.
    let studio = target.env == "msvc" && machine.os() == "windows";
    if vars::lookup(machine, "CMAKE_GENERATOR", target, crossing).is_some() || studio {
        return Ok(Cmake {
            program,
            generator: None,
        });
    }
    if ninja {
        return Ok(Cmake {
            program,
            generator: Some("Ninja".to_owned()),
        });
    }
    // CMake's default generator on unix calls make.
    if ["make", "gmake", "mingw32-make"]
        .iter()
        .any(|make| machine.find_program(make).is_some())
    {
        return Ok(Cmake {
            program,
            generator: None,
        });
    }
    Err(Error::new("CMake has neither ninja nor make to drive")
        .searched("PATH, for ninja, make, gmake, mingw32-make")
        .fix("install ninja"))
}

/// The first character of the path that CMake's list syntax, or the syntax of its generated files,
/// can't represent.
fn unfit_for_cmake(build_dir: &Path, os: &str) -> Option<char> {
    let text = build_dir.to_string_lossy();
    text.chars()
        .find(|c| ";$#\"".contains(*c) || (*c == '\\' && os != "windows"))
}

fn with_install_command(missing: Error, machine: &dyn Machine) -> Error {
    match install_command(machine, &Need::Cmake) {
        Some(line) => missing.fix(line),
        None => missing.fix("install CMake"),
    }
}

fn version(program: &Path, machine: &dyn Machine) -> Result<(u32, u32), Error> {
    let output = machine
        .run(program, &["--version".to_owned()], "")
        .map_err(|error| Error::new(format!("CMake can't be run: {error}")))?;
    let number = output
        .stdout
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let mut parts = number
        .unwrap_or_default()
        .split('.')
        .map(|part| part.parse().unwrap_or(0));
    match (output.success, parts.next(), parts.next()) {
        (true, Some(major), Some(minor)) => Ok((major, minor)),
        _ => Err(Error::new(format!(
            "`{} --version` tells no version",
            program.display()
        ))),
    }
}

#[cfg(test)]
mod tests;
