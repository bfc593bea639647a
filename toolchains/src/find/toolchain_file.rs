// SPDX-License-Identifier: MIT
//! The compiler that `CMAKE_TOOLCHAIN_FILE` names. The file is a script in CMake's language; only
//! its `set` commands are read, which usually name the compiler.

use std::path::{Path, PathBuf};

use super::named::with_judged_flags;
use crate::{Compiler, Machine, Target, vars};

/// The variable's name and its file. A relative path is resolved, like in CMake, against the
/// directory of the shim's `CMakeLists.txt`, then against the build script's, and then against the
/// one where cargo was started. `None` if it isn't set or there is no such file.
pub fn path(target: &Target, crossing: bool, machine: &dyn Machine) -> Option<(String, PathBuf)> {
    let (variable, places) = places(target, crossing, machine)?;
    let file = places.into_iter().find(|file| machine.is_file(file))?;
    let file = std::path::absolute(&file).unwrap_or(file);
    Some((variable, file))
}

/// A warning about a file that doesn't exist. It isn't an error: crates that don't use CMake build
/// with this setting.
pub(super) fn missing(target: &Target, crossing: bool, machine: &dyn Machine) -> Option<String> {
    let (variable, places) = places(target, crossing, machine)?;
    if places.iter().any(|file| machine.is_file(file)) {
        return None;
    }
    let places: Vec<String> = (places.iter())
        .map(|file| file.display().to_string())
        .collect();
    Some(format!(
        "ignored: {variable} names a file that doesn't exist ({})",
        places.join(", ")
    ))
}

/// The variable's name, and the paths that its value may mean.
fn places(
    target: &Target,
    crossing: bool,
    machine: &dyn Machine,
) -> Option<(String, Vec<PathBuf>)> {
    let (variable, value) = vars::lookup(machine, "CMAKE_TOOLCHAIN_FILE", target, crossing)?;
    let bases = [
        Some("shim".to_owned()),
        Some(String::new()),
        machine.var("PWD"),
    ];
    let places: Vec<PathBuf> = if Path::new(&value).is_absolute() {
        vec![PathBuf::from(&value)]
    } else {
        let bases = bases.into_iter().flatten();
        bases.map(|base| Path::new(&base).join(&value)).collect()
    };
    Some((variable, places))
}

/// The file's compiler with its flags; `None` if the file names none, or in a way that isn't
/// supported here.
pub(super) fn compiler(target: &Target, crossing: bool, machine: &dyn Machine) -> Option<Compiler> {
    let (variable, file) = path(target, crossing, machine)?;
    let text = machine.read(&file)?;
    let set = Script::read(&text, &file, machine).set;
    let get = |name: &str| value(&set, name).filter(|value| !value.is_empty());
    let named = get("CMAKE_CXX_COMPILER").map(|value| {
        let mut words = value.split(';');
        let program = words.next().unwrap_or_default();
        let args: Vec<String> = words.map(str::to_owned).collect();
        (machine.find_program(program), args)
    });
    let Some((Some(program), mut args)) = named else {
        return None;
    };
    let is_clang = program.to_string_lossy().contains("clang");
    if let Some(triple) = get("CMAKE_CXX_COMPILER_TARGET").filter(|_| is_clang) {
        args.push(format!("--target={triple}"));
    }
    if let Some(root) = get("CMAKE_SYSROOT_COMPILE").or_else(|| get("CMAKE_SYSROOT")) {
        args.push(format!("--sysroot={root}"));
    }
    let flags = get("CMAKE_CXX_FLAGS").or_else(|| get("CMAKE_CXX_FLAGS_INIT"));
    args.extend(vars::shell_words(flags.map_or("", String::as_str)));
    let source = format!("{variable} ({})", file.display());
    let compiler = Compiler {
        args,
        variable: Some(source.clone()),
        cmake: vec![(
            "CMAKE_TOOLCHAIN_FILE".to_owned(),
            file.to_string_lossy().into_owned(),
        )],
        ..Compiler::found(program)
    };
    Some(with_judged_flags(compiler, &source))
}

/// The largest value of a variable, in bytes: a script that doubles one in each line needs few
/// lines to fill the memory.
const MAX_VALUE: usize = 64 << 10;

fn value<'a>(set: &'a [(String, String)], name: &str) -> Option<&'a String> {
    let found = set.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value)
}

/// The variables that a script sets.
struct Script<'a> {
    set: Vec<(String, String)>,
    machine: &'a dyn Machine,
}

