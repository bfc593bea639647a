// SPDX-License-Identifier: MIT
//! Builds snmalloc's C++: converts cargo's variables to a target and features, finds a toolchain on
//! this machine, makes a plan, runs it with a builder, and prints the result for cargo.

mod builder;
mod directives;
mod source;

use std::path::PathBuf;

use snmalloc_toolchains as toolchains;
use toolchains::{Error, Features, Inputs, Machine as _, RealMachine, Target};

fn main() {
    let machine = match std::env::var_os("OUT_DIR") {
        Some(dir) => RealMachine::with_output_dir(dir.into()),
        None => RealMachine::new(),
    };
    let result = if machine.var("DOCS_RS").is_some() {
        // Documentation needs no allocator, and docs.rs has no network.
        Ok(())
    } else {
        build(&machine)
    };
    directives::rerun_for_variables(&machine.variables_asked());
    if let Err(missing) = result {
        directives::fail(&missing);
    }
}

fn build(machine: &RealMachine) -> Result<(), Error> {
    let cargo = |name: &str| std::env::var(name).ok();
    let required =
        |name: &str| cargo(name).ok_or_else(|| Error::new(format!("cargo did not set {name}")));
    let target = Target::from_cargo(cargo)
        .map_err(|name| Error::new(format!("cargo did not set {name}")))?;
    let features = Features::from_cargo(cargo);
    let host = required("HOST")?;
    let out_dir = PathBuf::from(required("OUT_DIR")?);
    let package = PathBuf::from(required("CARGO_MANIFEST_DIR")?);
    let shim = package.join("shim");

    let crossing = target.triple != host;

    // The cc crate and CMake read these without a directive to cargo.
    for base in ["AR", "ARFLAGS"] {
        toolchains::vars::lookup(machine, base, &target, crossing);
    }
    let compiler = toolchains::find::compiler(&target, &host, machine)?;
    let compiler = toolchains::find::with_wrapper(compiler, &target, crossing, machine);
    let choice = toolchains::choose_builder(&features, &target, &host, &out_dir, machine)?;
    let source = source::find(&package, &target, &host, machine, &out_dir)?;
    let probes = toolchains::probe(&target, crossing, &compiler, &features, machine)?;
    let plan = toolchains::plan(
        &Inputs {
            features: &features,
            target: &target,
            host: &host,
            compiler: &compiler,
            probes: &probes,
            source: source.dir.clone(),
            package,
            out_dir: out_dir.clone(),
        },
        machine,
    )?;
    directives::warn(&plan, &compiler, &choice);
    directives::answers(&probes, &compiler);
    let archiver = toolchains::find::archiver(&compiler, machine);
    let own_archiver = toolchains::vars::lookup(machine, "AR", &target, crossing);
    let work = builder::Work {
        target: &target,
        host: &host,
        machine,
        plan: &plan,
        compiler: &compiler,
        archiver: archiver.as_ref().filter(|_| own_archiver.is_none()),
        shim: &shim,
        out_dir: &out_dir,
    };
    builder::build(&choice, &work)?;
    directives::emit(&work, &choice, &source);
    Ok(())
}
