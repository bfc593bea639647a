// SPDX-License-Identifier: MIT
//! Checks the symbols of the archive. With feature `lto` it contains bitcode, which only LLVM
//! reads.
#![cfg(not(feature = "lto"))]

use std::collections::BTreeSet;

use object::read::archive::ArchiveFile;
use object::{Object as _, ObjectSymbol as _};

/// Embedded at compile time: the path is not valid under an emulator or in Wine.
static ARCHIVE: &[u8] = include_bytes!(env!("SNMALLOC_SYS_ARCHIVE"));

struct Symbols {
    defined: BTreeSet<String>,
    undefined: BTreeSet<String>,
}

fn symbols() -> Symbols {
    let archive = ArchiveFile::parse(ARCHIVE).expect("an archive");
    let mut symbols = Symbols {
        defined: BTreeSet::new(),
        undefined: BTreeSet::new(),
    };
    for member in archive.members() {
        let data = member.and_then(|member| member.data(ARCHIVE));
        let object = object::File::parse(data.expect("a member")).expect("an object");
        for symbol in object.symbols().filter(|symbol| symbol.is_global()) {
            let name = symbol.name().expect("a name").to_owned();
            if symbol.is_undefined() {
                symbols.undefined.insert(name);
            } else {
                symbols.defined.insert(name);
            }
        }
    }
    symbols
        .undefined
        .retain(|name| !name.is_empty() && !symbols.defined.contains(name));
    symbols
}

/// Symbols that may be undefined: functions of the C library, and those that compilers assume. No
/// C++ runtime, no unwinder, no libatomic.
fn is_of_the_c_library(name: &str) -> bool {
    const LIBC: [&str; 46] = [
        "abort",
        "atexit",
        "clock_gettime",
        "close",
        "fsync",
        "getentropy",
        "getrlimit",
        "madvise",
        "memcpy",
        "memmove",
        "memset",
        "memchr",
        "memcmp",
        "mmap",
        "mprotect",
        "munmap",
        "open",
        "open64",
        "prctl",
        "pthread_atfork",
        "pthread_getspecific",
        "pthread_key_create",
        "pthread_setspecific",
        "read",
        "strlen",
        "syscall",
        "write",
        "writev",
        "mremap",
        "getpid",
        "usleep",
        "sched_yield",
        "printf",
        "fprintf",
        "fflush",
        "stderr",
        "mmap64",
        "getenv",
        "nanosleep",
        "pthread_create",
        "pthread_detach",
        "pthread_sigmask",
        "sigfillset",
        "strchr",
        "strncmp",
        "sysconf",
    ];
    // `errno`, assertions and the stack protector each use an internal function; glibc's large-file
    // and the C libraries' 64-bit-time names have a suffix or two underscores.
    const INTERNAL: [&str; 14] = [
        "__errno_location",
        "__errno",
        "__assert_fail",
        "__stack_chk_fail",
        "__stack_chk_guard",
        "__clock_gettime64",
        "__nanosleep_time64",
        "__cxa_thread_atexit_impl",
        "__dso_handle",
        "__tls_get_addr",
        "__tls_get_offset",
        "_GLOBAL_OFFSET_TABLE_",
        ".TOC.",
        "___tls_get_addr",
    ];
    LIBC.contains(&name)
        || INTERNAL.contains(&name)
        // Rust's compiler-builtins defines these too, on every target.
        || name.starts_with("__aarch64_")
        || name.starts_with("__aeabi_")
        || matches!(name, "__udivdi3" | "__umoddi3" | "__udivmoddi4" | "__popcountdi2" | "__clzdi2" | "__ctzdi2")
        // ARM before v6K lacks these instructions; the kernel provides them.
        || (cfg!(target_arch = "arm") && name.starts_with("__sync_"))
        // GCC calls libatomic, which is linked statically: before 13 on RISC-V, and for 64 bits on
        // ARM before v6K and 32-bit PowerPC.
        || (cfg!(any(target_arch = "riscv64", target_arch = "arm", target_arch = "powerpc"))
            && name.starts_with("__atomic_"))
        // libFuzzer's counters, with feature `fuzzing`.
        || (cfg!(feature = "fuzzing") && name.starts_with("__sanitizer_"))
}

/// Functions of Windows' own DLLs and of its C runtime. No C++ library, no libgcc_s, no libatomic;
/// winpthread only for GCC's thread-local variables.
#[cfg(all(windows, target_env = "gnu"))]
fn is_of_windows(name: &str) -> bool {
    const DIRECT: [&str; 15] = [
        "BCryptGenRandom",
        "WaitOnAddress",
        "WakeByAddressAll",
        "WakeByAddressSingle",
        "__ImageBase",
        "_tls_index",
        "__emutls_get_address",
        "___chkstk_ms",
        "fputc",
        "fputs",
        "fwrite",
        "sched_yield",
        "_errno",
        "__acrt_iob_func",
        "_assert",
    ];
    is_of_the_c_library(name) || DIRECT.contains(&name) || name.starts_with("__imp_")
}

