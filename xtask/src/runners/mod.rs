//! Files that a toolchain needs before cargo can use it: scripts for tools that are more than a
//! path, and a Wine prefix.

pub mod adb;
pub mod android_std;
pub mod mingw_dlls;
pub mod page_size;
mod wine;
pub mod zig_link;

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use snmalloc_toolchains::{Compiler, Origin, Target, Tool, Toolchain, find, wrapper};

use crate::context::Context;
use crate::failure::Failure;
use crate::plan::cargo_command::Resolved;
use crate::plan::targets::RequestedTarget;

/// Finds the toolchain for a target, each of its tools a single path.
///
/// # Errors
/// A tool is missing on this machine, or a script can't be written.
pub fn find(requested: &RequestedTarget, context: &Context) -> Result<Toolchain, Failure> {
    let machine = requested.machine(&context.machine);
    let mut toolchain = find::toolchain(&requested.target, context.host, &machine)?;
    let scripts = Scripts {
        // zig for one version of glibc is another tool than zig for the next.
        name: requested.name(),
        context,
    };
    let Toolchain {
        compiler,
        c_compiler,
        archiver,
        linker,
        runner,
        runner_variable,
        ..
    } = &mut toolchain;
    if compiler.origin == Origin::Zig {
        // zig misinterprets a few of rustc's arguments.
        *linker = linker.take().map(zig_link::via_xtask).transpose()?;
    }
    // A runner that the user has set stays.
    if let (Ok(command), None) = (runner, runner_variable) {
        // adb can't run a local program: `on-device` pushes it to the device first.
        if requested.target.os == "android" && !command.is_empty() {
            *command = adb::runner(command)?;
        }
        // cargo splits the variable at whitespace.
        if let Some((program, args)) = command
            .split_first()
            .filter(|_| command.iter().any(|arg| arg.contains(char::is_whitespace)))
        {
            let tool = Tool {
                program: program.into(),
                args: args.to_vec(),
            };
            *command = vec![
                scripts
                    .always(&tool, "runner")?
                    .program
                    .display()
                    .to_string(),
            ];
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
    requested: &RequestedTarget,
    context: &Context,
) -> Result<PathBuf, Failure> {
    let name = requested.name();
    Ok(Scripts { name, context }
        .plain(&compiler.tool(), "c++")?
        .program)
}

/// Allows duplicate symbols: rustc links GCC's static run-time library whatever else is linked,
/// and the shared one, which comes first, defines some of the same symbols.
pub fn link_both_runtimes(
    requested: &RequestedTarget,
    toolchain: &mut Toolchain,
    context: &Context,
) -> Result<(), Failure> {
    let Some(linker) = &mut toolchain.linker else {
        return Ok(());
    };
    let tool = Tool {
        program: linker.program.clone(),
        args: vec!["-Wl,--allow-multiple-definition".to_owned()],
    };
    let name = requested.name();
    *linker = Scripts { name, context }.plain(&tool, "shared-linker")?;
    Ok(())
}

/// Copies the shared libraries that programs need next to them, Android's only with feature
/// `android-shared-std`; checks that Android programs load on devices. `out_dir` is the build
/// script's.
pub fn finish_programs(
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
            mingw_dlls::copy_runtime(&toolchain.compiler, programs)
        }
        ("android", _) => {
            page_size::check(target, programs)?;
            match out_dir.filter(|_| resolved.shared_std) {
                Some(dir) => android_std::copy_shared_std(resolved, dir, context),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Prepares the runner of the target's programs.
pub fn prepare_runner(
    target: &Target,
    toolchain: &mut Toolchain,
    context: &Context,
) -> Result<(), Failure> {
    if target.os == "windows" && !cfg!(windows) && toolchain.runner_variable.is_none() {
        // Targets with the same CPU share a prefix.
        static WINE: Mutex<()> = Mutex::new(());
        let _lock = WINE.lock().unwrap_or_else(PoisonError::into_inner);
        wine::prepare(target, toolchain, context)?;
    }
    Ok(())
}

struct Scripts<'a> {
    name: String,
    context: &'a Context,
}

impl Scripts<'_> {
    /// `tool` itself if it has no arguments, else a script.
    fn plain(&self, tool: &Tool, name: &str) -> Result<Tool, Failure> {
        if tool.args.is_empty() {
            Ok(tool.clone())
        } else {
            self.always(tool, name)
        }
    }

    fn always(&self, tool: &Tool, name: &str) -> Result<Tool, Failure> {
        let os = std::env::consts::OS;
        // Callers derive the syntax of its options from this name.
        let stem = tool.program.file_stem().unwrap_or_default();
        let name = match stem.to_string_lossy().starts_with("clang-cl") {
            true => "clang-cl",
            false => name,
        };
        let text = wrapper::script(tool, os);
        // The path depends on the content: a path that a shell has stored stays valid, and
        // cargo notices a different tool.
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let dir = self.context.target_dir().join("tools").join(&self.name);
        let dir = dir.join(format!("{:016x}", hasher.finish()));
        let file = dir.join(wrapper::file_name(name, os));
        if file.is_file() {
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
