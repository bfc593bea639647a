//! Copies the DLLs of mingw-w64's own run-time libraries next to the programs that import them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use object::Object as _;
use snmalloc_toolchains::Compiler;

use crate::failure::Failure;

/// Copies the DLLs that `programs` import, also indirectly, if the compiler has them; it
/// doesn't have Windows' own DLLs.
pub fn copy_runtime(compiler: &Compiler, programs: &[PathBuf]) -> Result<(), Failure> {
    for program in programs {
        let Some(dir) = program.parent() else {
            continue;
        };
        let mut waiting: Vec<String> = imported(program)?.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if !is_file_name(&name) || !seen.insert(name.clone()) {
                continue;
            }
            let Some(file) = of_compiler(compiler, &name) else {
                continue;
            };
            fs::copy(&file, dir.join(&name)).with_context(|| format!("{}", file.display()))?;
            waiting.extend(imported(&file)?);
        }
    }
    Ok(())
}

/// The directories of GCC's run-time DLLs.
pub fn runtime_dirs(compiler: &Compiler) -> Vec<String> {
    let mut dirs: Vec<String> = [
        "libgcc_s_seh-1.dll",
        "libgcc_s_dw2-1.dll",
        "libwinpthread-1.dll",
    ]
    .iter()
    .filter_map(|name| of_compiler(compiler, name)?.canonicalize().ok())
    .filter_map(|file| Some(file.parent()?.display().to_string()))
    .collect();
    dirs.dedup();
    dirs
}

/// The DLLs that a program or DLL imports from.
fn imported(file: &Path) -> Result<BTreeSet<String>, Failure> {
    let of_file = || format!("{}", file.display());
    let bytes = fs::read(file).with_context(of_file)?;
    Ok(imports(&bytes).with_context(of_file)?)
}

/// The names of the libraries in a program's table of imports.
pub fn imports(program: &[u8]) -> anyhow::Result<BTreeSet<String>> {
    let program = object::File::parse(program)?;
    let mut names = BTreeSet::new();
    for import in program.imports()? {
        names.insert(String::from_utf8_lossy(import?.library()).into_owned());
    }
    Ok(names)
}

/// Returns true if the name leads to no other directory: a program may contain any.
pub fn is_file_name(name: &str) -> bool {
    !name.contains(['/', '\\', ':']) && ![".", "..", ""].contains(&name)
}

/// The compiler's own file with that name.
fn of_compiler(compiler: &Compiler, name: &str) -> Option<PathBuf> {
    let output = Command::new(&compiler.program)
        .args(&compiler.args)
        .arg(format!("-print-file-name={name}"))
        .output()
        .ok()?;
    // GCC echoes the name if the file doesn't exist.
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    (path.is_absolute() && path.is_file()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::is_file_name;

    #[test]
    fn only_plain_names_of_dlls_are_copied() {
        assert!(is_file_name("libgcc_s_seh-1.dll"));
        for name in ["", "..", "../x.dll", "/etc/x", r"..\x.dll", "C:x.dll"] {
            assert!(!is_file_name(name), "{name}");
        }
    }
}
