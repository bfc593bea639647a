//! What a toolchain needs on the disk before cargo can use it: scripts for tools
//! that are more than a path, and Wine's own directory.

pub mod android;
mod mingw;
mod pages;
mod wine;
pub mod zig_link;

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use snmalloc_toolchains::{Compiler, Origin, Target, Tool, Toolchain, find, wrapper};

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
        runner_variable,
        ..
    } = &mut toolchain;
    if compiler.origin == Origin::Zig {
        // zig takes a few of rustc's words amiss.
        *linker = linker.take().map(zig_link::through_us).transpose()?;
    }
    // What a user has set stays as it is.
    if let (Ok(words), None) = (runner, runner_variable) {
        // adb can't run a program by itself.
        if wanted.target.os == "android" && !words.is_empty() {
            *words = on_device::runner(words)?;
        }
        // cargo splits the variable at blanks.
        if let Some((program, args)) = words
            .split_first()
            .filter(|_| words.iter().any(|word| word.contains(char::is_whitespace)))
        {
            let tool = Tool {
                program: program.into(),
                args: args.to_vec(),
            };
            *words = vec![
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
    wanted: &Wanted,
    context: &Context,
) -> Result<PathBuf, Failure> {
    let name = wanted.name();
    Ok(Scripts { name, context }
        .plain(&compiler.tool(), "c++")?
        .program)
}

/// rustc names GCC's static run-time library whatever else is linked: where the shared
/// one comes first, what both define is no error.
pub fn link_both_runtimes(
    wanted: &Wanted,
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
    let name = wanted.name();
    *linker = Scripts { name, context }.plain(&tool, "shared-linker")?;
    Ok(())
}

/// Puts the shared libraries that programs need beside them, where a user has asked
/// for shared ones; checks what devices ask of programs. `out_dir` is the build script's.
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
        ("android", _) => {
            pages::check(target, programs)?;
            match out_dir.filter(|_| resolved.shared_std) {
                Some(dir) => android::copy_shared_std(resolved, dir, context),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Makes ready what runs the target's programs.
pub fn prepare_runner(
    target: &Target,
    toolchain: &mut Toolchain,
    context: &Context,
) -> Result<(), Failure> {
    if target.os == "windows" && !cfg!(windows) && toolchain.runner_variable.is_none() {
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
            Ok(tool.clone())
        } else {
            self.always(tool, name)
        }
    }

    fn always(&self, tool: &Tool, name: &str) -> Result<Tool, Failure> {
        let os = std::env::consts::OS;
        // Those who run it know by this name how it wants its options spelled.
        let stem = tool.program.file_stem().unwrap_or_default();
        let name = match stem.to_string_lossy().starts_with("clang-cl") {
            true => "clang-cl",
            false => name,
        };
        let text = wrapper::script(tool, os);
        // By its content: what one shell was told of stays as it is, and cargo sees
        // that another tool is another.
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
