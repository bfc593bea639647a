//! Runs one program with one allocator and prints the memory it needed, as one line
//! of JSON: `snmalloc-bench-memory PROGRAM [--amount N] [--idle SECONDS,SECONDS]`.
//!
//! `cargo xtask bench --memory` runs it; one program is built for each allocator.

mod allocator;

use std::process::ExitCode;

use snmalloc_bench_memory::{Hooks, run};
use snmalloc_bench_protocol::{PROGRAMS, program};

const USAGE: &str =
    "usage: snmalloc-bench-memory PROGRAM [--amount N] [--idle SECONDS,SECONDS] | --list";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = match args.as_slice() {
        ["--list"] => Ok(list()),
        ["--version"] => Ok(allocator::version()),
        [name, options @ ..] if !name.starts_with('-') => measure(name, options),
        _ => Err(USAGE.to_owned()),
    };
    match output {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn list() -> String {
    let line = |it: &snmalloc_bench_protocol::Program| {
        format!("{:20} {} ({} {})", it.name, it.about, it.amount, it.unit)
    };
    PROGRAMS.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn measure(name: &str, options: &[&str]) -> Result<String, String> {
    let known = program(name).ok_or_else(|| format!("no memory program is called `{name}`"))?;
    let mut amount = known.amount;
    let mut idle = vec![2, 10, 30];
    for pair in options.chunks(2) {
        match pair {
            ["--amount", value] => amount = number(value)?,
            ["--idle", value] => idle = value.split(',').map(number).collect::<Result<_, _>>()?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let sample = run(name, amount, idle, hooks())?;
    serde_json::to_string(&sample).map_err(|error| error.to_string())
}

#[cfg(feature = "ours")]
fn hooks() -> Hooks {
    Hooks {
        release: Some(snmalloc_rs::SnMalloc::release_unused),
    }
}

#[cfg(not(feature = "ours"))]
fn hooks() -> Hooks {
    Hooks::default()
}

fn number(value: &str) -> Result<u64, String> {
    value
        .parse()
        .map_err(|_| format!("`{value}` is not a number"))
}
