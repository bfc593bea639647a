// SPDX-License-Identifier: MIT
// What a thread that ends does with what it has.

#pragma once

namespace snmalloc
{
  // Of snmalloc's own configuration this gives back all that is free, block by
  // block, for the thread that gets the allocator next to build anew. Here a thread
  // that needed little leaves it as it is, but for others' blocks.
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
      if (list.empty())
        continue;
      // All blocks of a list are of one slab.
      const auto& entry =
        Config::Backend::get_metaentry(address_cast(list.peek()));
      while (!list.empty())
        dealloc_local_object(
          list.take(freelist::Object::key_root, trusted).as_void(), entry);
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
