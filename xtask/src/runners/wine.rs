//! Wine, with a prefix of the project's own unless WINEPREFIX is set.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, anyhow};
use snmalloc_toolchains::{Target, Tool, Toolchain};

use crate::context::Context;
use crate::failure::Failure;
use crate::process::quote;

const DLL: &str = "bcryptprimitives.dll";

/// Passes the prefix to the runner, and creates it if it is missing.
pub fn prepare(
    target: &Target,
    toolchain: &mut Toolchain,
    context: &Context,
) -> Result<(), Failure> {
    let Some(wine) = toolchain
        .runner
        .as_mut()
        .ok()
        .and_then(|args| args.first_mut())
    else {
        return Ok(());
    };
    let plain = wine.clone();
    *wine = patient(&plain, context)?.display().to_string();
    let wine = &plain;
    let of_user = std::env::var_os("WINEPREFIX").map(PathBuf::from);
    let prefix = match &of_user {
        Some(prefix) => prefix.clone(),
        None => own_prefix(wine, &target.arch, context)?,
    };
    let mut dlls = super::mingw_dlls::runtime_dirs(&toolchain.compiler);
    if target.env == "gnu" && !system_dir(&prefix, target).join(DLL).is_file() {
        let tool = toolchain
            .c_compiler
            .as_ref()
            .ok_or_else(|| anyhow!("no C compiler to make Wine's missing {DLL} with"))?;
        // The user's own prefix is not changed: Wine finds the DLL through WINEPATH.
        let dir = match of_user {
            Some(_) => context
                .target_dir()
                .join("wine")
                .join(format!("{}-dll", target.arch)),
            None => system_dir(&prefix, target),
        };
        random_numbers(tool, &dir)?;
        if of_user.is_some() {
            dlls.push(dir.display().to_string());
        }
    }
    let env = &mut toolchain.runner_env;
    env.push(("WINEPREFIX".to_owned(), prefix.display().to_string()));
    // Programs that were linked with the shared run-time library find it there before it is
    // copied next to them.
    if let Ok(path) = std::env::var("WINEPATH") {
        dlls.insert(0, path);
    }
    if !dlls.is_empty() {
        env.push(("WINEPATH".to_owned(), dlls.join(";")));
    }
    Ok(())
}

/// The prefix for programs of that CPU, created if it is missing.
fn own_prefix(wine: &str, arch: &str, context: &Context) -> Result<PathBuf, Failure> {
    let prefix = context.target_dir().join("wine").join(arch);
    // Written last: marks the prefix as complete.
    let whole = prefix.join("snmalloc-rs");
    if !whole.is_file() {
        let step = context.progress.step("making a Wine prefix".to_owned());
        let made = make(wine, &prefix);
        step.end(if made.is_ok() { "done" } else { "failed" });
        made?;
        fs::write(&whole, "").with_context(|| format!("{}", whole.display()))?;
    }
    Ok(prefix)
}

/// The directory in which programs of the target find Windows' own DLLs. 32-bit programs have
/// their own in a prefix that is also for 64-bit ones.
fn system_dir(prefix: &Path, target: &Target) -> PathBuf {
    let windows = prefix.join("drive_c/windows");
    let of_32_bits = windows.join("syswow64");
    if target.pointer_width == 32 && of_32_bits.is_dir() {
        of_32_bits
    } else {
        windows.join("system32")
    }
}

/// Writes a script that runs a program under Wine, and runs it once more if Wine reports that it
/// lost its server. This happens occasionally, before the program begins.
fn patient(wine: &str, context: &Context) -> Result<PathBuf, Failure> {
    let dir = context.target_dir().join("wine");
    // Reports show the runner by this name.
    let path = dir.join(Path::new(wine).file_name().unwrap_or("wine".as_ref()));
    let text = patient_script(wine);
    if !fs::read_to_string(&path).is_ok_and(|old| old == text) {
        super::write_program(&dir, &path, &text).with_context(|| format!("{}", path.display()))?;
    }
    Ok(path)
}

fn patient_script(wine: &str) -> String {
    format!(
        "#!/bin/sh\n\
         errors=$(mktemp) code=0\n\
         {wine} \"$@\" 2>\"$errors\" || code=$?\n\
         if grep -q '^wine client error:' \"$errors\"; then\n  \
           rm -f \"$errors\"\n  \
           echo \"note: the program lost Wine's server, and is run once more\" >&2\n  \
           exec {wine} \"$@\"\n\
         fi\n\
         cat \"$errors\" >&2\n\
         if [ $code -eq 53 ]; then\n  \
           echo \"note: exit code 53 may mean a DLL that was not found; \
           WINEDEBUG=err+all names it\" >&2\n\
         fi\n\
         rm -f \"$errors\"\n\
         exit $code\n",
        wine = quote::sh(wine)
    )
}

fn make(wine: &str, prefix: &Path) -> Result<(), Failure> {
    fs::create_dir_all(prefix).with_context(|| format!("{}", prefix.display()))?;
    let output = Command::new(wine)
        .args(["wineboot", "--init"])
        .env("WINEPREFIX", prefix)
        .env("WINEDEBUG", "-all")
        // Disable .NET and the browser engine, which Wine would ask to download.
        .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
        .env_remove("DISPLAY")
        .output()
        .with_context(|| format!("{wine} wineboot"))?;
    if output.status.success() {
        return Ok(());
    }
    // An incomplete prefix could be taken for a complete one.
    let _ = fs::remove_dir_all(prefix);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::Failed(format!(
        "`{wine} wineboot --init` failed ({})\n{stderr}",
        output.status
    )))
}

