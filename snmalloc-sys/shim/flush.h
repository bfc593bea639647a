// SPDX-License-Identifier: MIT
// What a thread that ends does with what it has.

#pragma once

namespace snmalloc
{
  // Of snmalloc's own configuration this gives back all that is free, block by
  // block, for the thread that gets the allocator next to build anew. Here a thread
  // that has little leaves it as it is, but for others' blocks.
  template<>
  inline bool Alloc::flush()
  {
    LocalState& local = backend_state;
    if (local.may_be_left())
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
      while (!list.empty())
      {
        auto block = list.take(freelist::Object::key_root, trusted).as_void();
        dealloc_local_object(
          block, Config::Backend::get_metaentry(address_cast(block)));
      }
    }
    const bool sent = post();
    constexpr bool validate = mitigations(freelist_teardown_validate);
    for (smallsizeclass_t size(0); size < NUM_SMALL_SIZECLASSES; size++)
      dealloc_local_slabs<validate>(size);
    // So that the next thread's first free of another's block initialises it.
    remote_dealloc_cache.capacity = 0;
    return sent;
  }

  // The allocator that was used last is most likely still in the caches.
  template<>
  inline void AllocPool<Config>::release(Alloc* allocator)
  {
    allocator->reset_in_use();
    restore_front(allocator, allocator);
  }
} // namespace snmalloc
