//! `cargo xtask`: the commands that build and test; see [`xtask`].

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main()
}
