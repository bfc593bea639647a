//! Counts the words of files, or of what is piped in: a thread for each file.

use std::collections::HashMap;
use std::io::Read as _;
use std::process::ExitCode;
use std::{env, fs, io, thread};

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

type Counts = HashMap<String, usize>;

fn count(text: &str) -> Counts {
    let mut counts = Counts::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}

/// The counts of all `files` together; of standard input where there are none.
fn read(files: &[String]) -> io::Result<Counts> {
    if files.is_empty() {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(count(&text));
    }
    let workers: Vec<_> = files
        .iter()
        .cloned()
        .map(|file| thread::spawn(|| fs::read_to_string(file).map(|text| count(&text))))
        .collect();
    let mut all = Counts::new();
    for worker in workers {
        // These words were allocated in a thread that has ended.
        for (word, times) in worker.join().expect("no worker panics")? {
            *all.entry(word).or_default() += times;
        }
    }
    Ok(all)
}

fn main() -> ExitCode {
    let (options, files): (Vec<_>, Vec<_>) =
        env::args().skip(1).partition(|word| word.starts_with("--"));
    if let Some(unknown) = options.iter().find(|option| *option != "--memory") {
        eprintln!("unknown option {unknown}\nusage: words [--memory] [FILE]...");
        return ExitCode::from(2);
    }
    let counts = match read(&files) {
        Ok(counts) => counts,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(word, times)| (std::cmp::Reverse(**times), *word));
    for (word, times) in sorted.iter().take(10) {
        println!("{times:>6} {word}");
    }
    if !options.is_empty() {
        let peak = SnMalloc::memory_stats().peak_memory_usage;
        println!("{} KiB held at most", peak / 1024);
    }
    ExitCode::SUCCESS
}