impl<'a> Script<'a> {
    fn read(text: &str, file: &Path, machine: &'a dyn Machine) -> Self {
        let dir = file.parent().unwrap_or(file).to_string_lossy().into_owned();
        let mut script = Self {
            set: vec![
                ("CMAKE_CURRENT_LIST_DIR".to_owned(), dir),
                (
                    "CMAKE_CURRENT_LIST_FILE".to_owned(),
                    file.to_string_lossy().into_owned(),
                ),
            ],
            machine,
        };
        let without_comments: Vec<&str> = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default())
            .collect();
        let text = without_comments.join("\n");
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('(') {
            let command = before.split_whitespace().last().unwrap_or_default();
            let (inside, next) = after.split_once(')').unwrap_or((after, ""));
            if command.eq_ignore_ascii_case("set") {
                script.assign(inside);
            }
            rest = next;
        }
        script
    }

    /// `NAME value… [CACHE TYPE "text" [FORCE]]`
    fn assign(&mut self, inside: &str) {
        let mut words = vars::shell_words(inside).into_iter();
        let Some(name) = words.next() else { return };
        let mut value = String::new();
        for word in words.take_while(|word| word != "CACHE" && word != "PARENT_SCOPE") {
            if !value.is_empty() {
                value.push(';');
            }
            value.push_str(&self.expand(&word));
            if value.len() > MAX_VALUE {
                return;
            }
        }
        self.set.retain(|(other, _)| *other != name);
        self.set.push((name, value));
    }

    /// Expands `${NAME}` and `$ENV{NAME}`. An unknown name stays as it is, so that no wrong program
    /// is found.
    fn expand(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('$').filter(|_| out.len() <= MAX_VALUE) {
            out.push_str(&rest[..start]);
            let reference = &rest[start..];
            let (name, from_env) = match reference.strip_prefix("$ENV{") {
                Some(name) => (name, true),
                None => (reference.strip_prefix("${").unwrap_or_default(), false),
            };
            let known = name.split_once('}').and_then(|(name, after)| {
                let value = if from_env {
                    self.machine.var(name)
                } else {
                    value(&self.set, name).cloned()
                };
                Some((value?, after))
            });
            match known {
                Some((value, after)) => {
                    out.push_str(&value);
                    rest = after;
                }
                None => {
                    out.push('$');
                    rest = &reference[1..];
                }
            }
        }
        out + rest
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::{compiler, missing};
    use crate::{FakeMachine, Output, Target};

    fn find(text: &str) -> Option<(String, Vec<String>)> {
        let machine = FakeMachine::new("linux", "x86_64")
            .with_var("PATH", "/bin")
            .with_var("ROOT", "/opt/arm")
            .with_var("CMAKE_TOOLCHAIN_FILE", "/files/arm.cmake")
            .with_file("/files/arm.cmake", text)
            .with_program("/bin/odd-compiler", "", Output::default())
            .with_program("/opt/arm/bin/clang++", "", Output::default())
            .with_program("/files/bin/c++", "", Output::default());
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        let found = compiler(&target, true, &machine)?;
        let name = found.variable.unwrap();
        assert_eq!(name, "CMAKE_TOOLCHAIN_FILE (/files/arm.cmake)");
        Some((found.program.display().to_string(), found.args))
    }

    #[test]
    fn the_compiler_and_its_flags_are_read_from_set() {
        let found = |program: &str, args: &[&str]| {
            Some((
                program.to_owned(),
                args.iter().map(|arg| (*arg).to_owned()).collect(),
            ))
        };
        for (text, expected) in [
            (
                "SET( CMAKE_CXX_COMPILER odd-compiler )",
                found("/bin/odd-compiler", &[]),
            ),
            (
                "set(T \"$ENV{ROOT}\") # set(T /no)\nset(CMAKE_CXX_COMPILER ${T}/bin/clang++ CACHE FILEPATH \"\")\n\
                 set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)\nset(CMAKE_SYSROOT ${T}/root)\n\
                 set(CMAKE_CXX_FLAGS_INIT \"-O2 -fexceptions\")",
                found(
                    "/opt/arm/bin/clang++",
                    &[
                        "--target=aarch64-linux-gnu",
                        "--sysroot=/opt/arm/root",
                        "-O2",
                    ],
                ),
            ),
            (
                "set(CMAKE_CXX_COMPILER ${CMAKE_CURRENT_LIST_DIR}/bin/c++)",
                found("/files/bin/c++", &[]),
            ),
            ("set(CMAKE_CXX_COMPILER ${UNKNOWN}odd-compiler)", None),
            ("set(CMAKE_SYSTEM_NAME Linux)", None),
        ] {
            assert_eq!(find(text), expected, "{text}");
        }
    }

    #[test]
    fn a_value_that_doubles_stays_small() {
        let doubled = "set(A ${A}${A})\n".repeat(60);
        let text = format!("set(A aa)\n{doubled}set(CMAKE_CXX_COMPILER odd-compiler)");
        assert!(find(&text).is_some());
    }

    #[test]
    fn missing_toolchain_file_is_ignored_with_a_warning() {
        let machine = FakeMachine::new("linux", "x86_64")
            .with_var("PWD", "/project")
            .with_var("CMAKE_TOOLCHAIN_FILE", "cmake/arm.cmake");
        let target = Target::from_triple("aarch64-unknown-linux-gnu").unwrap();
        assert_eq!(compiler(&target, true, &machine), None);
        assert_eq!(
            missing(&target, true, &machine).unwrap(),
            "ignored: CMAKE_TOOLCHAIN_FILE names a file that doesn't exist \
             (shim/cmake/arm.cmake, cmake/arm.cmake, /project/cmake/arm.cmake)"
        );
        let machine = machine.with_file("/project/cmake/arm.cmake", "");
        assert_eq!(missing(&target, true, &machine), None);
    }
}
