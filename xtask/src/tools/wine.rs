//! Wine: a prefix of the project's own, so that the user's isn't touched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, anyhow};
use snmalloc_toolchains::{Target, Tool, Toolchain};

use crate::context::Context;
use crate::failure::Failure;

const DLL: &str = "bcryptprimitives.dll";

/// Names the prefix to the runner, and makes it where it isn't there.
pub fn prepare(
    target: &Target,
    toolchain: &mut Toolchain,
    context: &Context,
) -> Result<(), Failure> {
    let Some(wine) = toolchain
        .runner
        .as_mut()
        .ok()
        .and_then(|words| words.first_mut())
    else {
        return Ok(());
    };
    let plain = wine.clone();
    *wine = patient(&plain, context)?.display().to_string();
    let wine = &plain;
    if std::env::var_os("WINEPREFIX").is_some() {
        return Ok(());
    }
    let prefix = context.target_dir().join("wine").join(&target.arch);
    let system = prefix.join("drive_c/windows/system32");
    // Written last: half a prefix would be taken for a whole one.
    let whole = prefix.join("snmalloc-rs");
    if !whole.is_file() {
        let step = context.progress.step("making a Wine prefix".to_owned());
        let made = make(wine, &prefix);
        step.end(if made.is_ok() { "done" } else { "failed" });
        made?;
        fs::write(&whole, "").with_context(|| format!("{}", whole.display()))?;
    }
    if target.env == "gnu" && !system.join(DLL).is_file() {
        let tool = toolchain
            .c_compiler
            .as_ref()
            .ok_or_else(|| anyhow!("no C compiler to make Wine's missing {DLL} with"))?;
        random_numbers(tool, &system)?;
    }
    let env = &mut toolchain.runner_env;
    env.push(("WINEPREFIX".to_owned(), prefix.display().to_string()));
    // Programs that were linked with the shared run-time library find it there
    // before it is put beside them.
    let dlls = super::mingw::runtime_dirs(&toolchain.compiler);
    if std::env::var_os("WINEPATH").is_none() && !dlls.is_empty() {
        env.push(("WINEPATH".to_owned(), dlls.join(";")));
    }
    Ok(())
}

/// A script that runs a program under Wine, and once more where it lost Wine's server
/// before it had begun, as happens now and then.
fn patient(wine: &str, context: &Context) -> Result<PathBuf, Failure> {
    let dir = context.target_dir().join("wine");
    let path = dir.join("wine64");
    let text = patient_script(wine);
    if !fs::read_to_string(&path).is_ok_and(|old| old == text) {
        super::write_program(&dir, &path, &text).with_context(|| format!("{}", path.display()))?;
    }
    Ok(path)
}

fn patient_script(wine: &str) -> String {
    format!(
        "#!/bin/sh\n\
         said=$(mktemp) code=0\n\
         {wine} \"$@\" 2>\"$said\" || code=$?\n\
         if grep -q '^wine client error:' \"$said\"; then\n  \
           rm -f \"$said\"\n  \
           echo \"note: the program lost Wine's server, and is run once more\" >&2\n  \
           exec {wine} \"$@\"\n\
         fi\n\
         cat \"$said\" >&2\n\
         rm -f \"$said\"\n\
         exit $code\n",
        wine = shell_words::quote(wine)
    )
}

fn make(wine: &str, prefix: &Path) -> Result<(), Failure> {
    fs::create_dir_all(prefix).with_context(|| format!("{}", prefix.display()))?;
    let output = Command::new(wine)
        .args(["wineboot", "--init"])
        .env("WINEPREFIX", prefix)
        .env("WINEDEBUG", "-all")
        // Neither .NET nor a browser, which it would ask to download.
        .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
        .env_remove("DISPLAY")
        .output()
        .with_context(|| format!("{wine} wineboot"))?;
    if output.status.success() {
        return Ok(());
    }
    // Half a prefix would be taken for a whole one.
    let _ = fs::remove_dir_all(prefix);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::Failed(format!(
        "`{wine} wineboot --init` failed ({})\n{said}",
        output.status
    )))
}

/// Builds the library that this Wine lacks into the prefix.
fn random_numbers(cc: &Tool, system: &Path) -> Result<(), Failure> {
    let source = system.join("process_prng.c");
    let fresh: PathBuf = system.join(format!("{DLL}.new"));
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
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::Failed(format!(
            "Wine's missing {DLL} can't be built\n{said}"
        )));
    }
    fs::rename(&fresh, system.join(DLL)).with_context(|| DLL.to_owned())?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

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
    fn a_program_that_lost_the_server_is_run_once_more() {
        let (code, out, err) = run(0);
        assert_eq!(
            (code, out.as_str(), err.as_str()),
            (Some(7), "ran a b\n", "said\n")
        );
        let (code, out, err) = run(1);
        assert_eq!((code, out.as_str()), (Some(7), "ran a b\n"));
        assert!(err.contains("is run once more"), "{err}");
        // Twice in a row is no accident.
        let (code, out, err) = run(2);
        assert_eq!((code, out.as_str()), (Some(1), ""));
        assert!(err.contains("wine client error"), "{err}");
    }
}
