//! What a toolchain needs on the disk before cargo can use it: scripts for tools
//! that are more than a path, and Wine's own directory.

pub mod android;
mod mingw;
mod wine;
pub mod zig_link;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use snmalloc_toolchains::{Compiler, Machine as _, Origin, Target, Tool, Toolchain, find, wrapper};

use crate::commands::on_device;
use crate::context::Context;
use crate::failure::Failure;
use crate::resolve::Resolved;
use crate::select::Wanted;

/// The toolchain for a target, each of its tools a single path.
///
/// # Errors
/// What is missing on this machine, or a script that can't be written.
pub fn find(wanted: &Wanted, context: &Context) -> Result<Toolchain, Failure> {
    let machine = wanted.machine(&context.machine);
    let mut toolchain = find::toolchain(&wanted.target, context.host, &machine)?;
    let scripts = Scripts {
        // zig for one version of glibc is another tool than zig for the next.
        name: wanted.name(),
        context,
    };
    let Toolchain {
        compiler,
        c_compiler,
        archiver,
        linker,
        runner,
        ..
    } = &mut toolchain;
    if compiler.origin == Origin::Zig {
        // zig takes a few of rustc's words amiss.
        *linker = linker.take().map(zig_link::through_us).transpose()?;
    }
    // adb can't run a program by itself; what a user has set stays as it is.
    let own_runner = machine.var(&wanted.target.cargo_variable("RUNNER"));
    if let (Ok(words), "android", None) = (runner, wanted.target.os.as_str(), own_runner) {
        if !words.is_empty() {
            *words = on_device::runner(words)?;
        }
    }
    for (tool, name) in [(c_compiler, "cc"), (archiver, "ar"), (linker, "linker")] {
        if let Some(tool) = tool {
            *tool = scripts.plain(tool, name)?;
        }
    }
    Ok(toolchain)
}

/// The compiler as a single path.
pub fn compiler(
    compiler: &Compiler,
    target: &Target,
    context: &Context,
) -> Result<PathBuf, Failure> {
    let name = target.triple.clone();
    Ok(Scripts { name, context }
        .plain(&compiler.tool(), "c++")?
        .program)
}

/// Puts the shared libraries that programs need beside them, where a user has asked
/// for shared ones. `out_dir` is the build script's.
pub fn beside(
    resolved: &Resolved,
    programs: &[PathBuf],
    out_dir: Option<&Path>,
    context: &Context,
) -> Result<(), Failure> {
    let Resolved {
        target, toolchain, ..
    } = resolved;
    match (target.os.as_str(), target.env.as_str()) {
        ("windows", "gnu") if toolchain.compiler.origin == Origin::System => {
            mingw::copy_runtime(&toolchain.compiler, programs)
        }
        ("android", _) if resolved.shared_std => match out_dir {
            Some(dir) => android::copy_shared_std(resolved, dir, context),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Makes ready what runs the target's programs.
pub fn prepare_runner(
    target: &Target,
    toolchain: &mut Toolchain,
    context: &Context,
) -> Result<(), Failure> {
    if target.os == "windows" && !cfg!(windows) {
        // Targets of one processor share a directory.
        static WINE: Mutex<()> = Mutex::new(());
        let _alone = WINE.lock().unwrap_or_else(PoisonError::into_inner);
        wine::prepare(target, toolchain, context)?;
    }
    Ok(())
}

struct Scripts<'a> {
    name: String,
    context: &'a Context,
}

impl Scripts<'_> {
    /// `tool` itself where it is a path alone, else a script.
    fn plain(&self, tool: &Tool, name: &str) -> Result<Tool, Failure> {
        if tool.args.is_empty() {
            return Ok(tool.clone());
        }
        let os = std::env::consts::OS;
        let dir = self.context.target_dir().join("tools").join(&self.name);
        // Those who run it know by this name how it wants its options spelled.
        let stem = tool.program.file_stem().unwrap_or_default();
        let name = match stem.to_string_lossy().starts_with("clang-cl") {
            true => "clang-cl",
            false => name,
        };
        let file = dir.join(wrapper::file_name(name, os));
        let text = wrapper::script(tool, os);
        // Another xtask may be running it just now.
        if fs::read_to_string(&file).is_ok_and(|there| there == text) {
            return Ok(Tool::plain(file));
        }
        write_program(&dir, &file, &text).with_context(|| format!("{}", file.display()))?;
        Ok(Tool::plain(file))
    }
}

pub fn write_program(
    dir: &std::path::Path,
    file: &std::path::Path,
    text: &str,
) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let fresh = file.with_extension(format!("{}", std::process::id()));
    fs::write(&fresh, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755))?;
    }
    fs::rename(&fresh, file)
}
