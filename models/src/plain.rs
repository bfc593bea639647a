//! Plain memory: loom panics if two accesses to it are not ordered.

use loom::cell::UnsafeCell;

/// A variable that is not atomic in the C++.
#[derive(Debug, Default)]
pub struct Plain<T>(UnsafeCell<T>);

// SAFETY: loom panics before two threads can access the cell at once.
unsafe impl<T: Send> Sync for Plain<T> {}

impl<T> Plain<T> {
    /// Memory with this value.
    pub fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Writes to it.
    pub fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: the pointer is valid during the call, and loom has checked the access.
        self.0.with_mut(|value| change(unsafe { &mut *value }))
    }

    /// Reads it.
    pub fn read(&self) -> T
    where
        T: Copy,
    {
        // SAFETY: as above.
        self.0.with(|value| unsafe { *value })
    }
}
