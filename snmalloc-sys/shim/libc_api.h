// SPDX-License-Identifier: MIT
// The C interface under the prefix `sn_` (feature `libc-api`).
#pragma once

SN_ENTRY(void*) sn_malloc(size_t size) noexcept
{
  return statistics::counted(snmalloc::libc::malloc(size));
}

SN_ENTRY(void) sn_free(void* block) noexcept
{
  statistics::count_free(block);
  snmalloc::libc::free(block);
}

SN_ENTRY(void*) sn_calloc(size_t count, size_t size) noexcept
{
  return statistics::counted(snmalloc::libc::calloc(count, size));
}

SN_ENTRY(void*) sn_realloc(void* block, size_t size) noexcept
{
#ifdef SNMALLOC_RS_STATS
  // Whether the block moves is snmalloc's business: its class before and after tells.
  const size_t before = block == nullptr ? 0 : statistics::class_of(block);
  void* moved = snmalloc::libc::realloc(block, size);
  if (block != nullptr && (moved != nullptr || size == 0))
    statistics::counters[before].frees.fetch_add(
      1, snmalloc::stl::memory_order_relaxed);
  return statistics::counted(moved);
#else
  return snmalloc::libc::realloc(block, size);
#endif
}

SN_ENTRY(size_t) sn_malloc_usable_size(const void* block) noexcept
{
  return snmalloc::libc::malloc_usable_size(block);
}

SN_ENTRY(void*) sn_memalign(size_t alignment, size_t size) noexcept
{
  return statistics::counted(snmalloc::libc::memalign(alignment, size));
}

SN_ENTRY(void*) sn_aligned_alloc(size_t alignment, size_t size) noexcept
{
  return statistics::counted(snmalloc::libc::aligned_alloc(alignment, size));
}

SN_ENTRY(int)
sn_posix_memalign(void** block, size_t alignment, size_t size) noexcept
{
  const int error = snmalloc::libc::posix_memalign(block, alignment, size);
  if (error == 0)
    statistics::counted(*block);
  return error;
}
