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
      // An allocator without traffic still has its first slabs.
      const size_t bytes = bits::max(local.traffic, MIN_CHUNK_SIZE);
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
} // namespace snmalloc_rs

// Ordering: the pool's lock (upstream's, acquire and release) protects the list of idle
// allocators. A thread writes to an allocator before it puts it into the list, or after
// it took it out, so the lock also hands over its plain state. Other threads send
// messages to its queue meanwhile, which is upstream's and needs one consumer: the
// thread that has it.
namespace snmalloc
{
  template<>
  inline bool Alloc::flush()
  {
    LocalState& local = backend_state;
    snmalloc_rs::Looseness::give_all(local);
    if (local.emptied && !has_messages())
      return false;
    if (snmalloc_rs::IdleBudget::take(local))
      return post();

    const auto trusted = [&local](freelist::QueuePtr block) {
      return capptr_domesticate<Config>(&local, block);
    };
    message_queue().drain_and_reset(
      trusted, trusted, [&](capptr::Alloc<RemoteMessage> blocks) {
        bool posts_later = true;
        size_t bytes = 0;
        handle_dealloc_remote(
          Config::Backend::get_metaentry(address_cast(blocks)),
          blocks,
          posts_later,
          trusted,
          bytes);
      });
    for (auto& list : small_fast_free_lists)
    {
      if (list.empty())
        continue;
      // All blocks of a list belong to one slab.
      const auto first = address_cast(list.peek());
      const auto& entry = Config::Backend::get_metaentry(first);
      while (!list.empty())
      {
        if (
          snmalloc_rs::keeps &&
          !snmalloc_rs::FreeList::in_one_slab(address_cast(list.peek()), first))
          snmalloc_rs::FreedPointer::stop_overwritten();
        dealloc_local_object(
          list.take(freelist::Object::key_root, trusted).as_void(), entry);
      }
    }
    const bool sent = post();
    constexpr bool validate = mitigations(freelist_teardown_validate);
    for (smallsizeclass_t size(0); size < NUM_SMALL_SIZECLASSES; size++)
      dealloc_local_slabs<validate>(size);
    if constexpr (validate)
    {
      laden.iterate([&](BackendSlabMetadata* slab) {
        if (!slab->is_large())
          slab->free_queue.validate(
            freelist::Object::key_root, slab->as_key_tweak(), trusted);
      });
    }
    snmalloc_rs::Backend::release(local);
    local.emptied = true;
    return sent;
  }

  template<>
  inline Alloc* AllocPool<Config>::extract(Alloc*)
  {
    auto& pool = Config::pool();
    Alloc* taken = nullptr;
    with(pool.lock, [&]() {
      taken = pool.front.unsafe_ptr();
      if (taken == nullptr)
        return;
      pool.front = taken->next;
      if (pool.front == nullptr)
        pool.back = nullptr;
    });
    return taken;
  }

  template<>
  inline Alloc* AllocPool<Config>::acquire()
  {
    Alloc* taken = extract(nullptr);
    if (taken != nullptr)
    {
      taken->set_in_use();
      auto& local = taken->get_backend_local_state();
      snmalloc_rs::IdleBudget::leave(local);
      local.emptied = false;
      local.in_use = true;
      return taken;
    }
    taken = ConstructAllocator<Config>::make().unsafe_ptr();
    taken->get_backend_local_state().in_use = true;
    auto& pool = Config::pool();
    with(pool.lock, [&]() {
      taken->list_next = pool.list;
      pool.list = capptr::Alloc<Alloc>::unsafe_from(taken);
      taken->set_in_use();
    });
    return taken;
  }

  // Put the allocator first: the last one used is most likely still in the CPU's
  // caches.
  template<>
  inline void AllocPool<Config>::release(Alloc* allocator)
  {
    allocator->reset_in_use();
    restore_front(allocator, allocator);
  }
} // namespace snmalloc
