// SPDX-License-Identifier: MIT
// Hands allocators of exiting threads to new threads.

#pragma once

#include "free_list.h"
#include "large_state.h"

namespace snmalloc_rs
{
  // Limits the bytes in idle allocators that were left as they are.
  //
  // Ordering: a relaxed counter, as in OwnMappings. `left` belongs to the thread that
  // has the allocator.
  class IdleBudget
  {
    static constexpr size_t MOST = bits::one_at_bit(23);

    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> taken{0};

  public:
    static bool take(LocalState& local)
    {
      if (!keeps || local.traffic > LEFT_LIMIT)
        return false;
      const size_t chunks =
        local.with_caches([&]() { return local.chunks.resident(); });
      // An allocator without traffic still has its first slabs.
      const size_t bytes = bits::max(local.traffic, MIN_CHUNK_SIZE) + chunks;
      leave(local);
      if (taken.fetch_add(bytes, stl::memory_order_relaxed) + bytes > MOST)
      {
        taken.fetch_sub(bytes, stl::memory_order_relaxed);
        return false;
      }
      local.left = bytes;
      return true;
    }

    static void leave(LocalState& local)
    {
      taken.fetch_sub(local.left, stl::memory_order_relaxed);
      local.left = 0;
    }
  };

  // Called when a thread exits. Leaves the allocator as it is to the next thread, or
  // returns all memory that it doesn't use. Returns whether it sent messages to others.
  inline bool leave_or_empty(Alloc& own)
  {
    InAllocator in_allocator;
    LocalState& local = own.get_backend_local_state();
    Looseness::give_all(local);
    if (local.emptied && !internals::has_messages(own))
    {
      local.traffic = 0;
      return false;
    }
    if (IdleBudget::take(local))
      return internals::send_messages(own);

    internals::drain_messages(own);
    for (auto& list : internals::free_lists(own))
    {
      if (list.empty())
        continue;
      // All blocks of a list belong to one slab.
      const auto first = address_cast(list.peek());
      const auto& entry = Backend::get_metaentry(first);
      while (!list.empty())
      {
        if (keeps && !FreeList::in_one_slab(address_cast(list.peek()), first))
          FreedPointer::stop_overwritten();
        internals::free_own(
          own, internals::take_first(own, list).unsafe_ptr(), entry);
      }
    }
    for (smallsizeclass_t size(0); size < NUM_SMALL_SIZECLASSES; size++)
      while (char* block = local.fresh[size].take(sizeclass_to_size(size)))
        internals::free_own(
          own, block, Backend::get_metaentry(address_cast(block)));
    const bool sent = internals::send_messages(own);
    internals::free_empty_slabs(own);
    Backend::release(local);
    local.emptied = true;
    return sent;
  }

  // Called when a thread gets a new allocator.
  SNMALLOC_FAST_PATH_INLINE void begin_use(Alloc& own)
  {
    own.get_backend_local_state().in_use = true;
  }

  // Called when a thread gets an idle allocator.
  SNMALLOC_FAST_PATH_INLINE void begin_reuse(Alloc& own)
  {
    auto& local = own.get_backend_local_state();
    IdleBudget::leave(local);
    local.emptied = false;
    begin_use(own);
  }

  // Called when an allocator is idle again. A pool of threads that ends may be the last
  // event of an idle process.
  SNMALLOC_FAST_PATH_INLINE void use_ended()
  {
    GlobalCache::purge_if_due();
  }
} // namespace snmalloc_rs
