// SPDX-License-Identifier: MIT
//! C++ sources for compiler probes.

/// After preprocessing, prints the compiler and its target. (GCC for PowerPC defines `powerpc` as
/// 1, hence the `#undef`.)
pub(super) const IDENTITY: &str = "
#undef powerpc
#if defined(__clang__)
snmalloc_probe: clang __clang_major__ __clang_minor__
#elif defined(__GNUC__)
snmalloc_probe: gnu __GNUC__ __GNUC_MINOR__
#endif
#if defined(_M_ARM64EC)
snmalloc_arch: arm64ec
#elif defined(__x86_64__)
snmalloc_arch: x86_64
#elif defined(__i386__)
snmalloc_arch: x86
#elif defined(__aarch64__)
snmalloc_arch: aarch64
#elif defined(__arm__)
snmalloc_arch: arm
#elif defined(__powerpc64__)
snmalloc_arch: powerpc64
#elif defined(__powerpc__)
snmalloc_arch: powerpc
#elif defined(__riscv)
snmalloc_arch: riscv64
#elif defined(__s390x__)
snmalloc_arch: s390x
#elif defined(__loongarch__)
snmalloc_arch: loongarch64
#elif defined(__sparc__)
snmalloc_arch: sparc64
#elif defined(__mips64)
snmalloc_arch: mips64
#endif
#if __has_include(<features.h>)
#include <features.h>
#endif
#if defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 18)
snmalloc_has: thread_atexit
#endif
#endif
#if defined(_WIN32)
snmalloc_os: windows
#elif defined(__APPLE__)
snmalloc_os: apple
#elif defined(__ANDROID__)
snmalloc_os: android
#elif defined(__linux__)
snmalloc_os: os_linux
#elif defined(__FreeBSD__)
snmalloc_os: freebsd
#elif defined(__NetBSD__)
snmalloc_os: netbsd
#elif defined(__OpenBSD__)
snmalloc_os: openbsd
#elif defined(__DragonFly__)
snmalloc_os: dragonfly
#elif defined(__sun)
snmalloc_os: sunos
#elif defined(__HAIKU__)
snmalloc_os: haiku
#endif
#if defined(_GLIBCXX_ASSERTIONS) || defined(_GLIBCXX_DEBUG)
snmalloc_has: assertions
#endif
#if __has_include(<linux/futex.h>)
snmalloc_has: futex
#endif
#if __has_include(<linux/random.h>)
snmalloc_has: random
#endif
";

/// Compiles only as C++17 and later. Includes the same headers as the shim.
pub(super) const LANGUAGE: &str = "
template<auto value> struct probe_t { static constexpr auto v = value; };
inline int probe_variable{probe_t<3>::v};
template<typename T> constexpr int probe(T t)
{
  if constexpr (sizeof(T) > 1) { return static_cast<int>(t); } else { return 0; }
}
static_assert(probe(7) == 7);
";

pub(super) const STL: &str =
    "#include <array>\n#include <atomic>\n#include <type_traits>\n#include <utility>\n";
pub(super) const LIBC: &str = "#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n";
pub(super) const GETENTROPY: &str = "
#if __has_include(<unistd.h>)
#include <unistd.h>
#endif
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif
int probe_entropy() { int seed = 0; return getentropy(&seed, sizeof(seed)); }
";
pub(super) const ATFORK: &str = "
#include <pthread.h>
int probe_atfork() { return pthread_atfork(nullptr, nullptr, nullptr); }
";
/// Fails unless the standard is newer than C++17: clang-cl accepts unknown options with a warning.
pub(super) const CXX20: &str = "
#if defined(_MSVC_LANG)
#  if _MSVC_LANG <= 201703L
#    error C++17
#  endif
#elif __cplusplus <= 201703L
#  error C++17
#endif
";
/// Fails unless `-mcx16` is in effect.
pub(super) const CX16: &str = "
#ifndef __GCC_HAVE_SYNC_COMPARE_AND_SWAP_16
#  error no 16-byte compare-and-swap
#endif
";
/// Fails unless `-mprfchw` is in effect.
pub(super) const PRFCHW: &str = "
#ifndef __PRFCHW__
#  error no prefetch for writing
#endif
";
