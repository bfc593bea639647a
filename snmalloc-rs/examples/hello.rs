// SPDX-License-Identifier: MIT
//! Allocates everything in this program with snmalloc.

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
                // Another thread than the allocating one frees these.
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
