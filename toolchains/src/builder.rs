// SPDX-License-Identifier: MIT
//! Which of the two builders compiles the C++, and why.

use std::path::{Path, PathBuf};

use crate::{Features, Machine, Missing, Need, Target, install_line, vars};

/// What runs the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builder {
    /// CMake, through the `cmake` crate.
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

/// The builder that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// It.
    pub builder: Builder,
    /// Why, in a clause that follows "because".
    pub reason: String,
    /// What was wished for is not what was chosen: worth a warning.
    pub fell_back: bool,
    /// CMake, where it was chosen.
    pub cmake: Option<Cmake>,
}

/// A CMake that can work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cmake {
    /// The program.
    pub program: PathBuf,
    /// The generator, where it isn't left to CMake.
    pub generator: Option<String>,
}

/// The oldest CMake that reads the shim's `CMakeLists.txt`.
const OLDEST_CMAKE: (u32, u32) = (3, 13);

/// Chooses: `SNMALLOC_BUILDER` wins, then feature `build_cc`; else CMake where
/// it can work, else cc. `build_dir` is the directory that is built in.
///
/// # Errors
/// `SNMALLOC_BUILDER` asks for something that isn't there, or isn't a builder.
pub fn choose(
    features: &Features,
    target: &Target,
    host: &str,
    build_dir: &Path,
    machine: &dyn Machine,
) -> Result<Choice, Missing> {
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
                Err(missing) => Err(Missing {
                    what: format!("{variable}=cmake, but {}", missing.what),
                    ..missing.fix(format!("unset {variable}, or set it to cc"))
                }),
            },
            _ => Err(Missing::new(format!(
                "{variable} is `{value}`; it can be `cmake` or `cc`"
            ))),
        };
    }
    if features.has("build_cc") {
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
            fell_back: features.has("build_cmake"),
            ..chosen(Builder::Cc, missing.what)
        },
    })
}

/// Whether `builder` can work here for `target`.
///
/// # Errors
/// What it lacks.
pub fn can_work(
    builder: Builder,
    target: &Target,
    host: &str,
    build_dir: &Path,
    machine: &dyn Machine,
) -> Result<(), Missing> {
    match builder {
        Builder::Cc => Ok(()),
        Builder::Cmake => cmake(target, target.triple != host, build_dir, machine).map(|_| ()),
    }
}

