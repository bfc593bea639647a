//! `cargo xtask doctor`: what this machine has for a target, check by check.

use serde::Serialize;
use snmalloc_toolchains::{
    Builder, Features, Missing, Origin, Target, builder_can_work, find, probe,
};

use crate::cli::{DoctorArgs, StdArg};
use crate::context::Context;
use crate::failure::Failure;
use crate::resolve;
use crate::rust_std::RustStd;

/// One thing that was looked for.
#[derive(Serialize)]
struct Check {
    what: &'static str,
    ok: bool,
    /// It can be done without.
    optional: bool,
    /// What was found, or what is missing and how to get it.
    found: String,
}

#[derive(Serialize)]
struct Diagnosis {
    target: String,
    /// The target can be built and tested here.
    ready: bool,
    checks: Vec<Check>,
}

pub fn run(args: &DoctorArgs, context: &Context) -> Result<(), Failure> {
    let targets = resolve::targets(&args.target, context)?;
    let diagnoses: Vec<Diagnosis> = targets.iter().map(|t| diagnose(t, context)).collect();
    if args.json {
        let document = serde_json::json!({ "targets": diagnoses });
        let text = serde_json::to_string_pretty(&document).map_err(anyhow::Error::from)?;
        println!("{text}");
    } else {
        for diagnosis in &diagnoses {
            print(diagnosis);
        }
    }
    if diagnoses.iter().all(|diagnosis| diagnosis.ready) {
        Ok(())
    } else {
        Err(Failure::Reported(3))
    }
}

fn print(diagnosis: &Diagnosis) {
    let state = if diagnosis.ready {
        "ready"
    } else {
        "not ready"
    };
    println!("{}: {state}", diagnosis.target);
    for check in &diagnosis.checks {
        let mark = match (check.ok, check.optional) {
            (true, _) => "ok",
            (false, true) => "--",
            (false, false) => "!!",
        };
        let text = check.found.replace('\n', "\n                   ");
        println!("  {mark} {:13} {text}", check.what);
    }
}

fn diagnose(target: &Target, context: &Context) -> Diagnosis {
    let (host, machine) = (context.host, &context.machine);
    let crossing = target.triple != host;
    let mut checks = Vec::new();
    let mut check = |what, optional, result: Result<String, Missing>| {
        let ok = result.is_ok();
        let found = result.unwrap_or_else(|missing| missing.to_string());
        checks.push(Check {
            what,
            ok,
            optional,
            found,
        });
    };
    let toolchain = find::toolchain(target, host, machine);
    let compiler = toolchain.clone().and_then(|toolchain| {
        let features = Features::defaults();
        let compiler = toolchain.compiler;
        let probes = probe(target, crossing, &compiler, &features, machine)?;
        let origin = match compiler.origin {
            Origin::Ndk => "the NDK",
            _ => compiler.variable.as_deref().unwrap_or("PATH"),
        };
        let notes: String = compiler.notes.iter().map(|n| format!("\n{n}")).collect();
        Ok(format!(
            "{} ({} {}.{}, C++{}; from {origin}){notes}",
            compiler.command(),
            probes.family.name(),
            probes.version.0,
            probes.version.1,
            if probes.cxx20 { 20 } else { 17 }
        ))
    });
    check("C++ compiler", false, compiler);
    let dir = context.target_dir();
    let cmake = builder_can_work(Builder::Cmake, target, host, &dir, machine);
    check(
        "CMake",
        true,
        cmake.map(|()| "usable; without it, cc is used".to_owned()),
    );
    if let Ok(toolchain) = toolchain {
        let linker = toolchain.linker.map(|linker| linker.command());
        check(
            "linker",
            false,
            Ok(linker.unwrap_or_else(|| "rustc's own choice".to_owned())),
        );
        let runner = toolchain.runner.map(|words| {
            if words.is_empty() {
                "native".to_owned()
            } else {
                words.join(" ")
            }
        });
        check("runner", false, runner);
    }
    let std = match resolve::rust_std(StdArg::Auto, target, false, context) {
        Ok(RustStd::Installed) => Ok("installed".to_owned()),
        Ok(RustStd::ByRustup { .. }) => Ok("rustup will be asked for it".to_owned()),
        Ok(RustStd::FromSource { .. }) => Ok("will be built from source".to_owned()),
        Err(Failure::Missing(missing)) => Err(missing),
        Err(other) => Err(Missing::new(other.message().unwrap_or_default())),
    };
    check("Rust's std", false, std);
    Diagnosis {
        target: target.triple.clone(),
        ready: checks.iter().all(|check| check.ok || check.optional),
        checks,
    }
}
