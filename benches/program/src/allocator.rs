//! The global allocator: the one selected by a feature, or else the system's.

/// Makes the allocator of a feature the global one.
macro_rules! global {
    ($feature:literal, $allocator:path) => {
        #[cfg(feature = $feature)]
        #[global_allocator]
        static ALLOCATOR: $allocator = $allocator;
    };
}

// The compiler refuses two features at once: there is only one global allocator.
global!("ours", snmalloc_rs::SnMalloc);
global!("upstream", upstream::SnMalloc);
global!("jemalloc", tikv_jemallocator::Jemalloc);
global!("rpmalloc", rpmalloc::RpMalloc);
global!("mimalloc", mimalloc::MiMalloc);
#[cfg(not(feature = "mimalloc"))]
global!("mimalloc-v2", mimalloc::MiMalloc);

/// The version that the allocator reports; empty if it has no function for that.
pub fn version() -> String {
    asked().unwrap_or_default()
}

#[cfg(any(feature = "mimalloc", feature = "mimalloc-v2"))]
fn asked() -> Option<String> {
    unsafe extern "C" {
        safe fn mi_version() -> core::ffi::c_int;
    }
    // 2.2.4 is 224; since 3.2 it is 30203 for 3.2.3.
    let number = mi_version();
    let base = if number >= 10_000 { 100 } else { 10 };
    Some(format!(
        "{}.{}.{}",
        number / base / base,
        number / base % base,
        number % base
    ))
}

#[cfg(all(
    target_env = "gnu",
    not(any(
        feature = "ours",
        feature = "upstream",
        feature = "jemalloc",
        feature = "rpmalloc",
        feature = "mimalloc",
        feature = "mimalloc-v2"
    ))
))]
fn asked() -> Option<String> {
    unsafe extern "C" {
        safe fn gnu_get_libc_version() -> *const core::ffi::c_char;
    }
    // SAFETY: glibc returns a text that lives as long as the process.
    let version = unsafe { core::ffi::CStr::from_ptr(gnu_get_libc_version()) };
    Some(format!("glibc {}", version.to_string_lossy()))
}

#[cfg(not(any(
    feature = "mimalloc",
    feature = "mimalloc-v2",
    all(
        target_env = "gnu",
        not(any(
            feature = "ours",
            feature = "upstream",
            feature = "jemalloc",
            feature = "rpmalloc"
        ))
    )
)))]
fn asked() -> Option<String> {
    None
}
