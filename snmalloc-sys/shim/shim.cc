// SPDX-License-Identifier: MIT
// The entry points that the Rust crates call, over snmalloc's headers: one
// translation unit, so that the allocator's fast paths inline into them.

#include "arch.h"
#include "freebsd.h"
// After arch.h: it reads the layer that arch.h supplies.
#include "pages.h"
// Before snmalloc.h, which it tells what to call.
#include "windows.h"

#include "snmalloc/snmalloc.h"

#include <string.h>

// Called from Rust only, which never sees an exception.
#define SN_ENTRY(type) extern "C" type

#include "statistics.h"

#if defined(_WIN32) && !defined(_MSC_VER)
void thread_end::give_back()
{
  snmalloc::ThreadAlloc::teardown();
}
#endif

namespace
{
  using namespace snmalloc;

  SNMALLOC_FAST_PATH_INLINE bool same_class(size_t a, size_t b)
  {
    return size_to_sizeclass_full(a).raw() == size_to_sizeclass_full(b).raw();
  }

  // The copy of `realloc`: with feature `check-loads` both blocks' bounds are
  // checked, so that a layout that lies about the old size is caught.
  SNMALLOC_FAST_PATH_INLINE void
  copy_block(void* to, const void* from, size_t bytes)
  {
#ifdef SNMALLOC_RS_CHECKED_COPY
    snmalloc::memcpy<true>(to, from, bytes);
#else
    ::memcpy(to, from, bytes);
#endif
  }
} // namespace

SN_ENTRY(void*) sn_rust_alloc(size_t alignment, size_t size) noexcept
{
  return statistics::counted(alloc(aligned_size(alignment, size)));
}

SN_ENTRY(void*) sn_rust_alloc_zeroed(size_t alignment, size_t size) noexcept
{
  return statistics::counted(alloc<Zero>(aligned_size(alignment, size)));
}

SN_ENTRY(void)
sn_rust_dealloc(void* block, size_t alignment, size_t size) noexcept
{
  statistics::count_free(block);
  dealloc(block, aligned_size(alignment, size));
}

SN_ENTRY(void*)
sn_rust_realloc(
  void* block, size_t alignment, size_t old_size, size_t new_size) noexcept
{
  const size_t from = aligned_size(alignment, old_size);
  const size_t to = aligned_size(alignment, new_size);
  if (same_class(from, to))
    return block;
  void* moved = statistics::counted(alloc(to));
  if (SNMALLOC_LIKELY(moved != nullptr))
  {
    copy_block(moved, block, bits::min(old_size, new_size));
    statistics::count_free(block);
    dealloc(block, from);
  }
  return moved;
}

SN_ENTRY(size_t) sn_rust_usable_size(const void* block) noexcept
{
  // Any pointer is answered, for callers that can't know better: one outside
  // the page table, or given before the first allocation, has no block.
  const address_t address = address_cast(block);
  if constexpr (bits::BITS > DefaultPal::address_bits)
  {
    if ((address >> DefaultPal::address_bits) != 0)
      return 0;
  }
  const auto& entry = Config::Backend::get_metaentry<true>(address);
  return sizeclass_full_to_size(entry.get_sizeclass());
}

SN_ENTRY(void) sn_rust_statistics(size_t* current, size_t* peak) noexcept
{
  *current = Alloc::Config::Backend::get_current_usage();
  *peak = Alloc::Config::Backend::get_peak_usage();
}

#ifdef SNMALLOC_RS_CHECKED_COPY
// Copies between blocks of this allocator (or memory that is none of its);
// ends the process when either block is too short.
SN_ENTRY(void)
sn_rust_copy_checked(void* to, const void* from, size_t bytes) noexcept
{
  copy_block(to, from, bytes);
}
#endif

#ifdef SNMALLOC_RS_LIBC_API
#  include "libc_api.h"
#endif
