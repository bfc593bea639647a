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
        if (SNMALLOC_LIKELY(
              local.with_caches([&]() SNMALLOC_FAST_PATH_LAMBDA {
                return local.slabs.take(size, slab);
              })))
          return reuse(size, owner, slab);
        return alloc_chunk_slow(local, size, owner, sizeclass);
      }
      else
        return Ranges::alloc_chunk(local, size, owner, sizeclass);
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
        internals::mark_as_free(entry);
        // Pass the fields one by one: writing them to the stack and reading them back
        // in pairs costs more than the rest.
        void* const start = base.unsafe_ptr();
        const Slab slab{start, &metadata, owner};
        if (SNMALLOC_LIKELY(
              local.with_caches([&]() SNMALLOC_FAST_PATH_LAMBDA {
                return local.slabs.put(size, slab, THREAD_LIMIT);
              })))
          return;
        local.passed(size);
        local.with_caches([&]() { give_back(local, size, slab); });
      }
      else
        Ranges::dealloc_chunk(local, metadata, base, size, sizeclass);
    }

    // Returns all slabs that the thread caches, and its free ranges, and moves its chunks
    // to the global cache.
    static void release(LocalState& local)
    {
      local.with_caches([&]() {
        empty(local, [&](const CachedChunk& chunk, size_t size) {
          if (!GlobalCache::put(&local, size, chunk))
            GlobalCache::give_back(chunk, size);
        });
      });
      local.traffic = 0;
    }

    // Returns all that the thread caches to the OS: memory is short.
    static void purge_own(LocalState& local)
    {
      local.with_caches([&]() { purge(local); });
    }

    // The same, for a purger with a claim.
    static void purge(LocalState& local)
    {
      empty(local, [](const CachedChunk& chunk, size_t size) {
        GlobalCache::give_back(chunk, size);
      });
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
      const auto from_ranges = [&]() {
        return local.with_caches([&]() {
          return Ranges::alloc_chunk(local, size, owner, sizeclass);
        });
      };
      auto result = from_ranges();
      if (SNMALLOC_UNLIKELY(result.first == nullptr))
      {
        // Retry after emptying the caches.
        GlobalCache::purge_all();
        purge_own(local);
        result = from_ranges();
      }
      local.new_slab = result.first.unsafe_ptr();
      GlobalCache::purge_if_due();
      return result;
    }

    template<typename PutChunk>
    static void empty(LocalState& local, PutChunk&& put_chunk)
    {
      Slab slab;
      while (const size_t size = local.slabs.take_any(slab))
        give_back(local, size, slab);
      CachedChunk chunk;
      while (const size_t size = local.chunks.take_any(chunk))
        put_chunk(chunk, size);
      local.drain();
      local.use.emptied();
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
