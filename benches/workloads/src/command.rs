//! The command line of a program that runs workloads.

use std::process::ExitCode;

use snmalloc_bench_protocol::Sample;

use crate::{Run, Session, peak_rss};

/// Runs the workload that the arguments name, and prints its cost as one line of JSON; with
/// `--version`, prints the allocator's version.
pub fn command(runs: &[(&str, Run)], version: fn() -> String) -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = match words.as_slice() {
        ["--version"] => Ok(version()),
        [name, "--iterations", iterations, "--threads", threads] => {
            measured(runs, name, iterations, threads)
        }
        _ => Err("usage: WORKLOAD --iterations N --threads N".to_owned()),
    };
    match said {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn measured(
    runs: &[(&str, Run)],
    name: &str,
    iterations: &str,
    threads: &str,
) -> Result<String, String> {
    let found = runs.iter().find(|(other, _)| *other == name);
    let (_, work) = found.ok_or_else(|| format!("no workload is called `{name}`"))?;
    let iterations: u64 = number("--iterations", iterations)?;
    let threads: usize = number("--threads", threads)?;
    let mut session = Session::new(iterations, threads);
    let checksum = work(&mut session);
    let cost = session.cost().ok_or("the workload has measured nothing")?;
    let sample = Sample {
        workload: name.to_owned(),
        iterations,
        threads,
        user_seconds: cost.user_seconds,
        system_seconds: cost.system_seconds,
        wall_seconds: cost.wall_seconds,
        peak_rss_bytes: peak_rss(),
        checksum,
    };
    serde_json::to_string(&sample).map_err(|error| error.to_string())
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    let wrong = || format!("{name}: `{value}` is no number");
    value.parse().map_err(|_| wrong())
}
