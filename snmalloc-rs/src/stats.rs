// SPDX-License-Identifier: MIT
//! Memory statistics, in total and per size class.

use snmalloc_sys as ffi;

use crate::SnMalloc;

/// Memory that the allocator holds from the operating system.
///
/// Counts the ranges that the OS hands out, not live allocations: freed memory that is cached for
/// reuse is included. [`SnMalloc::memory_stats`] returns it.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct AllocStats {
    /// Bytes held now.
    pub current_memory_usage: usize,
    /// The maximum of bytes held so far.
    pub peak_memory_usage: usize,
}

/// Counters of one size class since the program started. [`SnMalloc::size_class_stats`] returns
/// them.
#[cfg(feature = "stats")]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct SizeClassStats {
    /// The bytes of each block of the class.
    pub size: usize,
    /// Blocks allocated.
    pub allocations: usize,
    /// Blocks freed.
    pub frees: usize,
}

impl SnMalloc {
    /// Returns the memory that the allocator holds from the operating system.
    ///
    /// ```
    /// let stats = snmalloc_rs::SnMalloc::memory_stats();
    /// println!("{} KiB held", stats.current_memory_usage / 1024);
    /// assert!(stats.current_memory_usage <= stats.peak_memory_usage);
    /// ```
    pub fn memory_stats() -> AllocStats {
        let mut current = 0;
        let mut peak = 0;
        // SAFETY: both pointers are to live variables.
        unsafe { ffi::sn_rust_statistics(&mut current, &mut peak) };
        AllocStats {
            current_memory_usage: current,
            peak_memory_usage: peak,
        }
    }

    /// Returns the classes with at least one allocation, smallest first.
    ///
    /// The counters are read one by one while other threads go on allocating, so together they are
    /// not a snapshot.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let layout = Layout::new::<[u8; 100]>();
    /// // SAFETY: the size isn't 0, and the block is freed as it was allocated.
    /// unsafe {
    ///     let block = SnMalloc.alloc(layout);
    ///     let class = SnMalloc::size_class_stats().find(|class| class.size == 112);
    ///     assert!(class.is_some_and(|class| class.allocations > class.frees));
    ///     SnMalloc.dealloc(block, layout);
    /// }
    /// ```
    #[cfg(feature = "stats")]
    pub fn size_class_stats() -> impl Iterator<Item = SizeClassStats> {
        // snmalloc numbers the large classes first, the largest lowest. Read them in two passes,
        // which avoids storing and sorting.
        let (large, small) = (Self::raw_classes(true), Self::raw_classes(false));
        small.chain(large)
    }

    #[cfg(feature = "stats")]
    fn raw_classes(large: bool) -> impl Iterator<Item = SizeClassStats> {
        let read = |index| {
            let (mut size, mut allocations, mut frees) = (0, 0, 0);
            // SAFETY: the three pointers are to live variables.
            let known = unsafe {
                ffi::sn_rust_size_class_stats(index, &mut size, &mut allocations, &mut frees)
            };
            known.then_some(SizeClassStats {
                size,
                allocations,
                frees,
            })
        };
        let count = (0..).take_while(|index| read(*index).is_some()).count();
        // Indexes of the upper half belong to small classes, in order of size.
        let half = count / 2;
        (0..half)
            .map(move |n| if large { half - 1 - n } else { half + n })
            .filter_map(read)
            .filter(|class| class.size != 0 && class.allocations != 0)
    }
}
