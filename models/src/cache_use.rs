//! `CacheUse` in `cache_use.h`.

use std::sync::atomic::Ordering;

use loom::sync::atomic::{AtomicBool, AtomicUsize, fence};

use crate::model::{Operation, Variant, acquire, relaxed, release};

const WITH: (&str, &str) = ("cache_use.h", "auto with(size_t last_purge, F&& f)");
const WAIT: (&str, &str) = ("cache_use.h", "void wait_for_purger()");
const ANNOUNCE: (&str, &str) = (
    "cache_use.h",
    "bool announce(size_t purger, size_t now, size_t idle)",
);
const PURGE: (&str, &str) = ("cache_use.h", "void purge(size_t purger, F&& f)");

/// The operations of `in_use` and `claim`.
pub const OPERATIONS: [Operation; 10] = [
    relaxed(WITH, "in_use.store(true, "),
    acquire(WITH, "claim.load("),
    acquire(WAIT, "claim.load("),
    relaxed(WAIT, "claim.compare_exchange_strong(found, NONE, "),
    release(("cache_use.h", "~Leave()"), "in_use.store(false, "),
    acquire(ANNOUNCE, "claim.compare_exchange_strong(none, purger, "),
    relaxed(
        PURGE,
        "claim.compare_exchange_strong(purger, purger | PURGING, ",
    ),
    acquire(PURGE, "in_use.load("),
    release(PURGE, "claim.store(NONE, "),
    // A hint, which the twin leaves out.
    relaxed(("cache_use.h", "void emptied()"), "since.store(NOTHING, "),
];

/// Changes that break it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// The purger doesn't wait between its claim and its look.
    DoesNotWait,
    /// The purger doesn't look.
    DoesNotLook,
    /// The user doesn't look.
    UserDoesNotLook,
    /// The user withdraws a claim whose purger is at work.
    WithdrawsAnyClaim,
}

const NONE: usize = 0;
const PURGING: usize = 1;

/// A use of caches.
pub struct CacheUse {
    in_use: AtomicBool,
    claim: AtomicUsize,
    variant: Variant<10, Fault>,
}

impl CacheUse {
    /// Caches that nobody uses.
    pub fn new(variant: Variant<10, Fault>) -> Self {
        Self {
            in_use: AtomicBool::new(false),
            claim: AtomicUsize::new(NONE),
            variant,
        }
    }

    /// Orders what the purger's wait orders, for it and for the user: loom knows no time.
    fn wait(&self) {
        if !self.variant.has(Fault::DoesNotWait) {
            fence(Ordering::SeqCst);
        }
    }

    fn wait_for_purger(&self) {
        loop {
            let found = self.claim.load(self.variant.ordering(2));
            let withdraws = found & PURGING == 0 || self.variant.has(Fault::WithdrawsAnyClaim);
            if found == NONE || (withdraws && self.replace_claim(3, found, NONE)) {
                return;
            }
            loom::thread::yield_now();
        }
    }

    fn replace_claim(&self, operation: usize, from: usize, to: usize) -> bool {
        let order = self.variant.ordering(operation);
        self.claim
            .compare_exchange(from, to, order, Ordering::Relaxed)
            .is_ok()
    }

    /// Calls `f` while no purger is at work.
    pub fn with(&self, f: impl FnOnce()) {
        self.in_use.store(true, self.variant.ordering(0));
        self.wait();
        if self.claim.load(self.variant.ordering(1)) != NONE
            && !self.variant.has(Fault::UserDoesNotLook)
        {
            self.wait_for_purger();
        }
        f();
        self.in_use.store(false, self.variant.ordering(4));
    }

    /// Calls `f` if a claim succeeds; returns whether it did.
    pub fn purge(&self, purger: usize, f: impl FnOnce()) -> bool {
        if !self.replace_claim(5, NONE, purger) {
            return false;
        }
        self.wait();
        if !self.replace_claim(6, purger, purger | PURGING) {
            return false;
        }
        let used = self.in_use.load(self.variant.ordering(7));
        let purges = !used || self.variant.has(Fault::DoesNotLook);
        if purges {
            f();
        }
        self.claim.store(NONE, self.variant.ordering(8));
        purges
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{CacheUse, Fault, OPERATIONS};
    use crate::model::{Model, Operation, Start, Variant};
    use crate::plain::Plain;

    const ANNOUNCE: usize = 5;
    const LEAVE_CLAIM: usize = 8;

    /// One thread uses the caches this often, two purge them.
    fn run_with(uses: usize, variant: Variant<10, Fault>) {
        let shared = Arc::new((CacheUse::new(variant), Plain::new(0)));
        let start = Start::new();
        let purgers = [2, 4].map(|purger| {
            let shared = shared.clone();
            start.spawn(move || {
                let (caches, count) = &*shared;
                usize::from(caches.purge(purger, || count.update(|count| *count += 1)))
            })
        });
        start.pass();
        let (caches, count) = &*shared;
        for _ in 0..uses {
            caches.with(|| count.update(|count| *count += 1));
        }
        let purges: usize = purgers
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .sum();
        assert_eq!(count.read(), uses + purges, "a use was lost");
    }

    fn needed(operations: impl Fn(usize) -> bool) -> [Operation; 10] {
        let mut all = OPERATIONS;
        for (index, operation) in all.iter_mut().enumerate() {
            operation.needed &= operations(index);
        }
        all
    }

    #[test]
    fn users_and_purgers_exclude_each_other_and_see_what_others_wrote() {
        let faults = &[
            Fault::DoesNotWait,
            Fault::DoesNotLook,
            Fault::UserDoesNotLook,
            Fault::WithdrawsAnyClaim,
        ];
        Model {
            name: "cache_use",
            // The fence that stands for the wait acquires too, which a wait doesn't.
            operations: needed(|index| index != ANNOUNCE),
            faults,
            preemptions: Some(2),
            run: |variant| run_with(2, variant),
        }
        .check();
    }

    #[test]
    fn a_purger_sees_what_another_wrote() {
        Model {
            name: "cache_use, purgers alone",
            operations: needed(|index| [ANNOUNCE, LEAVE_CLAIM].contains(&index)),
            faults: &[],
            preemptions: None,
            // Without users nobody has to wait.
            run: |variant| run_with(0, variant.with(Fault::DoesNotWait)),
        }
        .check();
    }
}
