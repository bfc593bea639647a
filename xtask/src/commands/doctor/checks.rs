//! The individual checks.

use std::path::Path;

use snmalloc_toolchains::{
    Builder, Compiler, Error, Features, Machine, Origin, Target, Tool, Toolchain, builder_can_work,
    choose_builder, find, probe, vars,
};

use super::{Check, Diagnosis};
use crate::context::Context;
use crate::failure::Failure;
use crate::plan::resolve;
use crate::plan::rust_std::RustStd;
use crate::plan::targets::RequestedTarget;
use crate::request::StdChoice;

/// The details of a check that passed, as far as they are known.
#[derive(Default)]
struct CheckDetail {
    text: String,
    path: Option<String>,
    version: Option<String>,
    decided_by: Option<String>,
    notes: Vec<String>,
}

pub fn diagnose(requested: &RequestedTarget, context: &Context) -> Diagnosis {
    let (host, target) = (context.host, &requested.target);
    let machine = &requested.machine(&context.machine);
    let mut checks = Vec::new();
    let toolchain = find::toolchain(target, host, machine);
    let compiler = match &toolchain {
        Ok(toolchain) => compiler(target, &toolchain.compiler, host, machine),
        Err(missing) => Err(missing.clone()),
    };
    checks.push(check("C++ compiler", false, compiler));
    let (cmake, builder) = builders(target, context, machine);
    checks.push(check("CMake", true, cmake));
    checks.push(check("builder", false, builder));
    if let Ok(toolchain) = &toolchain {
        let linker = Ok(linker(target, toolchain, machine));
        checks.push(check("linker", false, linker));
    }
    // Report the runner in the first run too, even if there is no compiler yet.
    let command = match toolchain {
        Ok(toolchain) => toolchain.runner,
        Err(_) => find::runner(target, host, machine),
    };
    checks.push(check("runner", false, runner(target, command, machine)));
    checks.push(check("Rust's std", false, rust_std(requested, context)));
    Diagnosis {
        target: requested.name(),
        ready: checks.iter().all(|check| check.ok || check.optional),
        checks,
    }
}

fn check(what: &'static str, optional: bool, result: Result<CheckDetail, Error>) -> Check {
    let (ok, found, missing) = match result {
        Ok(found) => (true, found, None),
        Err(missing) => {
            let text = missing.to_string();
            (false, CheckDetail::text(text), Some(missing))
        }
    };
    Check {
        what,
        ok,
        optional,
        found: found.text,
        path: found.path,
        version: found.version,
        decided_by: found.decided_by,
        notes: found.notes,
        fixes: missing.iter().flat_map(|m| m.fixes.clone()).collect(),
        missing: missing.map(|missing| missing.what),
    }
}

impl CheckDetail {
    fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    fn tool(tool: &Tool) -> Self {
        Self {
            path: Some(tool.program.display().to_string()),
            ..Self::text(tool.command())
        }
    }
}

/// Probes the compiler as the build does.
fn compiler(
    target: &Target,
    compiler: &Compiler,
    host: &str,
    machine: &dyn Machine,
) -> Result<CheckDetail, Error> {
    let crossing = target.triple != host;
    let probes = probe(target, crossing, compiler, &Features::defaults(), machine)?;
    let by_choice = vars::lookup(machine, "SNMALLOC_TOOLCHAIN", target, crossing)
        .filter(|_| compiler.origin == Origin::Zig)
        .map(|(variable, value)| format!("{variable}={value}"));
    let decided_by = compiler.variable.clone().or(by_choice);
    let decided_by = decided_by.unwrap_or_else(|| match compiler.origin {
        Origin::Ndk => "the NDK".to_owned(),
        _ => "PATH".to_owned(),
    });
    let version = format!("{}.{}", probes.version.0, probes.version.1);
    Ok(CheckDetail {
        text: format!(
            "{} ({} {version}, C++{}; from {decided_by})",
            compiler.command(),
            probes.family.name(),
            if probes.cxx20 { 20 } else { 17 }
        ),
        path: Some(compiler.program.display().to_string()),
        version: Some(version),
        decided_by: Some(decided_by),
        notes: compiler.notes.clone(),
    })
}

