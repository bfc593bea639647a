// SPDX-License-Identifier: MIT
// Fast paths of allocation and deallocation. Everything else is out of line, so that
// they need no stack frame and can be inlined into Rust.

#pragma once

#include "free_list.h"
#include "large.h"

namespace snmalloc_rs
{
  SNMALLOC_FAST_PATH_INLINE smallsizeclass_t small_sizeclass_of(size_t last)
  {
    return smallsizeclass_t(
      sizeclass_lookup.table[last >> MIN_ALLOC_STEP_BITS]);
  }

  // Accesses the one private member of Alloc that the fast path needs: the queue that
  // the pagemap records as a block's owner. Explicit instantiations may name private
  // members.
  RemoteAllocator& queue_of(Alloc& allocator);

  template<RemoteAllocator Alloc::*queue>
  struct QueueOf
  {
    friend SNMALLOC_FAST_PATH_INLINE RemoteAllocator& queue_of(Alloc& allocator)
    {
      return allocator.*queue;
    }
  };

  template struct QueueOf<&Alloc::remote_alloc>;

  // Decides about a list that isn't empty, and whose first block isn't in the slab that was
  // recorded. An exiting thread leaves its allocator with lists that it filled in its last
  // call, which are not recorded: the pagemap has the answer for them.
  SNMALLOC_SLOW_PATH inline void
  check_unrecorded(Alloc& own, smallsizeclass_t sizeclass) noexcept
  {
    const auto first = own.small_fast_free_lists[sizeclass].peek();
    const address_t address = address_cast(first);
    const Entry& entry = Backend::get_metaentry(address);
    const auto expected = sizeclass_t::from_small_class(sizeclass);
    if (
      entry.get_remote() != &queue_of(own) ||
      !(entry.get_sizeclass() == expected) ||
      !is_start_of_object(expected, address))
      FreedPointer::stop_overwritten();
    FreeList::record(own, sizeclass, address);
  }

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
          check_unrecorded(own, sizeclass);
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
