// SPDX-License-Identifier: MIT
//! Tests the allocator's statistics.

use snmalloc_rs::{AllocStats, SnMalloc};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

#[test]
fn the_peak_is_at_least_the_current_use() {
    let large = vec![1_u8; 8 << 20];
    let AllocStats {
        current_memory_usage,
        peak_memory_usage,
    } = SnMalloc::memory_stats();
    assert!(current_memory_usage >= large.len());
    assert!(peak_memory_usage >= current_memory_usage);
}

#[test]
fn the_peak_stays_when_memory_goes() {
    drop(vec![1_u8; 64 << 20]);
    assert!(SnMalloc::memory_stats().peak_memory_usage >= 64 << 20);
}

#[cfg(feature = "stats")]
#[test]
fn each_allocation_is_counted_in_its_class() {
    use snmalloc_rs::SizeClassStats;
    let of = |size: usize| {
        SnMalloc::size_class_stats()
            .find(|class| class.size >= size)
            .unwrap_or(SizeClassStats {
                size: 0,
                allocations: 0,
                frees: 0,
            })
    };
    let block = vec![1_u8; 28_000];
    let size = SnMalloc.usable_size(block.as_ptr()).expect("a block");
    let during = of(size);
    assert_eq!(during.size, size);
    drop(block);
    let after = of(size);
    assert!(after.frees > during.frees);
    assert!(after.allocations >= during.allocations && during.allocations > 0);

    let large = vec![1_u8; 3 << 20];
    assert!(SnMalloc::size_class_stats().any(|class| class.size == 4 << 20));
    drop(large);
    let sizes: Vec<usize> = SnMalloc::size_class_stats()
        .map(|class| class.size)
        .collect();
    assert!(sizes.is_sorted(), "{sizes:?}");
}
