//! Tools in the form that cargo takes.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use snmalloc_toolchains::{Machine as _, Target, Tool, Toolchain};

use crate::commands::on_device;
use crate::context::Context;
use crate::failure::Failure;

/// The toolchain as cargo can be told of it: a linker of several words becomes a
/// script, and adb, which can't run a program by itself, a command of ours.
pub fn for_cargo(
    toolchain: Toolchain,
    target: &Target,
    context: &Context,
) -> Result<Toolchain, Failure> {
    let linker = match toolchain.linker {
        Some(tool) if !tool.args.is_empty() => {
            let suffix = if cfg!(windows) { ".cmd" } else { "" };
            let file = context
                .target_dir()
                .join("linkers")
                .join(format!("{}{suffix}", target.triple));
            write(&file, &script(&tool, cfg!(windows)))
                .with_context(|| format!("{}", file.display()))?;
            Some(Tool::plain(file))
        }
        other => other,
    };
    let own_runner = context.machine.var(&target.cargo_variable("RUNNER"));
    let runner = match toolchain.runner {
        Ok(words) if target.os == "android" && own_runner.is_none() && !words.is_empty() => {
            Ok(on_device::runner(&words)?)
        }
        other => other,
    };
    Ok(Toolchain {
        linker,
        runner,
        ..toolchain
    })
}

fn script(tool: &Tool, windows: bool) -> String {
    let words = std::iter::once(tool.program.display().to_string()).chain(tool.args.clone());
    if windows {
        let words: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
        format!("@{} %*\r\n", words.join(" "))
    } else {
        format!("#!/bin/sh\nexec {} \"$@\"\n", shell_words::join(words))
    }
}

/// Another run may be using the file: it is replaced whole, and only if it differs.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let dir = file.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(dir)?;
    let new = file.with_extension(format!("new-{}", std::process::id()));
    fs::write(&new, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755))?;
    }
    fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use super::script;
    use snmalloc_toolchains::Tool;

    #[test]
    fn a_script_keeps_words_whole() {
        let tool = Tool {
            args: vec!["-Wl,-z,max-page-size=16384".to_owned()],
            ..Tool::plain("/my ndk/clang")
        };
        assert_eq!(
            script(&tool, false),
            "#!/bin/sh\nexec '/my ndk/clang' '-Wl,-z,max-page-size=16384' \"$@\"\n"
        );
        assert_eq!(
            script(&tool, true),
            "@\"/my ndk/clang\" \"-Wl,-z,max-page-size=16384\" %*\r\n"
        );
    }
}