/// A CMake that can work here, or why none can.
fn cmake(
    target: &Target,
    crossing: bool,
    build_dir: &Path,
    machine: &dyn Machine,
) -> Result<Cmake, Missing> {
    let program = match vars::lookup(machine, "CMAKE", target, crossing) {
        Some((variable, value)) => machine.find_program(&value).ok_or_else(|| {
            Missing::new(format!("{variable} is `{value}`, which isn't a program"))
        })?,
        None => machine.find_program("cmake").ok_or_else(|| {
            let missing = Missing::new("CMake isn't installed").looked("PATH, for cmake");
            with_install_line(missing, machine)
        })?,
    };
    let version = version(&program, machine)?;
    if version < OLDEST_CMAKE {
        let missing = Missing::new(format!(
            "CMake {}.{} is too old: {}.{} is needed",
            version.0, version.1, OLDEST_CMAKE.0, OLDEST_CMAKE.1
        ))
        .looked(program.display().to_string());
        return Err(with_install_line(missing, machine));
    }
    let ninja = machine.find_program("ninja").is_some();
    if let Some(c) = unfit_for_cmake(build_dir, ninja) {
        return Err(
            Missing::new(format!("CMake can't build below a path that holds `{c}`"))
                .looked(build_dir.display().to_string())
                .fix("set CARGO_TARGET_DIR to another directory"),
        );
    }
    if vars::lookup(machine, "CMAKE_GENERATOR", target, crossing).is_some() || target.env == "msvc"
    {
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
    Err(Missing::new("CMake has neither ninja nor make to drive")
        .looked("PATH, for ninja, make, gmake, mingw32-make")
        .fix("install ninja"))
}

/// The first character of the path that CMake's list syntax, or the syntax of
/// the files it generates, can't hold.
fn unfit_for_cmake(build_dir: &Path, ninja: bool) -> Option<char> {
    let text = build_dir.to_string_lossy();
    text.chars()
        .find(|c| ";$#".contains(*c) || (*c == '"' && !ninja))
}

fn with_install_line(missing: Missing, machine: &dyn Machine) -> Missing {
    match install_line(machine, &Need::Cmake) {
        Some(line) => missing.fix(line),
        None => missing.fix("install CMake"),
    }
}

fn version(program: &Path, machine: &dyn Machine) -> Result<(u32, u32), Missing> {
    let output = machine
        .run(program, &["--version".to_owned()], "")
        .map_err(|error| Missing::new(format!("CMake can't be run: {error}")))?;
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
        _ => Err(Missing::new(format!(
            "`{} --version` tells no version",
            program.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Builder, choose};
    use crate::{DescribedMachine, Features, Output, Target};

    const HOST: &str = "x86_64-unknown-linux-gnu";

    fn machine(programs: &[&str]) -> DescribedMachine {
        programs.iter().fold(
            DescribedMachine::new("linux", "x86_64").with_var("PATH", "/usr/bin"),
            |machine, name| machine.with_file(format!("/usr/bin/{name}"), ""),
        )
    }

    fn with_cmake(machine: DescribedMachine, version: &str) -> DescribedMachine {
        let output = Output {
            success: true,
            stdout: format!("cmake version {version}\n\nCMake suite\n"),
            stderr: String::new(),
        };
        machine.with_program("/usr/bin/cmake", "--version", output)
    }

    fn chosen(features: &[&str], machine: &DescribedMachine) -> String {
        chosen_in("/target", features, machine)
    }

    fn chosen_in(dir: &str, features: &[&str], machine: &DescribedMachine) -> String {
        let features = Features::from_names(features.iter().copied()).unwrap();
        let target = Target::from_triple(HOST).unwrap();
        match choose(&features, &target, HOST, dir.as_ref(), machine) {
            Ok(choice) => format!(
                "{}{}{} because {}",
                choice.builder.name(),
                choice
                    .cmake
                    .and_then(|cmake| cmake.generator)
                    .map(|g| format!(" ({g})"))
                    .unwrap_or_default(),
                if choice.fell_back {
                    ", not as wished,"
                } else {
                    ""
                },
                choice.reason
            ),
            Err(missing) => missing.to_string(),
        }
    }

    #[test]
    fn the_choice_and_its_reason() {
        let bare = machine(&["make", "apt-get"]);
        let full = with_cmake(machine(&["make", "ninja"]), "3.25.1");
        let old = with_cmake(machine(&["make"]), "3.10.2");
        let driverless = with_cmake(machine(&[]), "3.25.1");
        let asked = |m: &DescribedMachine, value| m.clone().with_var("SNMALLOC_BUILDER", value);
        for (features, machine, expected) in [
            (
                vec!["build_cmake"],
                full.clone(),
                "cmake (Ninja) because CMake is preferred and installed",
            ),
            (
                vec![],
                full.clone(),
                "cmake (Ninja) because CMake is preferred and installed",
            ),
            (
                vec!["build_cmake"],
                bare.clone(),
                "cc, not as wished, because CMake isn't installed",
            ),
            (vec![], bare.clone(), "cc because CMake isn't installed"),
            (
                vec!["build_cmake", "build_cc"],
                full.clone(),
                "cc because feature build_cc is on",
            ),
            (
                vec!["build_cmake"],
                old,
                "cc, not as wished, because CMake 3.10 is too old: 3.13 is needed",
            ),
            (
                vec!["build_cmake"],
                driverless,
                "cc, not as wished, because CMake has neither ninja nor make to drive",
            ),
            (
                vec!["build_cmake"],
                asked(&full, "cc"),
                "cc because SNMALLOC_BUILDER says so",
            ),
            (
                vec!["build_cc"],
                asked(&full, "cmake"),
                "cmake (Ninja) because SNMALLOC_BUILDER says so",
            ),
            (
                vec!["build_cc"],
                asked(&bare, "cmake"),
                "SNMALLOC_BUILDER=cmake, but CMake isn't installed\n\
                 \x20 looked at: PATH, for cmake\n\
                 \x20 to fix: apt-get install cmake\n\
                 \x20     or: unset SNMALLOC_BUILDER, or set it to cc",
            ),
            (
                vec![],
                asked(&bare, "meson"),
                "SNMALLOC_BUILDER is `meson`; it can be `cmake` or `cc`",
            ),
        ] {
            assert_eq!(chosen(&features, &machine), expected);
        }
    }

    #[test]
    fn paths_that_cmake_can_t_build_in_are_left_to_cc() {
        let full = with_cmake(machine(&["make", "ninja"]), "3.25.1");
        let makeful = with_cmake(machine(&["make"]), "3.25.1");
        for (machine, dir, expected) in [
            (
                &full,
                "/a b/it's é/\"x\"",
                "cmake (Ninja) because CMake is preferred and installed",
            ),
            (
                &full,
                "/a;b",
                "cc because CMake can't build below a path that holds `;`",
            ),
            (
                &makeful,
                "/\"x\"",
                "cc because CMake can't build below a path that holds `\"`",
            ),
        ] {
            assert_eq!(chosen_in(dir, &[], machine), expected);
        }
    }

    #[test]
    fn a_target_s_own_variable_wins() {
        let machine = machine(&["make"])
            .with_var("SNMALLOC_BUILDER", "cmake")
            .with_var("SNMALLOC_BUILDER_x86_64_unknown_linux_gnu", "cc");
        assert_eq!(
            chosen(&[], &machine),
            "cc because SNMALLOC_BUILDER_x86_64_unknown_linux_gnu says so"
        );
        assert_eq!(Builder::Cmake.name(), "cmake");
    }
}
