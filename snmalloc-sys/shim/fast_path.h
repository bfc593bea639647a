// SPDX-License-Identifier: MIT
// Fast paths of allocation and deallocation. Everything else is out of line, so that
// they need no stack frame and can be inlined into Rust.

#pragma once

#include "free_list.h"
#include "large.h"

namespace snmalloc_rs
{
  template<typename Conts>
  void* allocate(size_t last) noexcept;

  template<typename Conts>
  SNMALLOC_SLOW_PATH inline void* allocate_slow(size_t last) noexcept
  {
    if constexpr (keeps)
    {
      // Size 0 arrives as the largest possible `last`, and gets the smallest block.
      if (last + 1 == 0)
        return allocate<Conts>(0);
      if (last < SMALL_LIMIT)
      {
        const auto sizeclass = internals::small_sizeclass_of(last);
        Alloc& own = ThreadAlloc::get();
        if (SNMALLOC_UNLIKELY(!internals::free_list(own, sizeclass).empty()))
        {
          FreeList::check_unrecorded(own, sizeclass);
          return allocate<Conts>(last);
        }
        if (FreeList::extend(own, sizeclass))
          return allocate<Conts>(last);
        void* const block = snmalloc::alloc<Conts>(last + 1);
        if (SNMALLOC_LIKELY(block != nullptr))
          FreeList::filled(ThreadAlloc::get(), sizeclass, block);
        return block;
      }
      return allocate_large<Conts>(last + 1);
    }
    else
      return snmalloc::alloc<Conts>(last + 1);
  }

  // `last` is the offset of the block's last byte.
  template<typename Conts>
  SNMALLOC_FAST_PATH_INLINE void* allocate(size_t last) noexcept
  {
    if (SNMALLOC_LIKELY(last < SMALL_LIMIT))
    {
      Alloc& own = ThreadAlloc::get();
      const auto sizeclass = internals::small_sizeclass_of(last);
      auto& list = internals::free_list(own, sizeclass);
      if (SNMALLOC_LIKELY(
            keeps ? FreeList::is_sound(own, sizeclass) : !list.empty()))
      {
        auto block = internals::take_first(own, list);
        if constexpr (hardened)
          FreeList::taken(block.unsafe_ptr());
        return internals::finish<Conts>(block, last + 1);
      }
    }
    return allocate_slow<Conts>(last);
  }

  SNMALLOC_SLOW_PATH inline void deallocate_slow(void* block) noexcept
  {
    const Entry& entry = Backend::get_metaentry(address_cast(block));
    if (Large::is_large(entry))
    {
      FreedPointer::check_large(block, entry);
      Large::free(block, entry);
      return;
    }
    FreedPointer::check(block, entry);
    if constexpr (hardened)
    {
      if (entry.is_owned())
        FreeList::free(block, entry);
    }
    snmalloc::dealloc(block);
  }

  SNMALLOC_FAST_PATH_INLINE void deallocate(void* block) noexcept
  {
    if constexpr (keeps)
    {
      Alloc& own = ThreadAlloc::get();
      const Entry& entry = Backend::get_metaentry(address_cast(block));
      if (SNMALLOC_LIKELY(&internals::queue_of(own) == entry.get_remote()))
      {
        if constexpr (hardened)
          FreeList::free(block, entry);
        internals::free_own(own, block, entry);
        return;
      }
    }
    deallocate_slow(block);
  }

  // The entry points' own allocation and deallocation, which also keep the accounts.

  template<typename Conts>
  SNMALLOC_FAST_PATH_INLINE void* allocate_block(size_t last) noexcept
  {
    constexpr bool zeroed = stl::is_same_v<Conts, Zeroed>;
    InAllocator in_allocator;
    return memcheck_allocated(
      statistics::counted(allocate<Conts>(last)), last, zeroed);
  }

  SNMALLOC_FAST_PATH_INLINE void deallocate_block(void* block) noexcept
  {
    memcheck_freed(block);
    InAllocator in_allocator;
    statistics::count_free(block);
    deallocate(block);
  }

  // Checks the size that the caller passed.
  SNMALLOC_FAST_PATH_INLINE void
  deallocate_block(void* block, size_t last) noexcept
  {
    memcheck_freed(block);
    InAllocator in_allocator;
    statistics::count_free(block);
    check_size(block, last);
    deallocate(block);
  }
} // namespace snmalloc_rs
