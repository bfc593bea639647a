// SPDX-License-Identifier: MIT
//! Prints the memory that the allocator holds before, during and after the life of a large
//! structure. With feature `stats`, also the counters of each size class.

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

fn report(when: &str) {
    let stats = SnMalloc::memory_stats();
    println!(
        "{when}: {} KiB held, {} KiB at most",
        stats.current_memory_usage / 1024,
        stats.peak_memory_usage / 1024
    );
}

fn main() {
    report("at start");
    let lines: Vec<String> = (0..200_000).map(|n| format!("line {n}")).collect();
    report("with 200000 lines");
    drop(lines);
    report("after freeing them");

    #[cfg(feature = "stats")]
    for class in SnMalloc::size_class_stats() {
        println!(
            "{:>10} bytes: {} allocated, {} freed",
            class.size, class.allocations, class.frees
        );
    }
}
