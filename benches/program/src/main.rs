//! Runs one workload with one allocator and prints its cost as one line of JSON:
//! `snmalloc-bench WORKLOAD --iterations N --threads N`.
//!
//! `cargo xtask bench` runs it; one program is built for each allocator.

mod allocator;

use std::process::ExitCode;

use snmalloc_bench_protocol::Sample;
use snmalloc_bench_workloads::{ONCE, Session, once, peak_rss, run};

fn main() -> ExitCode {
    // This path makes no other allocation.
    let mut args = std::env::args_os().skip(1);
    if args.len() == 1 && args.next().is_some_and(|arg| arg == ONCE) {
        once();
        return ExitCode::SUCCESS;
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = match words.as_slice() {
        ["--version"] => Ok(allocator::version()),
        [workload, "--iterations", iterations, "--threads", threads] => {
            measured(workload, iterations, threads)
        }
        _ => Err("usage: snmalloc-bench WORKLOAD --iterations N --threads N".to_owned()),
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

fn measured(workload: &str, iterations: &str, threads: &str) -> Result<String, String> {
    let work = run(workload).ok_or_else(|| format!("no workload is called `{workload}`"))?;
    let iterations: u64 = number("--iterations", iterations)?;
    let threads: usize = number("--threads", threads)?;
    let mut session = Session::new(iterations, threads);
    let checksum = work(&mut session);
    let cost = session.cost().ok_or("the workload has measured nothing")?;
    let sample = Sample {
        workload: workload.to_owned(),
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
