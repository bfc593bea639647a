//! `PatientLock::with` in `patient_lock.h`.

use std::sync::atomic::Ordering;

use loom::sync::atomic::AtomicBool;

use crate::model::{Operation, acquire, exchange, relaxed, release};

const WITH: (&str, &str) = ("patient_lock.h", "bool with(F&& f)");

/// The lock's operations.
pub const OPERATIONS: [Operation; 3] = [
    relaxed(WITH, "taken.load("),
    acquire(WITH, "taken.exchange(true, "),
    release(WITH, "taken.store(false, "),
];

/// Tries of a twin; one more finds nothing new.
const TRIES: usize = 2;

/// A lock that gives up.
pub struct PatientLock {
    taken: AtomicBool,
    orderings: [Ordering; 3],
    exchanges: bool,
}

impl PatientLock {
    /// A free lock with the orderings of its [`OPERATIONS`].
    pub fn new(orderings: [Ordering; 3]) -> Self {
        Self {
            taken: AtomicBool::new(false),
            orderings,
            exchanges: true,
        }
    }

    /// A lock that looks and takes in two operations.
    pub fn without_exchange(orderings: [Ordering; 3]) -> Self {
        Self {
            exchanges: false,
            ..Self::new(orderings)
        }
    }

    /// Calls `f` with the lock; returns false if it could not be had.
    pub fn with(&self, f: impl FnOnce()) -> bool {
        let [look, take, leave] = self.orderings;
        for _ in 0..TRIES {
            if !self.taken.load(look) && !self.was_taken(take) {
                f();
                self.taken.store(false, leave);
                return true;
            }
            loom::thread::yield_now();
        }
        false
    }

    fn was_taken(&self, ordering: Ordering) -> bool {
        if self.exchanges {
            return exchange(&self.taken, true, ordering);
        }
        self.taken.store(true, Ordering::Release);
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{OPERATIONS, PatientLock};
    use crate::model::{Model, Start, Variant};
    use crate::plain::Plain;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Fault {
        LooksAndStores,
    }

    fn run(variant: Variant<3, Fault>) {
        let orderings = [0, 1, 2].map(|index| variant.ordering(index));
        let lock = if variant.has(Fault::LooksAndStores) {
            PatientLock::without_exchange(orderings)
        } else {
            PatientLock::new(orderings)
        };
        let shared = Arc::new((lock, Plain::new(0)));
        let other = shared.clone();
        let start = Start::new();
        let thread = start.spawn(move || count(&other));
        start.pass();
        let entered = count(&shared) + thread.join().expect("no panic");
        assert!(entered > 0, "nobody entered");
        assert_eq!(shared.1.read(), entered, "an entry was lost");
    }

    fn count((lock, entries): &(PatientLock, Plain<usize>)) -> usize {
        (0..2)
            .filter(|_| lock.with(|| entries.update(|count| *count += 1)))
            .count()
    }

    #[test]
    fn holders_exclude_each_other_and_see_what_earlier_ones_wrote() {
        let faults = &[Fault::LooksAndStores];
        Model {
            name: "patient_lock",
            operations: OPERATIONS,
            faults,
            preemptions: None,
            run,
        }
        .check();
    }
}