/// Checks CMake, and the builder that a plain build would choose.
fn builders(
    target: &Target,
    context: &Context,
    machine: &dyn Machine,
) -> (Result<CheckDetail, Error>, Result<CheckDetail, Error>) {
    let (host, dir) = (context.host, context.target_dir());
    let choice = choose_builder(&Features::defaults(), target, host, &dir, machine);
    let cmake = builder_can_work(Builder::Cmake, target, host, &dir, machine).map(|()| {
        let chosen = choice.as_ref().ok().and_then(|choice| choice.cmake.clone());
        match chosen {
            Some(cmake) => CheckDetail {
                text: format!(
                    "{}{}; without it, cc is used",
                    cmake.program.display(),
                    cmake
                        .generator
                        .map_or(String::new(), |name| format!(" with {name}"))
                ),
                version: version(&cmake.program, machine),
                path: Some(cmake.program.display().to_string()),
                ..CheckDetail::default()
            },
            None => CheckDetail::text("usable"),
        }
    });
    let builder = choice.map(|choice| CheckDetail {
        text: format!("{}, because {}", choice.builder.name(), choice.reason),
        decided_by: Some(choice.reason),
        ..CheckDetail::default()
    });
    (cmake, builder)
}

fn linker(target: &Target, toolchain: &Toolchain, machine: &dyn Machine) -> CheckDetail {
    let variable = target.cargo_variable("LINKER");
    match (machine.var(&variable), &toolchain.linker) {
        (Some(set), _) => CheckDetail {
            text: format!("{set} (from {variable})"),
            decided_by: Some(variable),
            ..CheckDetail::default()
        },
        (None, Some(linker)) => CheckDetail::tool(linker),
        (None, None) => CheckDetail::text("rustc's own choice"),
    }
}

fn runner(
    target: &Target,
    command: Result<Vec<String>, Error>,
    machine: &dyn Machine,
) -> Result<CheckDetail, Error> {
    let variable = target.cargo_variable("RUNNER");
    let command = command?;
    if machine.var(&variable).is_some() {
        return Ok(CheckDetail {
            text: format!("{} (from {variable})", command.join(" ")),
            decided_by: Some(variable),
            ..CheckDetail::default()
        });
    }
    let Some(program) = command.first() else {
        return Ok(CheckDetail::text("native"));
    };
    let version = version(Path::new(program), machine);
    let shown = version
        .as_ref()
        .map_or(String::new(), |v| format!(" ({v})"));
    Ok(CheckDetail {
        text: format!("{}{shown}", command.join(" ")),
        path: Some(program.clone()),
        version,
        ..CheckDetail::default()
    })
}

/// The first line that a tool prints for `--version`.
fn version(program: &Path, machine: &dyn Machine) -> Option<String> {
    let args = ["--version".to_owned()];
    let output = machine.run(program, &args, "").ok()?;
    let line = output.stdout.lines().next()?.trim().to_owned();
    (output.success && !line.is_empty()).then_some(line)
}

fn rust_std(requested: &RequestedTarget, context: &Context) -> Result<CheckDetail, Error> {
    let std = match resolve::rust_std(StdChoice::Auto, &requested.target, false, context) {
        // Same as `build --all`: rustup installs nothing on the way.
        Ok(RustStd::ByRustup { otherwise }) if requested.from_group => *otherwise,
        Ok(std) => Ok(std),
        Err(Failure::Missing(missing)) => Err(missing),
        Err(other) => Err(Error::new(other.message().unwrap_or_default())),
    };
    std.map(|std| {
        CheckDetail::text(match std {
            RustStd::Installed => "installed",
            RustStd::ByRustup { .. } => "rustup will be asked for it",
            RustStd::FromSource { .. } => "will be built from source",
        })
    })
}
