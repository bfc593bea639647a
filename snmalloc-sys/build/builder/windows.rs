// SPDX-License-Identifier: MIT
//! The host's part of a build on Windows, by the cc crate, which finds archivers and Visual Studio.

use std::path::{Path, PathBuf};
use std::process::Command;

use snmalloc_toolchains::{Compiler, Error, Origin};

use super::{LIBRARY, Work, archiver, script, variables};

/// Archives `object`.
pub(super) fn archive(work: &Work<'_>, object: &Path) -> Result<(), Error> {
    let mut build = build(work)?;
    build.object(object).try_compile(LIBRARY).map_err(explain)
}

/// Visual Studio's compiler, with the variables that it needs.
pub(super) fn visual_studio(work: &Work<'_>) -> Result<Command, Error> {
    let tool = build(work)?.try_get_compiler().map_err(explain)?;
    // The tool's own command has flags that aren't in the plan.
    let mut command = Command::new(tool.path());
    command.envs(variables(&tool.to_command()));
    Ok(command)
}

fn explain(error: cc::Error) -> Error {
    Error::new(format!("the cc crate says: {error}"))
}

fn build(work: &Work<'_>) -> Result<cc::Build, Error> {
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .cpp_link_stdlib(None)
        .no_default_flags(true)
        .inherit_rustflags(false)
        .warnings(false)
        .cargo_metadata(false)
        .cargo_warnings(false)
        .out_dir(work.out_dir);
    if let Some(program) = compiler(work)? {
        build.compiler(program);
    }
    if let Some(program) = archiver(work)? {
        build.archiver(program);
    }
    Ok(build)
}

/// The path of the compiler for the cc crate, which derives the archiver from it. `None` for Visual
/// Studio, and if a variable names the compiler: the crate reads that variable too.
fn compiler(work: &Work<'_>) -> Result<Option<PathBuf>, Error> {
    let Compiler {
        variable, origin, ..
    } = work.compiler;
    if variable.is_some() || *origin == Origin::VisualStudio {
        return Ok(None);
    }
    let name = work.compiler.script_name();
    script(work, name, &work.compiler.unwrapped()).map(Some)
}
