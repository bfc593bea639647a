//! `cargo xtask` with every command (feature `maintain`); see [`xtask`].

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main()
}