#[test]
#[cfg(all(windows, target_env = "gnu", target_pointer_width = "64"))]
fn only_windows_is_needed() {
    let undefined = symbols().undefined;
    let other: Vec<&String> = undefined
        .iter()
        .filter(|name| !is_of_windows(name))
        .collect();
    assert!(other.is_empty(), "{other:?}");
    // The headers hide these unless a newer Windows is targeted.
    let newer = !cfg!(feature = "win8compat");
    assert_eq!(undefined.contains("__imp_VirtualAlloc2FromApp"), newer);
    let waits = newer && cfg!(feature = "usewait-on-address");
    assert_eq!(undefined.contains("WaitOnAddress"), waits);
}

#[test]
#[cfg(target_os = "linux")]
fn only_the_c_library_is_needed() {
    let undefined = symbols().undefined;
    let other: Vec<&String> = undefined
        .iter()
        .filter(|name| !is_of_the_c_library(name))
        .collect();
    assert!(other.is_empty(), "{other:?}");
    assert!(undefined.contains("abort"), "nothing at all? {undefined:?}");
}

/// The functions that feature `libc-api` of 0.7.6 exports. It also has four variables,
/// `sn___malloc_hook` and similar, which nothing reads under these names.
const C_NAMES_OF_0_7: [&str; 17] = [
    "sn___malloc_end_pointer",
    "sn_aligned_alloc",
    "sn_calloc",
    "sn_cfree",
    "sn_free",
    "sn_free_aligned_sized",
    "sn_free_sized",
    "sn_malloc",
    "sn_malloc_good_size",
    "sn_malloc_usable_size",
    "sn_memalign",
    "sn_posix_memalign",
    "sn_pvalloc",
    "sn_realloc",
    "sn_reallocarr",
    "sn_reallocarray",
    "sn_valloc",
];

#[test]
fn every_entry_point_is_defined() {
    let defined = symbols().defined;
    let mut expected = vec![
        "snmalloc_rs_alloc",
        "snmalloc_rs_alloc_zeroed",
        "snmalloc_rs_dealloc",
        "snmalloc_rs_realloc",
        "snmalloc_rs_statistics",
        "snmalloc_rs_usable_size",
        "sn_rust_object",
        "sn_rust_resize_in_place",
        "sn_rust_realloc_aligned",
    ];
    if cfg!(feature = "libc-api") {
        expected.extend(C_NAMES_OF_0_7);
    }
    if cfg!(feature = "override") {
        expected.extend(["malloc", "free", "calloc", "realloc", "posix_memalign"]);
    }
    for name in expected {
        // Some platforms prefix every C name with an underscore.
        let found = defined.contains(name) || defined.contains(&format!("_{name}"));
        assert!(found, "{name} is not among {defined:?}");
    }
}

#[test]
#[cfg(not(feature = "override"))]
fn c_library_symbols_are_not_defined() {
    let defined = symbols().defined;
    for name in ["malloc", "free", "calloc", "realloc", "_malloc", "_free"] {
        assert!(!defined.contains(name), "{name} is defined");
    }
}

/// The linker would merge functions that both archives define, and their variables.
#[test]
fn no_name_is_shared_with_0_7() {
    let shared =
        |name: &String| name.starts_with("_ZN8snmalloc") || name.starts_with("_ZNK8snmalloc");
    let defined = symbols().defined;
    let same: Vec<&String> = defined.iter().filter(|name| shared(name)).collect();
    assert!(same.is_empty(), "{same:?}");
    for name in ["alloc", "dealloc", "usable_size", "statistics"] {
        assert!(!defined.contains(&format!("sn_rust_{name}")), "{name}");
    }
}

#[test]
#[cfg(not(target_vendor = "apple"))]
fn undefined_symbols_are_read_as_the_build_script_reads_them() {
    let read = snmalloc_toolchains::symbols::undefined(ARCHIVE);
    assert_eq!(read, symbols().undefined);
}

#[test]
fn assertions_are_compiled_only_on_request() {
    let asserts = ARCHIVE
        .windows(b"assert fail".len())
        .any(|bytes| bytes == b"assert fail");
    assert_eq!(asserts, cfg!(feature = "debug"));
}

#[test]
fn no_path_of_the_building_machine_is_in_it() {
    let here = env!("CARGO_MANIFEST_DIR").as_bytes();
    assert!(!ARCHIVE.windows(here.len()).any(|bytes| bytes == here));
}
