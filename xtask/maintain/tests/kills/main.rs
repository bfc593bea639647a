//! Ends commands at random moments, and runs them again: each second run must have the result
//! of an undisturbed one, and neither may leave processes, containers, temporary files or
//! changes.
//!
//! ```sh
//! cargo test --locked -p xtask-maintain --test kills -- ROUNDS [SEED]
//! ```
//!
//! Fifteen rounds run every command with every signal. The seed is printed; with the same one,
//! the commands, signals and moments are the same.

#[cfg(target_os = "linux")]
mod commands;
#[cfg(target_os = "linux")]
mod left;
#[cfg(target_os = "linux")]
mod random;
#[cfg(target_os = "linux")]
mod round;
#[cfg(target_os = "linux")]
#[allow(dead_code, unused_imports, reason = "the tests in `it` need the rest")]
#[path = "../it/support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
mod tree;

use std::process::ExitCode;

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("this test requires Linux: it reads /proc");
    ExitCode::FAILURE
}

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let rounds = args.next().map_or(Ok(15), |text| text.parse());
    let seed = args
        .next()
        .map_or_else(|| Ok(random::seed()), |text| text.parse());
    let (Ok(rounds), Ok(seed)) = (rounds, seed) else {
        eprintln!("usage: cargo test … --test kills -- ROUNDS [SEED]");
        return ExitCode::from(2);
    };
    if round::run(rounds, seed) {
        ExitCode::SUCCESS
    } else {
        eprintln!("to repeat it, add the seed: {rounds} {seed}");
        ExitCode::FAILURE
    }
}
