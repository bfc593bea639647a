//! A library that other programs load while they run. What Rust allocates in it comes
//! from snmalloc; the program that loads it keeps its own allocator.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char};
use std::sync::Mutex;

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

/// Counts words. Any thread may use it.
#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<String, usize>>);

/// A new tally, to be freed by `tally_free`.
#[unsafe(no_mangle)]
pub extern "C" fn tally_new() -> Box<Tally> {
    Box::default()
}

/// Counts `word` once more, and returns how often it has been counted.
///
/// # Safety
/// `word` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tally_add(tally: &Tally, word: *const c_char) -> usize {
    // SAFETY: the caller's.
    let word = unsafe { CStr::from_ptr(word) };
    let mut words = tally.0.lock().unwrap_or_else(|broken| broken.into_inner());
    let times = words
        .entry(word.to_string_lossy().into_owned())
        .or_default();
    *times += 1;
    *times
}

/// All words and how often each was counted, to be freed by `tally_free_text`.
#[unsafe(no_mangle)]
pub extern "C" fn tally_text(tally: &Tally) -> *mut c_char {
    let words = tally.0.lock().unwrap_or_else(|broken| broken.into_inner());
    let lines: Vec<_> = words.iter().map(|(w, n)| format!("{w} {n}")).collect();
    // Words that were C strings hold no zero byte.
    CString::new(lines.join("\n")).map_or(std::ptr::null_mut(), CString::into_raw)
}

/// Frees what `tally_text` returned.
///
/// # Safety
/// `text` is from `tally_text`, and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tally_free_text(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: the caller's.
        drop(unsafe { CString::from_raw(text) });
    }
}

/// Frees a tally.
#[unsafe(no_mangle)]
pub extern "C" fn tally_free(tally: Option<Box<Tally>>) {
    drop(tally);
}

/// Returns true if `address` lies in a block of this library's allocator.
#[unsafe(no_mangle)]
pub extern "C" fn tally_owns(address: *const u8) -> bool {
    SnMalloc::object_start(address).is_some()
}
