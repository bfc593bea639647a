// SPDX-License-Identifier: MIT
// Counts per size class (feature `stats`); no code without the feature.
#pragma once

namespace statistics
{
  using namespace snmalloc;

#ifdef SNMALLOC_RS_STATS
  // Ordering: relaxed counters, which publish no memory and are no snapshot together.
  struct Counters
  {
    stl::Atomic<size_t> allocations{0};
    stl::Atomic<size_t> frees{0};
  };

  inline Counters counters[SIZECLASS_REP_SIZE];

  // The class of a block of this allocator, as an index of `counters`.
  SNMALLOC_FAST_PATH_INLINE size_t class_of(const void* block)
  {
    return size_to_sizeclass_full(alloc_size(block)).raw();
  }

  SNMALLOC_FAST_PATH_INLINE void* counted(void* block)
  {
    if (SNMALLOC_LIKELY(block != nullptr))
      counters[class_of(block)].allocations.fetch_add(
        1, stl::memory_order_relaxed);
    return block;
  }

  SNMALLOC_FAST_PATH_INLINE void count_free_of(size_t size)
  {
    counters[size_to_sizeclass_full(size).raw()].frees.fetch_add(
      1, stl::memory_order_relaxed);
  }

  SNMALLOC_FAST_PATH_INLINE void count_free(const void* block)
  {
    if (SNMALLOC_LIKELY(block != nullptr))
      count_free_of(alloc_size(block));
  }
#else
  SNMALLOC_FAST_PATH_INLINE void count_free_of(size_t) {}

  SNMALLOC_FAST_PATH_INLINE void* counted(void* block)
  {
    return block;
  }

  SNMALLOC_FAST_PATH_INLINE void count_free(const void*) {}
#endif
} // namespace statistics

#ifdef SNMALLOC_RS_STATS
// Writes the counters of the class at `index`. Returns false past the last one. Unused
// indexes have size 0.
SN_ENTRY(bool)
sn_rust_size_class_stats(
  size_t index, size_t* size, size_t* allocations, size_t* frees) noexcept
{
  using namespace snmalloc;
  if (index >= SIZECLASS_REP_SIZE)
    return false;
  *size = sizeclass_full_to_size(sizeclass_t::from_raw(index));
  // Not const: reading an atomic of snmalloc's own STL is not const.
  auto& counters = statistics::counters[index];
  *allocations = counters.allocations.load(stl::memory_order_relaxed);
  *frees = counters.frees.load(stl::memory_order_relaxed);
  return true;
}
#endif
