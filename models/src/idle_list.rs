//! The allocators of exited threads: `AllocPool` in `internals_front.h`, and `empty_idle`
//! in `other_threads.h`.

use loom::sync::atomic::AtomicUsize;

use crate::flag_lock::{self, FlagLock};
use crate::model::{Operation, Variant, default};
use crate::plain::Plain;

/// The operations of the pool's lock, and that of the number of calls.
pub const OPERATIONS: [Operation; 4] = [
    flag_lock::OPERATIONS[0],
    flag_lock::OPERATIONS[1],
    flag_lock::OPERATIONS[2],
    default(
        ("other_threads.h", "inline size_t next_release()"),
        "calls.fetch_add(1)",
    ),
];

/// Changes that break it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// An exiting thread writes to its allocator once it is in the list.
    WritesAfterRelease,
    /// `empty_idle` puts an allocator to the front.
    RestoresToFront,
}

/// The list, and all allocators; a thread knows its own by its index.
pub struct Pool {
    lock: FlagLock,
    /// The front is the first.
    pub idle: Plain<Vec<usize>>,
    /// The call that emptied each allocator last: part of its plain state.
    pub emptied_by: Vec<Plain<usize>>,
    calls: AtomicUsize,
    variant: Variant<4, Fault>,
}

impl Pool {
    /// A pool of `count` allocators, with these in the list.
    pub fn new(count: usize, idle: &[usize], variant: Variant<4, Fault>) -> Self {
        Self {
            lock: FlagLock::new([0, 1, 2].map(|index| variant.ordering(index))),
            idle: Plain::new(idle.to_vec()),
            emptied_by: (0..count).map(|_| Plain::default()).collect(),
            calls: AtomicUsize::new(0),
            variant,
        }
    }

    /// `extract`, the first half of `acquire`.
    pub fn extract(&self) -> Option<usize> {
        self.lock.with(|| {
            self.idle.update(|idle| {
                if idle.is_empty() {
                    None
                } else {
                    Some(idle.remove(0))
                }
            })
        })
    }

    fn insert(&self, allocator: usize, front: bool) {
        self.lock.with(|| {
            self.idle
                .update(|idle| idle.insert(if front { 0 } else { idle.len() }, allocator));
        });
    }

    /// An allocation or free by the thread that has the allocator.
    pub fn work(&self, allocator: usize) {
        self.emptied_by[allocator].update(|emptied_by| *emptied_by = 0);
    }

    /// The exit of the thread that has the allocator.
    pub fn exit(&self, allocator: usize) {
        if self.variant.has(Fault::WritesAfterRelease) {
            self.insert(allocator, true);
            return self.work(allocator);
        }
        self.work(allocator);
        self.insert(allocator, true);
    }

    /// `empty_idle(next_release())`.
    pub fn empty_idle(&self) {
        let call = self.calls.fetch_add(1, self.variant.ordering(3)) + 1;
        while let Some(allocator) = self.extract() {
            let emptied_by = &self.emptied_by[allocator];
            let done = emptied_by.read() >= call;
            if !done {
                emptied_by.update(|by| *by = call);
            }
            self.insert(allocator, self.variant.has(Fault::RestoresToFront));
            if done {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Fault, OPERATIONS, Pool};
    use crate::model::{Model, Start, Variant};

    /// A thread exits while another begins.
    fn exit_and_begin(variant: Variant<4, Fault>) {
        let pool = Arc::new(Pool::new(1, &[], variant));
        let (other, start) = (pool.clone(), Start::new());
        let thread = start.spawn(move || other.extract().inspect(|own| other.work(*own)));
        start.pass();
        pool.exit(0);
        let taken = thread.join().expect("no panic");
        let idle = pool.idle.update(std::mem::take);
        assert_eq!(
            taken.is_some(),
            idle.is_empty(),
            "one thread has it, or the list"
        );
    }

    /// A thread exits while another empties idle allocators.
    fn exit_and_empty(variant: Variant<4, Fault>) {
        let pool = Arc::new(Pool::new(1, &[], variant));
        let (other, start) = (pool.clone(), Start::new());
        let thread = start.spawn(move || other.empty_idle());
        start.pass();
        pool.exit(0);
        thread.join().expect("no panic");
        assert_eq!(pool.idle.update(std::mem::take), [0], "the list has it");
    }

    /// Two threads empty idle allocators.
    fn empty_twice(variant: Variant<4, Fault>) {
        let pool = Arc::new(Pool::new(2, &[0, 1], variant));
        let (other, start) = (pool.clone(), Start::new());
        let thread = start.spawn(move || other.empty_idle());
        start.pass();
        pool.empty_idle();
        thread.join().expect("no panic");
        for emptied_by in &pool.emptied_by {
            assert_ne!(emptied_by.read(), 0, "an idle allocator was left");
        }
    }

    fn model(
        name: &'static str,
        faults: &'static [Fault],
        preemptions: Option<usize>,
        run: fn(Variant<4, Fault>),
    ) -> Model<4, Fault> {
        Model {
            name,
            operations: OPERATIONS,
            faults,
            preemptions,
            run,
        }
    }

    #[test]
    fn a_thread_that_begins_gets_an_allocator_as_another_left_it() {
        model(
            "idle_list, begin",
            &[Fault::WritesAfterRelease],
            None,
            exit_and_begin,
        )
        .check();
    }

    #[test]
    fn an_allocator_is_emptied_as_its_thread_left_it() {
        model(
            "idle_list, empty",
            &[Fault::WritesAfterRelease],
            None,
            exit_and_empty,
        )
        .check();
    }

    #[test]
    fn calls_at_once_empty_every_idle_allocator() {
        // With more preemptions it runs for minutes.
        model(
            "idle_list, twice",
            &[Fault::RestoresToFront],
            Some(3),
            empty_twice,
        )
        .check();
    }
}
