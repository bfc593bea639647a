// SPDX-License-Identifier: MIT
//! Memory of this process, as Linux counts it.
// Each test that includes this module calls some of it.
#![allow(dead_code)]

/// Resident bytes.
pub fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("procfs");
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    // SAFETY: sysconf only returns a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages * usize::try_from(page).expect("a size")
}

/// Number of minor page faults of this thread.
pub fn page_faults() -> i64 {
    // SAFETY: zero is valid for each field, and the call writes them.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
        usage.ru_minflt
    }
}
