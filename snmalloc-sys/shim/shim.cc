// SPDX-License-Identifier: MIT
// Entry points for the Rust crates, on top of snmalloc's headers. They are one
// translation unit, so that the allocator's fast paths are inlined into them.

#include "symbols.h"

#include "tuning.h"
// Before any of snmalloc's headers.
#include "arch.h"
#include "freebsd.h"
// After arch.h: it reads the layer that arch.h supplies.
#include "linux_pal.h"
// Before snmalloc.h: it defines macros that those headers use.
#include "windows_pal.h"

#include "config.h"
#include "thread_exit.h"

#include <string.h>

// Called from Rust only, which never sees an exception.
#define SN_ENTRY(type) extern "C" type

// Entries worth inlining into every caller. By default LLVM inlines no function into a
// caller compiled for a less capable CPU, as Rust's are.
#ifdef SNMALLOC_RS_LTO
#  define SN_FAST_ENTRY(type) extern "C" __attribute__((always_inline)) type
#else
#  define SN_FAST_ENTRY(type) SN_ENTRY(type)
#endif

#include "statistics.h"

#if defined(_WIN32) && !defined(_MSC_VER)
void thread_end::give_back()
{
  snmalloc::ThreadAlloc::teardown();
}
#endif

#include "calloc.h"

#include "fast_path.h"
#include "objects.h"
// After objects.h, which realloc.h uses.
#include "realloc.h"
#include "release.h"
#include "background_purge.h"

// Entries with a name that ends in `_last` take the offset of the last byte of a block,
// with the alignment folded into its size: the value that both sides compute with.

SN_FAST_ENTRY(void*) sn_rust_alloc_last(size_t last) noexcept
{
  return snmalloc_rs::allocate_block<snmalloc::Uninit>(last);
}

SN_FAST_ENTRY(void*) sn_rust_alloc_zeroed_last(size_t last) noexcept
{
  return snmalloc_rs::allocate_block<snmalloc_rs::Zeroed>(last);
}

// Checks no size.
SN_FAST_ENTRY(void) sn_rust_free(void* block) noexcept
{
  snmalloc_rs::deallocate_block(block);
}

SN_FAST_ENTRY(void) sn_rust_dealloc_last(void* block, size_t last) noexcept
{
  snmalloc_rs::deallocate_block(block, last);
}

SN_ENTRY(void*) sn_rust_alloc(size_t alignment, size_t size) noexcept
{
  return sn_rust_alloc_last((alignment - 1) | (size - 1));
}

SN_ENTRY(void*) sn_rust_alloc_zeroed(size_t alignment, size_t size) noexcept
{
  return sn_rust_alloc_zeroed_last((alignment - 1) | (size - 1));
}

SN_ENTRY(void)
sn_rust_dealloc(void* block, size_t alignment, size_t size) noexcept
{
  sn_rust_dealloc_last(block, snmalloc::aligned_size(alignment, size) - 1);
}

SN_ENTRY(void*)
sn_rust_realloc(
  void* block, size_t alignment, size_t old_size, size_t new_size) noexcept
{
  return snmalloc_rs::reallocate(block, alignment, old_size, new_size);
}

// `zeroed`: zero the added bytes.
SN_ENTRY(void*)
sn_rust_realloc_aligned(
  void* block,
  size_t old_alignment,
  size_t old_size,
  size_t new_alignment,
  size_t new_size,
  bool zeroed) noexcept
{
  using namespace snmalloc;
  void* moved = snmalloc_rs::reallocate_folded(
    block,
    aligned_size(old_alignment, old_size),
    aligned_size(new_alignment, new_size),
    bits::min(old_size, new_size));
  if (zeroed && moved != nullptr && new_size > old_size)
    snmalloc_rs::zero_added(moved, old_size, new_size);
  return moved;
}

SN_ENTRY(bool)
sn_rust_resize_in_place(
  void* block, size_t alignment, size_t old_size, size_t new_size) noexcept
{
  using namespace snmalloc;
  return snmalloc_rs::resize_in_place(
    block,
    aligned_size(alignment, old_size),
    aligned_size(alignment, new_size));
}

SN_ENTRY(void) sn_rust_release_unused() noexcept
{
  snmalloc_rs::InAllocator in_allocator;
  snmalloc_rs::release_unused();
}

SN_ENTRY(void) sn_rust_set_retained_limit(size_t bytes) noexcept
{
  snmalloc_rs::GlobalCache::limit.store(
    bytes, snmalloc::stl::memory_order_relaxed);
}

SN_ENTRY(void) sn_rust_set_decay_time(uint64_t milliseconds) noexcept
{
  snmalloc_rs::GlobalCache::decay.store(
    milliseconds, snmalloc::stl::memory_order_relaxed);
}

SN_ENTRY(bool) sn_rust_start_background_purge() noexcept
{
  return snmalloc_rs::BackgroundPurge::start();
}

SN_ENTRY(size_t) sn_rust_usable_size(const void* block) noexcept
{
  // Accept any pointer, for callers that can't check it: one outside the pagemap, or
  // passed before the first allocation, has no block.
  using namespace snmalloc;
  const address_t address = address_cast(block);
  if (!snmalloc_rs::has_entry(address))
    return 0;
  const auto& entry = Config::Backend::get_metaentry<true>(address);
  const size_t usable = sizeclass_full_to_size(entry.get_sizeclass());
  snmalloc_rs::memcheck_usable(block, usable);
  return usable;
}

SN_ENTRY(void) sn_rust_statistics(size_t* current, size_t* peak) noexcept
{
  using snmalloc::Config;
  *current = Config::Backend::get_current_usage();
  *peak = Config::Backend::get_peak_usage();
}

#ifdef SNMALLOC_RS_CHECKED_COPY
// Copies between blocks of this allocator or other memory; aborts the process if either
// block is too short.
SN_ENTRY(void)
sn_rust_copy_checked(void* to, const void* from, size_t bytes) noexcept
{
  using snmalloc::address_cast;
  if (
    snmalloc_rs::has_entries(address_cast(to), bytes) &&
    snmalloc_rs::has_entries(address_cast(from), bytes))
    snmalloc::memcpy<true>(to, from, bytes);
  else
    ::memcpy(to, from, bytes);
}
#endif

#ifdef SNMALLOC_RS_LIBC_API
#  include "libc_api.h"
#endif

#ifdef SNMALLOC_RS_OVERRIDE
#  include "override.h"
#endif
