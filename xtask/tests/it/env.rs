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
const HOSTILE: [&str; 10] = [
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
];

/// The output for a compiler at this path.
fn env_of(compiler: &Path, form: &str) -> String {
    Run::xtask(&["env", "--target", &machine::host(), "--shell", form])
        .env("CXX", compiler)
        .end()
        .expect_code(0)
        .stdout
}

#[test]
fn hostile_values_survive_every_shell() {
    needs!(
        Need::Tool("bash"),
        Need::Tool("fish"),
        Need::Tool("zsh"),
        Need::Compiler("g++")
    );
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
        let value = value.as_str().unwrap();
        assert_eq!(value, compiler.to_str().unwrap());

        for (form, shell, read) in [
            ("sh", "sh", ". ./env"),
            ("sh", "bash", "eval \"$(cat env)\""),
            ("sh", "zsh", "eval \"$(cat env)\""),
            ("fish", "fish", "source env"),
        ] {
            let file = dir.path().join("env");
            fs::write(&file, env_of(&compiler, form)).unwrap();
            let script = format!("{read}; printf %s \"${variable}\"");
            let ended = Run::new(shell).dir(dir.path()).end_with(&["-c", &script]);
            assert_eq!(ended.stdout, value, "{shell}: {}", ended.stderr);
            assert!(!dir.path().join("PWNED").exists(), "{shell} {name}");
        }

        let config = env_of(&compiler, "cargo-config");
        let table: toml::Table = config.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(table["env"][variable.as_str()].as_str(), Some(value));
    }
}
