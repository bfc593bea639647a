//! `cargo xtask completions`: for shells, so that they know what can be typed.

use std::io::{self, Write as _};

use clap::{Command, CommandFactory as _};
use clap_complete::{Shell, generate};

use crate::cli::{Cli, CompletionsArgs};
use crate::failure::Failure;

/// bash knows one completion for a command: ours is put before what there is for cargo.
const BASH: &str = r#"
_cargo_xtask_before=$(complete -p cargo 2>/dev/null | sed -n 's/.* -F \([^ ]*\).*/\1/p')
[[ $_cargo_xtask_before == _cargo_xtask ]] && _cargo_xtask_before=
_cargo_xtask() {
    if [[ ${COMP_WORDS[1]} == xtask && $COMP_CWORD -ge 2 ]]; then
        COMP_WORDS=("${COMP_WORDS[@]:1}")
        COMP_CWORD=$((COMP_CWORD - 1))
        _xtask xtask "$2" "$3"
    elif [[ -n $_cargo_xtask_before ]]; then
        "$_cargo_xtask_before" "$@"
    elif [[ $COMP_CWORD -eq 1 ]]; then
        COMPREPLY=($(compgen -W xtask -- "$2"))
    fi
}
complete -F _cargo_xtask -o bashdefault -o default cargo
"#;

pub fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut text = Vec::new();
    match args.shell {
        Shell::Bash => {
            generate(Shell::Bash, &mut Cli::command(), "xtask", &mut text);
            text.extend_from_slice(BASH.as_bytes());
        }
        // Its completion for cargo asks for a function of this name.
        Shell::Zsh => generate(Shell::Zsh, &mut Cli::command(), "cargo-xtask", &mut text),
        shell => {
            let mut cargo = Command::new("cargo").subcommand(Cli::command().name("xtask"));
            generate(shell, &mut cargo, "cargo", &mut text);
        }
    }
    io::stdout().write_all(&text)?;
    Ok(())
}
