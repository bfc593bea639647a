// SPDX-License-Identifier: MIT
// Slab backend: upstream's, plus a per-thread cache of freed slabs. Large blocks bypass
// it unless mitigations are on (large.h).

#pragma once

#include "local_state.h"

namespace snmalloc_rs
{
  class Backend
  : public BackendAllocator<DefaultPal, Entry, Pagemap, Authmap, LocalState>
  {
    using Ranges =
      BackendAllocator<DefaultPal, Entry, Pagemap, Authmap, LocalState>;
    using Slab = CachedSlab<Metadata>;
    using Result = stl::Pair<capptr::Chunk<void>, Metadata*>;

  public:
    SNMALLOC_FAST_PATH_INLINE static Result alloc_chunk(
      LocalState& local, size_t size, uintptr_t owner, sizeclass_t sizeclass)
    {
      if constexpr (keeps)
      {
        Slab slab;
        if (SNMALLOC_LIKELY(local.slabs.take(size, slab)))
          return reuse(size, owner, slab);
      }
      return alloc_chunk_slow(local, size, owner, sizeclass);
    }

    SNMALLOC_FAST_PATH_INLINE static void dealloc_chunk(
      LocalState& local,
      Metadata& metadata,
      capptr::Alloc<void> base,
      size_t size,
      sizeclass_t sizeclass)
    {
      if constexpr (keeps)
      {
        auto& entry = Pagemap::get_metaentry_mut(address_cast(base));
        const uintptr_t owner = entry.get_remote_and_sizeclass();
        // Mark the chunk so that no lookup takes it for a live block.
        entry.claim_for_backend();
        // Pass the fields one by one: writing them to the stack and reading them back
        // in pairs costs more than the rest.
        void* const start = base.unsafe_ptr();
        if (SNMALLOC_LIKELY(
              local.slabs.put(size, {start, &metadata, owner}, THREAD_LIMIT)))
          return;
        local.passed(size);
        give_back(local, size, {start, &metadata, owner});
      }
      else
        Ranges::dealloc_chunk(local, metadata, base, size, sizeclass);
    }

    // Returns all slabs that the thread caches, and its free ranges.
    static void release(LocalState& local)
    {
      Slab slab;
      while (const size_t size = local.slabs.take_any(slab))
        give_back(local, size, slab);
      local.release_chunks();
      local.drain();
      local.traffic = 0;
    }

  private:
    SNMALLOC_FAST_PATH_INLINE static Result
    reuse(size_t size, uintptr_t owner, const Slab& slab)
    {
      Entry entry(slab.metadata, owner);
      // All entries but the first still hold the last owner and size class.
      const size_t stale = slab.owner == owner ? MIN_CHUNK_SIZE : size;
      Pagemap::set_metaentry(address_cast(slab.base), stale, entry);
      return {capptr::Chunk<void>::unsafe_from(slab.base), slab.metadata};
    }

    SNMALLOC_SLOW_PATH static Result alloc_chunk_slow(
      LocalState& local, size_t size, uintptr_t owner, sizeclass_t sizeclass)
    {
      local.passed(size);
      auto result = Ranges::alloc_chunk(local, size, owner, sizeclass);
      if constexpr (keeps)
      {
        if (SNMALLOC_UNLIKELY(result.first == nullptr))
        {
          // Retry after emptying the caches.
          GlobalCache::purge_all();
          release(local);
          result = Ranges::alloc_chunk(local, size, owner, sizeclass);
        }
        GlobalCache::purge_if_due();
      }
      return result;
    }

    static void give_back(LocalState& local, size_t size, const Slab& slab)
    {
      Entry entry(slab.metadata, slab.owner);
      Pagemap::set_metaentry(address_cast(slab.base), MIN_CHUNK_SIZE, entry);
      Ranges::dealloc_chunk(
        local,
        *slab.metadata,
        capptr::Alloc<void>::unsafe_from(slab.base),
        size,
        entry.get_sizeclass());
    }
  };
} // namespace snmalloc_rs
