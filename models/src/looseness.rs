//! `Looseness` in `large_state.h`: a bounded counter, of which each thread reserves a part.

use loom::sync::atomic::AtomicUsize;

use crate::model::{Operation, Variant, relaxed};
use crate::plain::Plain;

const FROM_ALL: (&str, &str) = ("large_state.h", "static bool take_from_all(");
const GIVE_SLOW: (&str, &str) = ("large_state.h", "give_slow(LocalState& local");

/// The operations of `taken`.
pub const OPERATIONS: [Operation; 4] = [
    relaxed(FROM_ALL, "taken.fetch_add(bytes, "),
    relaxed(FROM_ALL, "taken.fetch_sub(bytes, "),
    relaxed(GIVE_SLOW, "taken.fetch_sub(bytes, "),
    relaxed(
        ("large_state.h", "static void give_all("),
        "taken.fetch_sub(local.loose, ",
    ),
];

/// Changes that break it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// `give` writes to the state that threads without an allocator share, as it did once.
    WritesSharedState,
    /// `take_from_all` adds in two operations.
    LoadsAndStores,
}

const MOST: usize = 4;
const ADVANCE: usize = 2;

/// `LocalState`: a thread's own, or the one of all threads that have none.
#[derive(Default)]
pub struct Local {
    /// Bytes that the thread reserved.
    pub loose: Plain<usize>,
    /// False for the state that threads without an allocator share.
    pub in_use: bool,
}

/// The counter.
pub struct Looseness {
    /// Bytes in blocks and in threads' parts.
    pub taken: AtomicUsize,
    variant: Variant<4, Fault>,
}

impl Looseness {
    /// `taken` bytes are in blocks.
    pub fn new(taken: usize, variant: Variant<4, Fault>) -> Self {
        Self {
            taken: AtomicUsize::new(taken),
            variant,
        }
    }

    fn take_from_all(&self, bytes: usize) -> bool {
        let order = self.variant.ordering(0);
        let old = if self.variant.has(Fault::LoadsAndStores) {
            let old = self.taken.load(order);
            self.taken.store(old + bytes, order);
            old
        } else {
            self.taken.fetch_add(bytes, order)
        };
        if old + bytes <= MOST {
            return true;
        }
        self.taken.fetch_sub(bytes, self.variant.ordering(1));
        false
    }

    /// `take`: false if the bound is reached.
    pub fn take(&self, local: &Local, bytes: usize) -> bool {
        if local.in_use && local.loose.read() >= bytes {
            local.loose.update(|loose| *loose -= bytes);
            return true;
        }
        bytes == 0 || self.take_slow(local, bytes)
    }

    fn take_slow(&self, local: &Local, bytes: usize) -> bool {
        if local.in_use && self.take_from_all(bytes + ADVANCE / 2) {
            local.loose.update(|loose| *loose += ADVANCE / 2);
            return true;
        }
        self.take_from_all(bytes)
    }

    /// `give`.
    pub fn give(&self, local: &Local, bytes: usize) {
        let own = local.in_use || self.variant.has(Fault::WritesSharedState);
        if own && local.loose.read() + bytes <= ADVANCE {
            local.loose.update(|loose| *loose += bytes);
        } else if bytes != 0 {
            self.give_slow(local, bytes);
        }
    }

    fn give_slow(&self, local: &Local, mut bytes: usize) {
        if local.in_use {
            bytes += local.loose.read() - ADVANCE / 2;
            local.loose.update(|loose| *loose = ADVANCE / 2);
        }
        self.taken.fetch_sub(bytes, self.variant.ordering(2));
    }

    /// `give_all`.
    pub fn give_all(&self, local: &Local) {
        let loose = local.loose.update(std::mem::take);
        self.taken.fetch_sub(loose, self.variant.ordering(3));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use super::{Fault, Local, Looseness, OPERATIONS};
    use crate::model::{Model, Start, Variant};

    /// Two threads without an allocator free a block of one byte each; another allocates.
    fn run(variant: Variant<4, Fault>) {
        let shared = Arc::new((Looseness::new(2, variant), Local::default()));
        let start = Start::new();
        let threads = [(), ()].map(|()| {
            let shared = shared.clone();
            start.spawn(move || shared.0.give(&shared.1, 1))
        });
        start.pass();
        let own = Local {
            in_use: true,
            ..Local::default()
        };
        let looseness = &shared.0;
        let granted = [1, 2].map(|bytes| {
            if looseness.take(&own, bytes) {
                bytes
            } else {
                0
            }
        });
        for bytes in granted {
            looseness.give(&own, bytes);
        }
        looseness.give_all(&own);
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(
            looseness.taken.load(Ordering::Relaxed),
            0,
            "bytes were lost"
        );
    }

    #[test]
    fn what_is_taken_is_given_back_by_any_thread() {
        let faults = &[Fault::WritesSharedState, Fault::LoadsAndStores];
        Model {
            name: "looseness",
            operations: OPERATIONS,
            faults,
            preemptions: None,
            run,
        }
        .check();
    }
}
