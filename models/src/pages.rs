//! `Pages::behave` in `pages.h`. `slot` in `windows_pal.h` is decided in the same way.

use loom::sync::atomic::AtomicUsize;

use crate::model::{Operation, Variant, relaxed};

const BEHAVE: (&str, &str) = ("pages.h", "static bool behave()");

/// The operations of `state`.
pub const OPERATIONS: [Operation; 2] = [
    relaxed(BEHAVE, "state.load("),
    relaxed(BEHAVE, "state.compare_exchange_strong(known, tried, "),
];

/// Changes that break it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// A thread stores its result whatever others have found meanwhile.
    Stores,
}

const UNTRIED: usize = 0;

/// The result that all threads share.
pub struct Pages {
    state: AtomicUsize,
    variant: Variant<2, Fault>,
}

impl Pages {
    /// Before the first test.
    pub fn new(variant: Variant<2, Fault>) -> Self {
        Self {
            state: AtomicUsize::new(UNTRIED),
            variant,
        }
    }

    /// `behave`, for a thread whose test has the result `tried`.
    pub fn behave(&self, tried: usize) -> usize {
        let known = self.state.load(self.variant.ordering(0));
        if known != UNTRIED {
            return known;
        }
        let order = self.variant.ordering(1);
        if self.variant.has(Fault::Stores) {
            self.state.store(tried, order);
            return tried;
        }
        match self.state.compare_exchange(UNTRIED, tried, order, order) {
            Ok(_) => tried,
            Err(known) => known,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Fault, OPERATIONS, Pages};
    use crate::model::{Model, Start, Variant};

    fn run(variant: Variant<2, Fault>) {
        let pages = Arc::new(Pages::new(variant));
        let other = pages.clone();
        let start = Start::new();
        let thread = start.spawn(move || [other.behave(1), other.behave(1)]);
        start.pass();
        let here = [pages.behave(2), pages.behave(2)];
        let there = thread.join().expect("no panic");
        assert_eq!(here, there, "two results");
        assert_eq!(here[0], here[1], "the result changed");
    }

    #[test]
    fn all_threads_share_the_first_result() {
        Model {
            name: "pages",
            operations: OPERATIONS,
            faults: &[Fault::Stores],
            preemptions: None,
            run,
        }
        .check();
    }
}
