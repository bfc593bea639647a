//! Tools of several words, for cargo, which takes one program only.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use snmalloc_toolchains::{Tool, Toolchain};

use crate::context::Context;
use crate::failure::Failure;

/// The toolchain with a linker that is one program: a script where it takes words.
pub fn with_one_word_linker(
    toolchain: Toolchain,
    triple: &str,
    context: &Context,
) -> Result<Toolchain, Failure> {
    let linker = match toolchain.linker {
        Some(tool) if !tool.args.is_empty() => {
            let suffix = if cfg!(windows) { ".cmd" } else { "" };
            let file = context
                .target_dir()
                .join("linkers")
                .join(format!("{triple}{suffix}"));
            write(&file, &script(&tool, cfg!(windows)))
                .with_context(|| format!("{}", file.display()))?;
            Some(Tool::plain(file))
        }
        other => other,
    };
    Ok(Toolchain {
        linker,
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
            "#!/bin/sh\nexec '/my ndk/clang' -Wl,-z,max-page-size=16384 \"$@\"\n"
        );
        assert_eq!(
            script(&tool, true),
            "@\"/my ndk/clang\" \"-Wl,-z,max-page-size=16384\" %*\r\n"
        );
    }
}
