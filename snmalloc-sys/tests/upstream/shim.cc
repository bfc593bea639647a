// SPDX-License-Identifier: MIT
// The shim, and what upstream's tests ask an allocator that no entry point answers.

#include "../../shim/shim.cc"

namespace
{
  // Large blocks belong to no allocator: feature `stats` counts them.
  bool all_freed()
  {
    size_t size;
    size_t allocations;
    size_t frees;
    for (size_t index = 0;
         sn_rust_size_class_stats(index, &size, &allocations, &frees);
         index++)
    {
      if (allocations != frees)
        return false;
    }
    return true;
  }
} // namespace

SN_ENTRY(void) upstream_check_empty(bool* result)
{
  snmalloc_rs::release_unused();
  snmalloc::debug_check_empty<snmalloc::Config>(result);
  if (all_freed())
    return;
  if (result == nullptr)
    snmalloc::report_fatal_error("blocks were not freed");
  *result = false;
}

SN_ENTRY(void) upstream_check_in_use(size_t count)
{
  snmalloc::debug_in_use<snmalloc::Config>(count);
}

SN_ENTRY(void) upstream_teardown()
{
  snmalloc::ThreadAlloc::teardown();
}

SN_ENTRY(void*) upstream_acquire()
{
  return snmalloc::AllocPool<snmalloc::Config>::acquire();
}

SN_ENTRY(void*) upstream_alloc(void* allocator, size_t size)
{
  auto* own = static_cast<snmalloc::Alloc*>(allocator);
  return statistics::counted(own->alloc(size));
}

SN_ENTRY(void) upstream_release(void* allocator)
{
  auto* own = static_cast<snmalloc::Alloc*>(allocator);
  own->flush();
  snmalloc::AllocPool<snmalloc::Config>::release(own);
}
