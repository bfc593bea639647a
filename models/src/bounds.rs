//! Counters with a bound: `OwnMappings` in `mremap.h` and `IdleBudget` in `thread_exit.h`.

use loom::sync::atomic::AtomicUsize;

use crate::model::{Operation, Variant, relaxed};

const TAKE: (&str, &str) = ("thread_exit.h", "static bool take(LocalState& local)");

/// The operations of `taken`, then those of `count` in `mremap.h`.
pub const OPERATIONS: [Operation; 5] = [
    relaxed(TAKE, "taken.fetch_add(bytes, "),
    relaxed(TAKE, "taken.fetch_sub(bytes, "),
    relaxed(
        ("thread_exit.h", "static void leave(LocalState& local)"),
        "taken.fetch_sub(local.left, ",
    ),
    relaxed(("mremap.h", "static bool take()"), "count.fetch_add(1, "),
    relaxed(("mremap.h", "static void leave()"), "count.fetch_sub(1, "),
];

/// Changes that break it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// It adds in two operations.
    LoadsAndStores,
    /// A thread that is refused doesn't subtract again.
    KeepsExcess,
}

/// The bound of the twin.
pub const MOST: usize = 2;

/// `IdleBudget`; `OwnMappings` is the same with single bytes.
pub struct Bound {
    /// Bytes that are taken.
    pub taken: AtomicUsize,
    variant: Variant<5, Fault>,
}

impl Bound {
    /// Nothing is taken.
    pub fn new(variant: Variant<5, Fault>) -> Self {
        Self {
            taken: AtomicUsize::new(0),
            variant,
        }
    }

    /// `take`: false if the bound is reached.
    pub fn take(&self, bytes: usize) -> bool {
        if self.add(bytes) + bytes <= MOST {
            return true;
        }
        if !self.variant.has(Fault::KeepsExcess) {
            self.taken.fetch_sub(bytes, self.variant.ordering(1));
        }
        false
    }

    fn add(&self, bytes: usize) -> usize {
        let order = self.variant.ordering(0);
        if !self.variant.has(Fault::LoadsAndStores) {
            return self.taken.fetch_add(bytes, order);
        }
        let old = self.taken.load(order);
        self.taken.store(old + bytes, order);
        old
    }

    /// `leave`.
    pub fn leave(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, self.variant.ordering(2));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Bound, Fault, MOST, OPERATIONS};
    use crate::model::{Model, Start, Variant};

    /// `held` belongs to the test, not to the twin: loom runs one thread at a time.
    fn thread(bound: &Bound, held: &AtomicUsize, bytes: usize) {
        if bound.take(bytes) {
            let before = held.fetch_add(bytes, Ordering::Relaxed);
            assert!(before + bytes <= MOST, "over the bound");
            loom::thread::yield_now();
            held.fetch_sub(bytes, Ordering::Relaxed);
            bound.leave(bytes);
        }
    }

    fn run(variant: Variant<5, Fault>) {
        let shared = Arc::new((Bound::new(variant), AtomicUsize::new(0)));
        let start = Start::new();
        let threads = [1, 1].map(|bytes| {
            let shared = shared.clone();
            start.spawn(move || thread(&shared.0, &shared.1, bytes))
        });
        start.pass();
        thread(&shared.0, &shared.1, 2);
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(shared.0.taken.load(Ordering::Relaxed), 0, "bytes were lost");
    }

    #[test]
    fn the_bound_is_kept_and_nothing_is_lost() {
        let faults = &[Fault::LoadsAndStores, Fault::KeepsExcess];
        Model {
            name: "bounds",
            operations: OPERATIONS,
            faults,
            preemptions: None,
            run,
        }
        .check();
    }
}
