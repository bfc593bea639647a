//! Runs the programs whose memory is measured, each once with each allocator.
//!
//! An idle program uses no CPU time, and its memory is its own: the next one works
//! meanwhile. Two programs never work at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use snmalloc_bench_protocol::Program;

use crate::build::Programs;
use crate::cli::Args;
use crate::context::Context;
use crate::failure::Failure;
use crate::memory_row::{MemoryCell, MemoryRow};
use crate::run::run_watched;
use crate::variants::{Role, Variant};

/// The line that a program prints when it becomes idle.
const RESTING: &str = "resting";

/// One run to make.
struct Run<'a> {
    program: &'static Program,
    variant: &'static Variant,
    path: &'a Path,
}

/// Measures the chosen programs.
pub fn measure(
    args: &Args,
    variants: &[&'static Variant],
    built: &[Programs],
    limit: Duration,
    context: &Context,
) -> Result<Vec<MemoryRow>, Failure> {
    let programs = args.memory_programs();
    if programs.is_empty() {
        return Ok(Vec::new());
    }
    let idle: &[u64] = if args.quick { &[2] } else { &[2, 10, 30] };
    let amount = |it: &Program| {
        if args.quick {
            it.quick_amount
        } else {
            it.amount
        }
    };
    let step = context.progress.step(format!(
        "measure the memory of {} programs, {} allocators",
        programs.len(),
        variants.len()
    ));
    let resting = Resting::new();
    let unbuilt = variants.iter().zip(built).filter_map(|(variant, built)| {
        let failure = built.measured.as_ref().err()?;
        Some((variant.name.to_owned(), MemoryCell::failed(failure)))
    });
    let unbuilt: Vec<(String, MemoryCell)> = unbuilt.collect();
    let mut rows: Vec<BTreeMap<String, MemoryCell>> = programs
        .iter()
        .map(|_| unbuilt.iter().cloned().collect())
        .collect();
    let runs = programs.iter().enumerate().flat_map(|(row, program)| {
        let all = variants.iter().zip(built);
        let usable = all.filter(|(it, _)| !program.needs_release || it.role == Role::Ours);
        usable.filter_map(move |(variant, built)| {
            let path = built.measured.as_ref().ok()?.memory.as_deref()?;
            let run = Run {
                program,
                variant,
                path,
            };
            Some((row, run))
        })
    });
    let results = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (row, run) in runs {
            resting.wait_for(run.program.needs_bytes);
            step.at(&format!("{}, {}", run.program.name, run.variant.name));
            let (at_rest, rests) = mpsc::channel::<()>();
            let (resting, amount) = (&resting, amount(run.program));
            let limit = limit + Duration::from_secs(idle.last().copied().unwrap_or(0));
            let name = (row, run.variant.name.to_owned(), run.program.name);
            let thread = scope.spawn(move || {
                let cell = one(&run, amount, idle, limit, at_rest);
                resting.end(run.program.needs_bytes);
                cell
            });
            // An error means that the program has ended.
            let _ = rests.recv();
            step.part_done(&format!("{}, {}", name.2, name.1));
            threads.push((name, thread));
        }
        let joined = threads.into_iter().map(|(name, thread)| {
            let cell = thread
                .join()
                .unwrap_or_else(|_| Ok(MemoryCell::failed("the thread that ran it has panicked")));
            (name, cell)
        });
        joined.collect::<Vec<_>>()
    });
    for ((row, variant, program), cell) in results {
        let cell = cell?;
        if let MemoryCell::Failed { failure } = &cell {
            context
                .progress
                .wrong(&format!("{program}, {variant}: {failure}"));
        }
        rows[row].insert(variant, cell);
    }
    step.end("done");
    let rows = programs.iter().zip(rows);
    Ok(rows
        .map(|(program, results)| MemoryRow::new(program, amount(program), results))
        .collect())
}

fn one(
    run: &Run<'_>,
    amount: u64,
    idle: &[u64],
    limit: Duration,
    at_rest: mpsc::Sender<()>,
) -> Result<MemoryCell, Failure> {
    let idle: Vec<String> = idle.iter().map(u64::to_string).collect();
    let args = [
        run.program.name,
        "--amount",
        &amount.to_string(),
        "--idle",
        &idle.join(","),
    ]
    .map(str::to_owned);
    let watch = move |line: &str| {
        if line == RESTING {
            // The receiver is gone if the program prints the line twice.
            let _ = at_rest.send(());
        }
    };
    let ended = run_watched(run.path, &args, limit, watch)?;
    let sample = ended.and_then(|output| {
        serde_json::from_str(&output.stdout).map_err(|error| format!("not a sample: {error}"))
    });
    Ok(match sample {
        Ok(sample) => MemoryCell::Measured(sample),
        Err(failure) => MemoryCell::failed(&failure),
    })
}

/// The memory that idle programs may still have.
struct Resting {
    bytes: Mutex<u64>,
    changed: Condvar,
    /// Half of the available memory: other processes need some.
    most: u64,
}

impl Resting {
    fn new() -> Self {
        let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let line = text.lines().find_map(|it| it.strip_prefix("MemAvailable:"));
        let kib = line.and_then(|it| it.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        Self {
            bytes: Mutex::new(0),
            changed: Condvar::new(),
            most: kib.unwrap_or(0) * 1024 / 2,
        }
    }

    /// Waits until a program that needs this much fits next to the others, or is alone.
    fn wait_for(&self, needs: u64) {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        while *bytes > 0 && *bytes + needs > self.most {
            let waited = self.changed.wait(bytes);
            bytes = waited.unwrap_or_else(PoisonError::into_inner);
        }
        *bytes += needs;
    }

    fn end(&self, needs: u64) {
        *self.bytes.lock().unwrap_or_else(PoisonError::into_inner) -= needs;
        self.changed.notify_all();
    }
}
