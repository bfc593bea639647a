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
      if (last < MAX_SMALL_SIZECLASS_SIZE)
      {
        const auto sizeclass = small_sizeclass_of(last);
        Alloc& own = ThreadAlloc::get();
        if (SNMALLOC_UNLIKELY(!own.small_fast_free_lists[sizeclass].empty()))
        {
          FreeList::check_unrecorded(own, sizeclass);
          return allocate<Conts>(last);
        }
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
    if (SNMALLOC_LIKELY(last < MAX_SMALL_SIZECLASS_SIZE))
    {
      Alloc& own = ThreadAlloc::get();
      const auto sizeclass = small_sizeclass_of(last);
      auto& list = own.small_fast_free_lists[sizeclass];
      if (SNMALLOC_LIKELY(
            keeps ? FreeList::is_sound(own, sizeclass) : !list.empty()))
      {
        const auto domesticate =
          [&own](freelist::QueuePtr p) SNMALLOC_FAST_PATH_LAMBDA {
            return capptr_domesticate<Config>(
              &own.get_backend_local_state(), p);
          };
        auto block = list.take(freelist::Object::key_root, domesticate);
        if constexpr (hardened)
          FreeList::taken(block.unsafe_ptr());
        return finish_alloc<Conts>(block, last + 1);
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
      if (SNMALLOC_LIKELY(&queue_of(own) == entry.get_remote()))
      {
        if constexpr (hardened)
          FreeList::free(block, entry);
        own.dealloc_local_object(
          capptr::Alloc<void>::unsafe_from(block), entry);
        return;
      }
    }
    deallocate_slow(block);
  }
} // namespace snmalloc_rs
