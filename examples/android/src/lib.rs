//! The Rust part of an Android app. In Kotlin:
//!
//! ```text
//! package org.example.app
//! object Native {
//!     init { System.loadLibrary("app") }
//!     external fun primes(below: Int): Int
//!     external fun heldKiB(): Long
//! }
//! ```

use std::ffi::c_void;

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

/// How many primes there are below `below`.
fn primes(below: usize) -> usize {
    let mut composite = vec![false; below.max(2)];
    composite[..2].fill(true);
    for n in 2..composite.len() {
        if !composite[n] {
            composite
                .iter_mut()
                .skip(n * n)
                .step_by(n)
                .for_each(|it| *it = true);
        }
    }
    composite.iter().filter(|it| !**it).count()
}

/// `Native.primes`: JNI hands over its environment and the class, which numbers need not.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_example_app_Native_primes(
    _environment: *mut c_void,
    _class: *mut c_void,
    below: i32,
) -> i32 {
    let count = primes(usize::try_from(below).unwrap_or_default());
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// `Native.heldKiB`: the memory that the Rust part holds, for the app's diagnostics.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_example_app_Native_heldKiB(
    _environment: *mut c_void,
    _class: *mut c_void,
) -> i64 {
    let held = SnMalloc::memory_stats().current_memory_usage / 1024;
    i64::try_from(held).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Java_org_example_app_Native_heldKiB, Java_org_example_app_Native_primes};
    use std::ptr::null_mut;

    #[test]
    fn what_kotlin_calls() {
        let primes = |below| Java_org_example_app_Native_primes(null_mut(), null_mut(), below);
        assert_eq!(
            [-1, 0, 2, 3, 100, 1_000_000].map(primes),
            [0, 0, 0, 1, 25, 78_498]
        );
        assert!(Java_org_example_app_Native_heldKiB(null_mut(), null_mut()) > 0);
    }
}
