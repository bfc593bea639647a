//! A program without Rust's standard library: collections by `alloc`, memory by
//! snmalloc, and C's library for what is left.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::ffi::CString;
use alloc::format;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int};

#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

#[link(name = "c")]
unsafe extern "C" {
    fn puts(text: *const c_char) -> c_int;
    fn abort() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    // SAFETY: it may be called at any time.
    unsafe { abort() }
}

/// The prebuilt `alloc` mentions both of these, and calls neither where panics abort.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    // SAFETY: it may be called at any time.
    unsafe { abort() }
}

#[unsafe(no_mangle)]
extern "C" fn main(_arguments: c_int, _values: *const *const c_char) -> c_int {
    let mut lengths: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for n in 0..100_000 {
        lengths.entry(format!("{n:b}").len()).or_default().push(n);
    }
    let (bits, numbers) = lengths.last_key_value().expect("there are numbers");
    let line = format!("{} numbers have {bits} binary digits", numbers.len());
    let line = CString::new(line).expect("no zero byte");
    // SAFETY: a C string, alive during the call.
    unsafe { puts(line.as_ptr()) };
    0
}