/// Builds the DLL that this Wine is missing.
fn random_numbers(cc: &Tool, dir: &Path) -> Result<(), Failure> {
    fs::create_dir_all(dir).with_context(|| format!("{}", dir.display()))?;
    let source = dir.join("process_prng.c");
    let fresh: PathBuf = dir.join(format!("{DLL}.new"));
    fs::write(
        &source,
        include_str!("../../../docker/install/process_prng.c"),
    )
    .with_context(|| format!("{}", source.display()))?;
    let output = Command::new(&cc.program)
        .args(&cc.args)
        .args(["-shared", "-O1", "-o"])
        .args([&fresh, &source])
        .arg("-ladvapi32")
        .output()
        .with_context(|| cc.command())?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::Failed(format!(
            "Wine's missing {DLL} can't be built\n{stderr}"
        )));
    }
    fs::rename(&fresh, dir.join(DLL)).with_context(|| DLL.to_owned())?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::system_dir;
    use object::{Object as _, ObjectSymbol as _};
    use snmalloc_toolchains::{Machine as _, RealMachine, Target};
    use std::process::Command;

    #[test]
    fn dlls_of_32_bit_programs_have_a_directory_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path();
        let at = |triple: &str| {
            let target = Target::from_triple(triple).unwrap();
            let dir = system_dir(prefix, &target);
            dir.file_name().unwrap().to_str().unwrap().to_owned()
        };
        let (wide, narrow) = ("x86_64-pc-windows-gnu", "i686-pc-windows-gnu");
        // A prefix for 32-bit programs only has no other directory.
        assert_eq!(
            (at(wide), at(narrow)),
            ("system32".into(), "system32".into())
        );
        std::fs::create_dir_all(prefix.join("drive_c/windows/syswow64")).unwrap();
        assert_eq!(
            (at(wide), at(narrow)),
            ("system32".into(), "syswow64".into())
        );
    }

    #[test]
    fn the_missing_function_is_exported_by_its_plain_name() {
        let Some(zig) = RealMachine::new().find_program("zig") else {
            let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
            assert!(!in_ci, "CI has zig");
            println!("skipped: zig is not installed");
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let (source, object) = (dir.path().join("prng.c"), dir.path().join("prng.o"));
        let text = include_str!("../../../docker/install/process_prng.c");
        std::fs::write(&source, text).unwrap();
        for (target, symbol) in [("x86", "_ProcessPrng"), ("x86_64", "ProcessPrng")] {
            let compiled = Command::new(&zig)
                .args([
                    "cc",
                    "-target",
                    &format!("{target}-windows-gnu"),
                    "-c",
                    "-o",
                ])
                .args([&object, &source])
                .status();
            assert!(compiled.unwrap().success());
            let bytes = std::fs::read(&object).unwrap();
            let file = object::File::parse(&*bytes).unwrap();
            let mut names = file.symbols().filter_map(|symbol| symbol.name().ok());
            assert!(names.any(|name| name == symbol), "{target}");
        }
    }

    #[test]
    fn exit_code_53_is_explained() {
        let dir = tempfile::tempdir().unwrap();
        let exit = |code: i32| {
            let fake = dir.path().join(format!("wine-{code}"));
            let body = format!("#!/bin/sh\nexit {code}\n");
            super::super::write_program(dir.path(), &fake, &body).unwrap();
            let script = dir.path().join(format!("run-{code}"));
            let text = super::patient_script(&fake.display().to_string());
            super::super::write_program(dir.path(), &script, &text).unwrap();
            let output = Command::new(script).output().unwrap();
            assert_eq!(output.status.code(), Some(code));
            String::from_utf8_lossy(&output.stderr).into_owned()
        };
        assert!(exit(53).contains("a DLL that was not found"));
        assert_eq!(exit(1), "");
    }

    /// Runs the script with a fake Wine that loses its server `losses` times.
    fn run(losses: u32) -> (Option<i32>, String, String) {
        let dir = tempfile::tempdir().unwrap();
        let fake = dir.path().join("a wine");
        let count = dir.path().join("count");
        let body = format!(
            "#!/bin/sh\necho x >> '{count}'\n\
             if [ $(wc -l < '{count}') -le {losses} ]; then\n\
             echo 'wine client error:0: recvmsg: Connection reset by peer' >&2; exit 1\nfi\n\
             echo \"ran $1\"; echo said >&2; exit 7\n",
            count = count.display()
        );
        super::super::write_program(dir.path(), &fake, &body).unwrap();
        let script = dir.path().join("run");
        let text = super::patient_script(&fake.display().to_string());
        super::super::write_program(dir.path(), &script, &text).unwrap();
        let output = Command::new(script).arg("a b").output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    #[test]
    fn program_that_lost_the_server_is_run_again() {
        let (code, out, err) = run(0);
        assert_eq!(
            (code, out.as_str(), err.as_str()),
            (Some(7), "ran a b\n", "said\n")
        );
        let (code, out, err) = run(1);
        assert_eq!((code, out.as_str()), (Some(7), "ran a b\n"));
        assert!(err.contains("is run once more"), "{err}");
        // The program is run once more, not twice.
        let (code, out, err) = run(2);
        assert_eq!((code, out.as_str()), (Some(1), ""));
        assert!(err.contains("wine client error"), "{err}");
    }
}
