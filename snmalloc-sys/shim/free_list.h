// SPDX-License-Identifier: MIT
// Checks of free blocks and of the links between them. Mitigations (feature `check`) have
// others instead.

#pragma once

#include "config.h"

namespace snmalloc_rs
{
  class FreeList
  {
    // A free block begins with upstream's link to the next one.
    struct FreeBlock
    {
      void* next;
      uintptr_t mark;
    };

    static_assert(sizeof(FreeBlock) <= MIN_ALLOC_SIZE);

    // The blocks of a list are in one slab, which is aligned to its size.
    static constexpr size_t SLAB_SIZE =
      sizeclass_to_slab_size(smallsizeclass_t(NUM_SMALL_SIZECLASSES - 1));

    // With a random key, so that no program's data is a mark.
    static uintptr_t mark_of(const void* block)
    {
      return static_cast<uintptr_t>(
        address_cast(block) ^ internals::random_key());
    }

  public:
    static SNMALLOC_FAST_PATH_INLINE bool
    in_one_slab(address_t block, address_t other)
    {
      return (block ^ other) < SLAB_SIZE;
    }

    // Returns true if the list has a first block, which is in the slab that was recorded.
    static SNMALLOC_FAST_PATH_INLINE bool
    is_sound(Alloc& own, smallsizeclass_t sizeclass)
    {
      const address_t first =
        address_cast(internals::free_list(own, sizeclass).peek());
      const address_t slab =
        own.get_backend_local_state().list_slabs.of[sizeclass];
      if (hardened && (first & (MIN_ALLOC_SIZE - 1)) != 0)
        return false;
      return in_one_slab(first, slab);
    }

    // Decides about a list that isn't sound and isn't empty. An exiting thread leaves its
    // allocator with the lists that upstream filled in its last call, which are not
    // recorded: ask the pagemap about them.
    static SNMALLOC_SLOW_PATH void
    check_unrecorded(Alloc& own, smallsizeclass_t sizeclass)
    {
      const address_t first =
        address_cast(internals::free_list(own, sizeclass).peek());
      const Entry& entry = Backend::get_metaentry(first);
      const auto expected = sizeclass_t::from_small_class(sizeclass);
      if (
        entry.get_remote() != &internals::queue_of(own) ||
        !(entry.get_sizeclass() == expected) ||
        !is_start_of_object(expected, first))
        FreedPointer::stop_overwritten();
      record(own, sizeclass, first);
    }

    static void record(Alloc& own, smallsizeclass_t sizeclass, address_t block)
    {
      own.get_backend_local_state().list_slabs.of[sizeclass] = block;
    }

    // Fills an empty list with blocks of a new slab; false if there are none.
    static SNMALLOC_FAST_PATH_INLINE bool
    extend(Alloc& own, smallsizeclass_t sizeclass)
    {
      if (!internals::link_fresh(own, sizeclass))
        return false;
      record(
        own,
        sizeclass,
        address_cast(internals::free_list(own, sizeclass).peek()));
      return true;
    }

    // Records the slab of a list that upstream filled, by the first block, which it took.
    static void filled(Alloc& own, smallsizeclass_t sizeclass, void* block)
    {
      // A thread without an allocator shares one, and its lists stay empty.
      if (!internals::free_list(own, sizeclass).empty())
        record(own, sizeclass, address_cast(block));
      if constexpr (hardened)
      {
        // A secondary allocator's blocks may be shorter.
        if (Backend::get_metaentry<true>(address_cast(block)).is_owned())
          taken(block);
      }
    }

    static SNMALLOC_FAST_PATH_INLINE void taken(void* block)
    {
      static_cast<FreeBlock*>(block)->mark = 0;
    }

    // Checks a small block that is freed, by its owner or another thread.
    static SNMALLOC_FAST_PATH_INLINE void free(void* block, const Entry& entry)
    {
      if (SNMALLOC_UNLIKELY(
            !is_start_of_object(entry.get_sizeclass(), address_cast(block))))
        FreedPointer::stop_interior();
      uintptr_t& mark = static_cast<FreeBlock*>(block)->mark;
      if (SNMALLOC_UNLIKELY(mark == mark_of(block)))
        FreedPointer::stop_twice();
      mark = mark_of(block);
    }

    // Checks that a small block is freed with its size.
    static SNMALLOC_FAST_PATH_INLINE void check_size(void* block, size_t last)
    {
      const Entry& entry = Backend::get_metaentry(address_cast(block));
      auto freed = entry.get_sizeclass();
      if (SNMALLOC_LIKELY(last < SMALL_LIMIT))
      {
        auto sizeclass = sizeclass_t::from_small_class(
          internals::small_sizeclass_of(last));
        if (SNMALLOC_LIKELY(freed.raw() == sizeclass.raw()))
          return;
      }
      else if (!freed.is_small())
        return;
      // Other pointers are reported as such.
      if (is_of_frontend(entry))
        FreedPointer::stop_size();
    }
  };

  // Checks the size that a block is freed with. `last` is the offset of its last byte.
  SNMALLOC_FAST_PATH_INLINE void check_size(void* block, size_t last)
  {
    if constexpr (hardened)
      FreeList::check_size(block, last);
    else
      snmalloc::check_size(block, last + 1);
  }
} // namespace snmalloc_rs
