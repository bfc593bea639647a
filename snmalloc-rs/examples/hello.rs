// SPDX-License-Identifier: MIT
//! The allocator at work: every allocation of this program is snmalloc's.

#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

fn main() {
    let workers: Vec<_> = (0..8_u64)
        .map(|worker| {
            std::thread::spawn(move || {
                let mut words = Vec::new();
                for n in 0..10_000_u64 {
                    words.push(format!("{worker}-{n}"));
                }
                // Freed by another thread than the one that allocated them.
                words
            })
        })
        .collect();
    let bytes: usize = workers
        .into_iter()
        .flat_map(|worker| worker.join().expect("no worker panics"))
        .map(|word| word.len())
        .sum();
    println!("hello from snmalloc: {bytes} bytes in 80000 words");
}
