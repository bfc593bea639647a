//! `FlagLock` in snmalloc's `ds_aal/flaglock.h`: the lock of the initialisation and of the list of
//! idle allocators.

use std::sync::atomic::Ordering;

use loom::sync::atomic::AtomicBool;

use crate::model::{Operation, acquire, exchange, relaxed, release};

const LOCK: (&str, &str) = ("upstream", "FlagLock(FlagWord& lock)");

/// The lock's operations.
pub const OPERATIONS: [Operation; 3] = [
    acquire(LOCK, "lock.flag.exchange(true, "),
    relaxed(LOCK, "lock.flag.load("),
    release(("upstream", "~FlagLock()"), "lock.flag.store(false, "),
];

/// A lock that waits.
pub struct FlagLock {
    flag: AtomicBool,
    orderings: [Ordering; 3],
}

impl FlagLock {
    /// A free lock with the orderings of its [`OPERATIONS`].
    pub fn new(orderings: [Ordering; 3]) -> Self {
        Self {
            flag: AtomicBool::new(false),
            orderings,
        }
    }

    /// Calls `f` with the lock.
    pub fn with<R>(&self, f: impl FnOnce() -> R) -> R {
        let [take, look, leave] = self.orderings;
        while exchange(&self.flag, true, take) {
            while self.flag.load(look) {
                loom::thread::yield_now();
            }
        }
        let result = f();
        self.flag.store(false, leave);
        result
    }
}
