// SPDX-License-Identifier: MIT
// CPU layers for architectures that snmalloc has none for, or whose layer doesn't work.
// Include this before any other header of snmalloc's except those that it includes
// itself. On all other architectures it does nothing.

#pragma once

#include "snmalloc/ds_core/ds_core.h"
// ds_core.h first: upstream's headers are not independent of their order.
#include "snmalloc/aal/aal_consts.h"

#if defined(__ILP32__) && defined(__x86_64__)
#  define SNMALLOC_RS_ARCH_X32
#elif defined(__arm__) && defined(__ARM_ARCH) && \
  (__ARM_ARCH < 6 || \
   (__ARM_ARCH == 6 && !defined(__ARM_ARCH_6K__) && \
    !defined(__ARM_ARCH_6KZ__) && !defined(__ARM_ARCH_6ZK__) && \
    !defined(__ARM_ARCH_6M__)))
#  define SNMALLOC_RS_ARCH_OLD_ARM
#elif defined(_ABIN32) && _MIPS_SIM == _ABIN32
#  error MIPS n32 fails its tests under snmalloc; use n64 or o32.
#elif defined(__s390x__) || defined(__loongarch__) || defined(__mips__)
#  define SNMALLOC_RS_ARCH_PLAIN
#endif

#if defined(SNMALLOC_RS_ARCH_PLAIN)

#  if __SIZEOF_POINTER__ == 8
#    define SNMALLOC_VA_BITS_64
#  else
#    define SNMALLOC_VA_BITS_32
#  endif

namespace snmalloc
{
  class AAL_Plain
  {
  public:
    // The timers of these CPUs are optional, trap, or tick slowly. Without one,
    // snmalloc reads the platform's clock, which is in the vDSO here.
    static constexpr uint64_t aal_features =
      IntegerPointers | NoCpuCycleCounters;

    // A new value: it is only compared with upstream's names, each of which has a
    // meaning.
    static constexpr AalName aal_name = static_cast<AalName>(0x100);

    // On Linux snmalloc uses this as the page size, so it is the size that kernels are
    // commonly built with, not the smallest possible. Assuming pages larger than the
    // real ones is safe.
#  if defined(__loongarch__) || (defined(__mips__) && __SIZEOF_POINTER__ == 8)
    static constexpr size_t smallest_page_size = 0x4000;
#  else
    static constexpr size_t smallest_page_size = 0x1000;
#  endif

    // No `address_bits`: the default of 48 covers every kernel of these architectures
    // whose `mmap`, given no hint, stays below 2^48 (s390x begins at 2^42, mips64 is
    // built for 2^40 or 2^48, loongarch64 for up to 2^48). A smaller pagemap would be
    // overrun silently by larger addresses.

    static inline void pause()
    {
      // These architectures have no pause instruction that every model and every
      // assembler supports. The clobber forces the spin loop to reread memory.
      __asm__ volatile("" ::: "memory");
    }

    static inline void prefetch(void* address) noexcept
    {
      __builtin_prefetch(address, 1, 3);
    }
  };

  using AAL_Arch = AAL_Plain;
} // namespace snmalloc

#elif defined(SNMALLOC_RS_ARCH_OLD_ARM)

// Upstream's header defines AAL_Arch as its own class. Rename that here; `#pragma once`
// keeps the header from being read again.
#  define AAL_Arch AAL_ArmV6K
#  include "snmalloc/aal/aal_arm.h"
#  undef AAL_Arch

namespace snmalloc
{
  class AAL_OldArm : public AAL_arm
  {
  public:
    // `yield` was added in v6K. Nothing calls upstream's version, so it is never
    // assembled.
    static inline void pause()
    {
      __asm__ volatile("" ::: "memory");
    }
  };

  using AAL_Arch = AAL_OldArm;
} // namespace snmalloc

#  if __ARM_ARCH < 6 && defined(__linux__) && !defined(__GLIBC__) && \
    !defined(__ANDROID__)

// Compilers call these for 64-bit atomics, and neither Rust's runtime nor zig's has them
// for these CPUs. Linux provides the one operation that they need at a fixed address: see
// kernel_user_helpers in its documentation. Since 3.1, which is older than any kernel that
// Rust supports, and always on for these CPUs, whose own instructions don't suffice.
// Weak, because libgcc defines them too. The labels avoid the declaration of a builtin.
//
// Ordering: the kernel's operation contains the barriers that `__sync` functions need.
namespace snmalloc_rs
{
  template<typename Change>
  inline uint64_t change_by_kernel(volatile uint64_t* address, Change change)
  {
    using CompareAndSwap =
      int (*)(const uint64_t*, const uint64_t*, volatile uint64_t*);
    const auto compare_and_swap = reinterpret_cast<CompareAndSwap>(0xffff0f60);
    uint64_t seen;
    uint64_t next;
    do
    {
      // The kernel confirms the value, which two 32-bit loads may have torn.
      seen = *address;
      next = change(seen);
    } while (compare_and_swap(&seen, &next, address) != 0);
    return seen;
  }
} // namespace snmalloc_rs

#    define SNMALLOC_RS_SYNC_8(name, ...) \
      extern "C" __attribute__((weak, visibility("hidden"))) uint64_t \
      sn_rust_sync_##name(volatile uint64_t* address, __VA_ARGS__) __asm__( \
        "__sync_" #name "_8"); \
      extern "C" uint64_t sn_rust_sync_##name( \
        volatile uint64_t* address, __VA_ARGS__)

SNMALLOC_RS_SYNC_8(val_compare_and_swap, uint64_t expected, uint64_t desired)
{
  return snmalloc_rs::change_by_kernel(address, [&](uint64_t seen) {
    return seen == expected ? desired : seen;
  });
}

SNMALLOC_RS_SYNC_8(lock_test_and_set, uint64_t value)
{
  return snmalloc_rs::change_by_kernel(address, [&](uint64_t) { return value; });
}

SNMALLOC_RS_SYNC_8(fetch_and_add, uint64_t value)
{
  return snmalloc_rs::change_by_kernel(
    address, [&](uint64_t seen) { return seen + value; });
}

SNMALLOC_RS_SYNC_8(fetch_and_sub, uint64_t value)
{
  return snmalloc_rs::change_by_kernel(
    address, [&](uint64_t seen) { return seen - value; });
}

#    undef SNMALLOC_RS_SYNC_8
#  endif

#elif defined(SNMALLOC_RS_ARCH_X32)

// Upstream assumes that x86_64 has 64-bit pointers. Read its layer once, here, as for
// 32-bit x86, after the headers that it includes, which must see the real macros.
#  include "snmalloc/aal/aal_concept.h"
#  include "snmalloc/stl/utility.h"

#  include <cpuid.h>
#  include <emmintrin.h>
#  include <x86intrin.h>

#  pragma push_macro("__x86_64__")
#  pragma push_macro("__amd64__")
#  undef __x86_64__
#  undef __amd64__
#  define _X86_ 1
#  include "snmalloc/aal/aal.h"
#  undef _X86_
#  pragma pop_macro("__amd64__")
#  pragma pop_macro("__x86_64__")

#endif
