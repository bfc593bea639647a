//! `cargo xtask` with every command; see [`xtask_maintain`].

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask_maintain::main()
}
