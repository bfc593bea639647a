//! `GlobalCache::purge_if_due` in `global_cache.h`.

use loom::sync::atomic::AtomicUsize;

use crate::model::{Operation, Variant, relaxed};

const DUE: (&str, &str) = ("global_cache.h", "static void purge_if_due(uint64_t now)");

/// The operations of `purged`.
pub const OPERATIONS: [Operation; 2] = [
    relaxed(DUE, "purged.load("),
    relaxed(DUE, "purged.compare_exchange_strong(last, now, "),
];

/// Changes that break it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// It subtracts a time that may be later from `now`, as it did once.
    Subtracts,
    /// It stores the time without comparing.
    Stores,
}

/// The time between two purges.
pub const STEP: usize = 10;

/// The time of the last purge.
pub struct Purged {
    last: AtomicUsize,
    variant: Variant<2, Fault>,
}

impl Purged {
    /// Never.
    pub fn new(variant: Variant<2, Fault>) -> Self {
        Self {
            last: AtomicUsize::new(0),
            variant,
        }
    }

    /// Returns true if the thread that read the time `now` purges.
    pub fn is_due(&self, now: usize) -> bool {
        let last = self.last.load(self.variant.ordering(0));
        let early = if self.variant.has(Fault::Subtracts) {
            now.wrapping_sub(last) <= STEP
        } else {
            now <= last + STEP
        };
        if early {
            return false;
        }
        let order = self.variant.ordering(1);
        if self.variant.has(Fault::Stores) {
            self.last.store(now, order);
            return true;
        }
        self.last.compare_exchange(last, now, order, order).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Fault, OPERATIONS, Purged, STEP};
    use crate::model::{Model, Start, Variant};

    fn run(variant: Variant<2, Fault>) {
        let purged = Arc::new(Purged::new(variant));
        let other = purged.clone();
        // A tick passes between the threads' reads of the clock.
        let start = Start::new();
        let thread = start.spawn(move || other.is_due(2 * STEP + 1));
        start.pass();
        let here = purged.is_due(2 * STEP);
        let there = thread.join().expect("no panic");
        assert!(here != there, "one thread purges per step: {here} {there}");
    }

    #[test]
    fn one_thread_purges_per_step() {
        let faults = &[Fault::Subtracts, Fault::Stores];
        Model {
            name: "purge_due",
            operations: OPERATIONS,
            faults,
            preemptions: None,
            run,
        }
        .check();
    }
}
