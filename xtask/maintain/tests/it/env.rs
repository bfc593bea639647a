//! `cargo xtask env`: its output is evaluated by shells, whatever a value contains.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::needs;
use crate::support::needs::Need;
use crate::support::{Run, machine};

/// Names of directories that end a string, run a command or are expanded if a shell reads them
/// without, or with another shell's, quotes.
const HOSTILE: [&str; 12] = [
    r"x\'; touch PWNED; #",
    r"bs\'q\\",
    "{a,b}",
    "$HOME `touch PWNED` $(touch PWNED)",
    "a\"; touch PWNED; \"b",
    "\u{2019}; touch PWNED; \u{2018}",
    "tab\tdel\u{7f}",
    "* ? [a-z] ~",
    "!! !x",
    "%PATH% & touch PWNED",
    "line\ntouch PWNED\r\n#",
    "\"\"\"\\u{41}'''",
];

/// The output for a compiler at this path.
fn env_of(compiler: &Path, form: &str) -> String {
    Run::xtask(&["env", "--target", &machine::host(), "--shell", form])
        .env("CXX", compiler)
        .end()
        .expect_code(0)
        .stdout
}

/// A directory with a compiler at each of the hostile paths; calls `check` with the directory, the
/// compiler, and the name of its variable.
fn with_hostile_compilers(check: impl Fn(&Path, &Path, &str)) {
    let gcc = machine::program("g++");
    for name in HOSTILE {
        let dir = tempfile::tempdir().unwrap();
        let compiler = dir.path().join(name).join("g++");
        fs::create_dir_all(compiler.parent().unwrap()).unwrap();
        symlink(&gcc, &compiler).unwrap();

        let json: Value = serde_json::from_str(&env_of(&compiler, "json")).unwrap();
        let variables = json.as_object().unwrap();
        let (variable, value) = variables
            .iter()
            .find(|(variable, _)| variable.starts_with("CXX_"))
            .unwrap_or_else(|| panic!("{json}"));
        assert_eq!(value.as_str(), compiler.to_str());
        check(dir.path(), &compiler, variable);
        assert!(!dir.path().join("PWNED").exists(), "{name}");
    }
}

/// Evaluates the output of `env` in a shell, which then prints the compiler's variable.
fn survives(form: &str, file: &str, shell: &[&str], script: &str) {
    with_hostile_compilers(|dir, compiler, variable| {
        fs::write(dir.join(file), env_of(compiler, form)).unwrap();
        let script = script.replace("VARIABLE", variable);
        let (program, args) = shell.split_first().unwrap();
        let run = Run::new(program).dir(dir);
        let ended = run.end_with(&[args, &[&script]].concat());
        let expected = compiler.to_str().unwrap();
        assert_eq!(ended.stdout, expected, "{program}: {}", ended.stderr);
    });
}

#[test]
fn hostile_values_survive_every_shell() {
    needs!(
        Need::Tool("bash"),
        Need::Tool("fish"),
        Need::Tool("zsh"),
        Need::Compiler("g++")
    );
    for (form, shell, read) in [
        ("sh", "sh", ". ./env"),
        ("sh", "bash", "eval \"$(cat env)\""),
        ("sh", "zsh", "eval \"$(cat env)\""),
        ("fish", "fish", "source env"),
    ] {
        let script = format!("{read}; printf %s \"$VARIABLE\"");
        survives(form, "env", &[shell, "-c"], &script);
    }
}

#[test]
fn hostile_values_survive_powershell() {
    needs!(Need::Tool("pwsh"), Need::Compiler("g++"));
    survives(
        "powershell",
        "env.ps1",
        &[
            "pwsh",
            "-NoLogo",
            "-NoProfile",
            "-NonInteractive",
            "-Command",
        ],
        ". ./env.ps1; [Console]::Out.Write($env:VARIABLE)",
    );
}

/// cargo sets the variables for a program that it runs.
#[test]
fn hostile_values_survive_cargo() {
    needs!(Need::Compiler("g++"));
    let project = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(project.path().join(name), text).unwrap();
    write(
        "Cargo.toml",
        "[package]\nname = \"print\"\nedition = \"2021\"\n[workspace]\n\
         [[bin]]\nname = \"print\"\npath = \"main.rs\"\n",
    );
    write(
        "main.rs",
        "use std::env as e;\n\
         fn main() { print!(\"{}\", e::var(e::args().nth(1).unwrap()).unwrap()) }\n",
    );
    with_hostile_compilers(|_, compiler, variable| {
        write("env.toml", &env_of(compiler, "cargo-config"));
        let args = ["run", "--quiet", "--config", "env.toml", "--", variable];
        let ended = Run::cargo(&args).dir(project.path()).end().expect_code(0);
        assert_eq!(ended.stdout, compiler.to_str().unwrap());
    });
}
