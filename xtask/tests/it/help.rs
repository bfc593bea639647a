//! What helps at the keyboard: completion in a real bash, pages in a real man.

use std::fs;

use crate::support::{Run, has};

/// What a real bash offers for the last of `words`.
fn completed(setup: &str, words: &[&str]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cargo-xtask.bash");
    let script = Run::xtask(&["completions", "bash"]).end().expect_code(0);
    fs::write(&file, script.stdout).unwrap();
    let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
    let body = format!(
        "{setup}\nsource '{}'\n\
         function=$(complete -p cargo | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n\
         COMP_WORDS=({}) COMP_CWORD={}\n\
         \"$function\" cargo '{last}' '{before}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        file.display(),
        words
            .iter()
            .map(|word| format!("'{word}'"))
            .collect::<Vec<_>>()
            .join(" "),
        words.len() - 1
    );
    let ended = Run::new("bash")
        .end_with(&["--noprofile", "--norc", "-eu", "-c", &body])
        .expect_code(0);
    assert_eq!(ended.stderr, "");
    ended.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    if !has("completion in bash", &["bash", "sed"]) {
        return;
    }
    for (words, expected) in [
        (&["cargo", "xtask", "pa"][..], &["parity", "package"][..]),
        (&["cargo", "xtask", "image", "cl"], &["clean"]),
        (&["cargo", "xtask", "build", "--std", "pre"], &["prebuilt"]),
        (&["cargo", "xtask", "test", "--offl"], &["--offline"]),
        (&["cargo", "xt"], &["xtask"]),
    ] {
        assert_eq!(completed("", words), expected, "{words:?}");
    }
    // What there was for cargo goes on working.
    let before = "_of_cargo() { COMPREPLY=(mine); }\ncomplete -F _of_cargo cargo";
    assert_eq!(completed(before, &["cargo", "bu"]), ["mine"]);
    assert_eq!(completed(before, &["cargo", "xtask", "vend"]), ["vendor"]);
}

#[test]
fn every_shell_has_its_completion() {
    for (shell, line) in [
        ("bash", "complete -F _cargo_xtask"),
        ("zsh", "#compdef cargo-xtask"),
        ("fish", "__fish_cargo_using_subcommand xtask"),
        ("powershell", "'cargo;xtask;build'"),
        ("elvish", "cargo;xtask;build"),
    ] {
        let ended = Run::xtask(&["completions", shell]).end().expect_code(0);
        assert!(ended.stdout.contains(line), "{shell}: {}", ended.stdout);
    }
    Run::xtask(&["completions", "tcsh"])
        .end()
        .expect_code(2)
        .expect_error(&[
            "tcsh",
            "possible values: bash, elvish, fish, powershell, zsh",
        ]);
}

#[test]
fn man_reads_every_page_without_a_warning() {
    if !has("manual pages", &["man"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("man");
    Run::xtask(&["man", "--out-dir", out.to_str().unwrap()])
        .end()
        .expect_code(0)
        .expect_error(&["cargo-xtask.1"]);
    let mut pages = 0;
    for entry in fs::read_dir(&out).unwrap() {
        let page = entry.unwrap().path();
        let ended = Run::new("man")
            .env("MANWIDTH", "100")
            .env("LC_ALL", "C.UTF-8")
            .end_with(&["--warnings=w", "--local-file", page.to_str().unwrap()])
            .expect_code(0);
        assert_eq!(ended.stderr, "", "{}", page.display());
        let name = page.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(ended.stdout.contains(&name), "{}", ended.stdout);
        pages += 1;
    }
    assert!(pages >= 15, "{pages} pages");
    assert!(out.join("cargo-xtask-image-build.1").is_file());
    // What no user types has no page.
    assert!(!out.join("cargo-xtask-on-device.1").exists());
}
