//! A twin with its variants, and the run of all of them.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An atomic operation in the C++.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The header in `snmalloc-sys/shim`, or `upstream` for snmalloc's own code, which is not in
    /// this repository.
    pub file: &'static str,
    /// The beginning of its function.
    pub function: &'static str,
    /// Its text up to the ordering, which is the last argument.
    pub text: &'static str,
    /// The ordering in the C++.
    pub ordering: Ordering,
    /// True if the twin breaks with a relaxed ordering.
    pub needed: bool,
}

const fn operation(
    at: (&'static str, &'static str),
    text: &'static str,
    ordering: Ordering,
    needed: bool,
) -> Operation {
    let (file, function) = at;
    Operation {
        file,
        function,
        text,
        ordering,
        needed,
    }
}

/// A load or exchange that must acquire.
pub const fn acquire(at: (&'static str, &'static str), text: &'static str) -> Operation {
    operation(at, text, Ordering::Acquire, true)
}

/// A store that must release.
pub const fn release(at: (&'static str, &'static str), text: &'static str) -> Operation {
    operation(at, text, Ordering::Release, true)
}

/// An operation that is relaxed.
pub const fn relaxed(at: (&'static str, &'static str), text: &'static str) -> Operation {
    operation(at, text, Ordering::Relaxed, false)
}

/// An operation with C++'s default ordering, which doesn't need it.
pub const fn default(at: (&'static str, &'static str), text: &'static str) -> Operation {
    operation(at, text, Ordering::SeqCst, false)
}

/// An exchange; returns the old value. It leaves a flag that has the new value alone: loom 0.7.3
/// doesn't order a store and the write of a concurrent exchange (tokio-rs/loom#254).
pub fn exchange(flag: &loom::sync::atomic::AtomicBool, to: bool, ordering: Ordering) -> bool {
    match flag.compare_exchange(!to, to, ordering, Ordering::Relaxed) {
        Ok(old) | Err(old) => old,
    }
}

/// The start of all threads of a twin. Each changes a variable first: loom 0.7.3 leaves out
/// interleavings of a thread that begins with a load (tokio-rs/loom#392).
#[derive(Clone)]
pub struct Start(Arc<loom::sync::atomic::AtomicUsize>);

impl Start {
    /// A start for the threads of one execution.
    #[expect(
        clippy::new_without_default,
        reason = "loom's types exist during an execution only"
    )]
    pub fn new() -> Self {
        Self(Arc::new(loom::sync::atomic::AtomicUsize::new(0)))
    }

    /// Starts a thread.
    pub fn spawn<R: 'static>(
        &self,
        thread: impl FnOnce() -> R + 'static,
    ) -> loom::thread::JoinHandle<R> {
        let start = self.clone();
        loom::thread::spawn(move || {
            start.pass();
            thread()
        })
    }

    /// Begins a thread; the first calls it after it has spawned the others.
    pub fn pass(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The orderings of a twin's operations, and its fault, if it has one.
#[derive(Debug, Clone, Copy)]
pub struct Variant<const N: usize, F> {
    orderings: [Ordering; N],
    fault: Option<F>,
}

impl<const N: usize, F: PartialEq + Copy> Variant<N, F> {
    /// The ordering of the operation with this index.
    pub fn ordering(&self, operation: usize) -> Ordering {
        self.orderings[operation]
    }

    /// The same with a fault.
    pub fn with(self, fault: F) -> Self {
        Self {
            fault: Some(fault),
            ..self
        }
    }

    /// Returns true if the twin has this fault.
    pub fn has(&self, fault: F) -> bool {
        self.fault == Some(fault)
    }
}

/// A twin and its variants.
pub struct Model<const N: usize, F: 'static> {
    /// Its name in the output.
    pub name: &'static str,
    /// Its atomic operations; a twin refers to them by index.
    pub operations: [Operation; N],
    /// Changes of the code that must break it.
    pub faults: &'static [F],
    /// The maximum number of preemptions per execution; none if all executions are few enough.
    pub preemptions: Option<usize>,
    /// One execution, which panics if the twin breaks.
    pub run: fn(Variant<N, F>),
}

impl<const N: usize, F: Debug + Copy + Send + Sync> Model<N, F> {
    /// Runs every variant. Panics unless exactly those break that should.
    pub fn check(&self) {
        let orderings = self.operations.map(|operation| operation.ordering);
        self.holds(
            "as in the C++",
            Variant {
                orderings,
                fault: None,
            },
        );
        for (index, operation) in self.operations.iter().enumerate() {
            if operation.ordering == Ordering::Relaxed {
                continue;
            }
            let mut weakened = orderings;
            weakened[index] = Ordering::Relaxed;
            let Operation {
                file,
                function,
                text,
                ..
            } = operation;
            let what = format!("relaxed {file}, {function}: {text}");
            let variant = Variant {
                orderings: weakened,
                fault: None,
            };
            if operation.needed {
                self.breaks(&what, variant);
            } else {
                self.holds(&what, variant);
            }
        }
        for fault in self.faults {
            let variant = Variant {
                orderings,
                fault: Some(*fault),
            };
            self.breaks(&format!("{fault:?}"), variant);
        }
    }

    fn holds(&self, what: &str, variant: Variant<N, F>) {
        match self.explore(variant) {
            Ok(executions) => println!("{} {what}: holds in {executions} executions", self.name),
            Err(message) => panic!("{} {what}: breaks: {message}", self.name),
        }
    }

    fn breaks(&self, what: &str, variant: Variant<N, F>) {
        match self.explore(variant) {
            Ok(executions) => {
                panic!(
                    "{} {what}: should break, and holds in {executions} executions",
                    self.name
                )
            }
            Err(message) => {
                // loom stops a twin that runs for too long, which proves nothing.
                assert!(!message.contains("exceeded maximum"), "{what}: {message}");
                let first = message.lines().next().unwrap_or_default();
                println!("{} {what}: breaks: {first}", self.name);
            }
        }
    }

    /// Runs every interleaving; returns their number, or the message of the first that panics.
    fn explore(&self, variant: Variant<N, F>) -> Result<usize, String> {
        let executions = Arc::new(AtomicUsize::new(0));
        let (count, run) = (executions.clone(), self.run);
        let explored = catch_unwind(AssertUnwindSafe(|| {
            let mut builder = loom::model::Builder::new();
            builder.preemption_bound = self.preemptions;
            builder.check(move || {
                count.fetch_add(1, Ordering::Relaxed);
                run(variant);
            });
        }));
        match explored {
            Ok(()) => Ok(executions.load(Ordering::Relaxed)),
            Err(payload) => Err(payload
                .downcast_ref::<String>()
                .map(String::as_str)
                .or(payload.downcast_ref::<&str>().copied())
                .unwrap_or("a panic without a message")
                .to_owned()),
        }
    }
}
