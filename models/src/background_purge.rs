//! `BackgroundPurge::start` and `start_background_purge` in `background_purge.h`.

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::sync::atomic::AtomicBool;

use crate::model::{Operation, Variant, default, exchange};

const START: (&str, &str) = ("background_purge.h", "static bool start()");

/// The operations of `running`, and that of the option.
pub const OPERATIONS: [Operation; 3] = [
    default(START, "running.exchange(true)"),
    default(START, "running.store(false)"),
    default(
        ("background_purge.h", "inline void start_background_purge()"),
        "Options::background_purge.exchange(false)",
    ),
];

/// Changes that break it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// The flags are read and written in two operations.
    LoadsAndStores,
}

/// The flags, and what the twin counts: loom runs one thread at a time.
pub struct BackgroundPurge {
    running: AtomicBool,
    requested: AtomicBool,
    /// Calls of `make`, of which the first ones fail.
    pub attempts: AtomicUsize,
    failures: usize,
    variant: Variant<3, Fault>,
}

impl BackgroundPurge {
    /// Not started, but requested by the option.
    pub fn new(failures: usize, variant: Variant<3, Fault>) -> Self {
        Self {
            running: AtomicBool::new(false),
            requested: AtomicBool::new(true),
            attempts: AtomicUsize::new(0),
            failures,
            variant,
        }
    }

    fn exchange(&self, flag: &AtomicBool, to: bool, ordering: Ordering) -> bool {
        if !self.variant.has(Fault::LoadsAndStores) {
            return exchange(flag, to, ordering);
        }
        let old = flag.load(Ordering::Acquire);
        flag.store(to, Ordering::Release);
        old
    }

    fn make(&self) -> bool {
        self.attempts.fetch_add(1, Ordering::Relaxed) >= self.failures
    }

    /// `BackgroundPurge::start`.
    pub fn start(&self) -> bool {
        if self.exchange(&self.running, true, self.variant.ordering(0)) || self.make() {
            return true;
        }
        self.running.store(false, self.variant.ordering(1));
        false
    }

    /// `start_background_purge`: whether it attempted to.
    pub fn start_if_requested(&self) -> bool {
        let requested = self.exchange(&self.requested, false, self.variant.ordering(2));
        if requested {
            self.start();
        }
        requested
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use super::{BackgroundPurge, Fault, OPERATIONS};
    use crate::model::{Model, Start, Variant};

    fn run_with(failures: usize, variant: Variant<3, Fault>) {
        let purge = Arc::new(BackgroundPurge::new(failures, variant));
        let start = Start::new();
        let threads = [(), ()].map(|()| {
            let purge = purge.clone();
            start.spawn(move || purge.start_if_requested())
        });
        start.pass();
        purge.start();
        let requests = threads.map(|thread| usize::from(thread.join().expect("no panic")));
        assert_eq!(
            requests.iter().sum::<usize>(),
            1,
            "one attempt by the option"
        );
        // One thread runs if one could be made; a later call makes it otherwise.
        assert!(purge.start(), "it runs");
        assert_eq!(
            purge.attempts.load(Ordering::Relaxed),
            failures + 1,
            "one thread runs"
        );
    }

    #[test]
    fn one_thread_is_started() {
        let run = |variant| run_with(0, variant);
        let faults = &[Fault::LoadsAndStores];
        Model {
            name: "background_purge",
            operations: OPERATIONS,
            faults,
            preemptions: None,
            run,
        }
        .check();
    }

    #[test]
    fn a_failed_attempt_is_followed_by_another() {
        let run = |variant| run_with(1, variant);
        let faults = &[Fault::LoadsAndStores];
        Model {
            name: "background_purge, failing",
            operations: OPERATIONS,
            faults,
            preemptions: None,
            run,
        }
        .check();
    }
}
