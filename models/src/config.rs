//! `Configuration::ensure_init`, `is_initialised` and `init` in `config.h`, which publish the
//! window (`pagemap.h`), the setting of huge pages (`hugepages.h`) and the pagemap.

use loom::sync::atomic::AtomicBool;

use crate::flag_lock::{self, FlagLock};
use crate::model::{Operation, Variant, acquire, relaxed, release};
use crate::plain::Plain;

/// The lock's operations, and those of `ready`.
pub const OPERATIONS: [Operation; 7] = [
    flag_lock::OPERATIONS[0],
    flag_lock::OPERATIONS[1],
    flag_lock::OPERATIONS[2],
    acquire(("config.h", "static void ensure_init()"), "ready.load("),
    acquire(("config.h", "static bool is_initialised()"), "ready.load("),
    relaxed(("config.h", "static void init()"), "ready.load("),
    release(("config.h", "static void init()"), "ready.store(true, "),
];

/// Changes that break it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// `init` doesn't look at `ready` again under the lock.
    InitialisesTwice,
    /// `copy_checked` reads the window without asking whether it is initialised.
    ReadsUninitialised,
    /// The pagemap is reserved once `ready` is set.
    PublishesEarly,
}

/// The state that is initialised once.
pub struct Configuration {
    ready: AtomicBool,
    init_lock: FlagLock,
    /// The window: plain memory, 0 until it is initialised.
    pub window: Plain<usize>,
    variant: Variant<7, Fault>,
}

impl Configuration {
    /// Before the first allocation.
    pub fn new(variant: Variant<7, Fault>) -> Self {
        Self {
            ready: AtomicBool::new(false),
            init_lock: FlagLock::new([0, 1, 2].map(|index| variant.ordering(index))),
            window: Plain::default(),
            variant,
        }
    }

    /// `ensure_init`.
    pub fn ensure_init(&self) {
        if !self.ready.load(self.variant.ordering(3)) {
            self.init_lock.with(|| self.init());
        }
    }

    fn init(&self) {
        if self.ready.load(self.variant.ordering(5)) && !self.variant.has(Fault::InitialisesTwice) {
            return;
        }
        let reserve = || self.window.update(|size| *size += 1);
        let publish = || self.ready.store(true, self.variant.ordering(6));
        if self.variant.has(Fault::PublishesEarly) {
            publish();
            reserve();
        } else {
            reserve();
            publish();
        }
    }

    /// `has_entries` in `objects.h`: the window's size, or 0 before initialisation.
    pub fn entries(&self) -> usize {
        let asks = !self.variant.has(Fault::ReadsUninitialised);
        if asks && !self.ready.load(self.variant.ordering(4)) {
            return 0;
        }
        self.window.read()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Configuration, Fault, OPERATIONS};
    use crate::model::{Model, Start, Variant};

    fn run(variant: Variant<7, Fault>) {
        let config = Arc::new(Configuration::new(variant));
        let (second, third) = (config.clone(), config.clone());
        let start = Start::new();
        let threads = [
            start.spawn(move || {
                second.ensure_init();
                assert_eq!(second.window.read(), 1, "initialised once");
            }),
            // It has never allocated, and holds a pointer that may not be ours.
            start.spawn(move || assert!(third.entries() <= 1, "initialised once")),
        ];
        start.pass();
        config.ensure_init();
        assert_eq!(config.window.read(), 1, "initialised once");
        for thread in threads {
            thread.join().expect("no panic");
        }
    }

    #[test]
    fn each_thread_sees_all_of_the_initialisation_or_none() {
        let faults = &[
            Fault::InitialisesTwice,
            Fault::ReadsUninitialised,
            Fault::PublishesEarly,
        ];
        Model {
            name: "config",
            operations: OPERATIONS,
            faults,
            preemptions: None,
            run,
        }
        .check();
    }
}
