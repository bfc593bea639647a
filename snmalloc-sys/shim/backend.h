// SPDX-License-Identifier: MIT
// Chunks for snmalloc: upstream's, with freed ones kept, large ones cut in two, and
// all of them given back on request.

#pragma once

#include "common.h"
#include "hugepages.h"
#include "ranges.h"

namespace snmalloc_rs
{
  class Backend
  : public BackendAllocator<DefaultPal, Entry, Pagemap, Authmap, LocalState>
  {
    using Ranges =
      BackendAllocator<DefaultPal, Entry, Pagemap, Authmap, LocalState>;
    using Chunk = KeptChunk<Metadata>;
    using Result = stl::Pair<capptr::Chunk<void>, Metadata*>;

  public:
    SNMALLOC_REQUIRE_CONSTINIT
    static inline Common<Metadata> common{};

    SNMALLOC_FAST_PATH_INLINE static Result alloc_chunk(
      LocalState& local, size_t size, uintptr_t owner, sizeclass_t sizeclass)
    {
      if constexpr (keeps)
      {
        Chunk chunk;
        if (SNMALLOC_LIKELY(local.kept.take(size, chunk)))
          return reuse(local, size, owner, chunk);
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
        // So that nobody takes it for a live block. Once it is kept, another thread
        // may have it.
        entry.claim_for_backend();
        // Its parts are passed on one by one: to write them to the stack and read
        // them back by two costs more than all the rest.
        void* const start = base.unsafe_ptr();
        if (SNMALLOC_LIKELY(
              local.kept.keep(size, {start, &metadata, owner, 0}, THREAD_LIMIT)))
          return;
        dealloc_chunk_slow(local, size, start, &metadata, owner);
      }
      else
        Ranges::dealloc_chunk(local, metadata, base, size, sizeclass);
    }

    // Gives back what this thread keeps.
    static void release_own(LocalState& local)
    {
      Chunk chunk;
      while (const size_t size = local.kept.take_older(~uint64_t(0), chunk))
        give_back(local, size, chunk);
      local.traffic = 0;
    }

    // Gives back all that this thread and all threads together keep.
    static void release(LocalState& local)
    {
      release_own(local);
      Chunk chunk;
      while (const size_t size = common.take_any(chunk))
        give_back(local, size, chunk);
      local.drain();
    }

    // How large a chunk to take for a block that has grown to `size`, and may grow
    // on: a larger one that is kept, rather than one that has to be moved from again.
    // Where one is kept that the block is still too small for by half, it isn't asked
    // for: when the block moves on to that one, a half of its pages are lost.
    static size_t room_to_grow(size_t size)
    {
      const size_t room = large_size_to_chunk_size(size);
      const size_t found = common.largest(room, 16 * room);
      return found <= 8 * room ? bits::max(found, size) : size;
    }

    // Cuts a large block in two: frees the part from `to` bytes on.
    static void
    shrink_chunk(LocalState& local, void* base, size_t from, size_t to)
    {
      HugePages::no_more(base, from);
      const auto& old = Pagemap::get_metaentry(address_cast(base));
      Entry entry(
        old.get_slab_metadata(), with_size(old.get_remote_and_sizeclass(), to));
      Pagemap::set_metaentry(address_cast(base), to, entry);
      for (size_t size = to; size < from; size *= 2)
      {
        void* part = pointer_offset(base, size);
        Entry freed(nullptr, 0);
        freed.claim_for_backend();
        Pagemap::set_metaentry(address_cast(part), size, freed);
        local.get_object_range()->dealloc_range(
          capptr::Arena<void>::unsafe_from(part), size);
      }
    }

  private:
    // A large block may have a chunk that is so many times as large at most: it most
    // likely has its pages, and fresh ones cost more than all the rest. But one of a
    // thread's blocks at a time, as it has too many of them.
    static constexpr size_t LOOSE = 4;

    static bool is_loose(const LocalState& local)
    {
      return local.loose != nullptr &&
        Pagemap::get_metaentry(address_cast(local.loose))
          .get_remote_and_sizeclass() == local.loose_owner;
    }

    // What an entry says of owner and size class, with another size.
    static uintptr_t with_size(uintptr_t owner, size_t size)
    {
      Entry entry(nullptr, owner);
      return Entry::encode(entry.get_remote(), size_to_sizeclass_full(size));
    }

    SNMALLOC_FAST_PATH_INLINE static Result
    reuse(LocalState& local, size_t size, uintptr_t owner, const Chunk& chunk)
    {
      local.fresh = false;
      Entry entry(chunk.metadata, owner);
      // All but the first still say what they said.
      const size_t stale = chunk.owner == owner ? MIN_CHUNK_SIZE : size;
      Pagemap::set_metaentry(address_cast(chunk.base), stale, entry);
      return {capptr::Chunk<void>::unsafe_from(chunk.base), chunk.metadata};
    }

    SNMALLOC_SLOW_PATH static Result alloc_chunk_slow(
      LocalState& local, size_t size, uintptr_t owner, sizeclass_t sizeclass)
    {
      local.passed(size);
      if constexpr (keeps)
      {
        Chunk chunk;
        const size_t most =
          sizeclass.is_small() || is_loose(local) ? size : LOOSE * size;
        const size_t found = common.take(size, most, chunk);
        if (found > size)
        {
          owner = with_size(owner, found);
          local.loose = chunk.base;
          local.loose_owner = owner;
        }
        if (found != 0)
          return reuse(local, found, owner, chunk);
      }
      auto result = Ranges::alloc_chunk(local, size, owner, sizeclass);
      if constexpr (keeps)
      {
        if (SNMALLOC_UNLIKELY(result.first == nullptr))
        {
          // What is kept may be just what is missing.
          release(local);
          result = Ranges::alloc_chunk(local, size, owner, sizeclass);
        }
        local.fresh = size >= LocalState::SHARED_SIZE && fresh_is_zero();
      }
      return result;
    }

    SNMALLOC_SLOW_PATH static void dealloc_chunk_slow(
      LocalState& local,
      size_t size,
      void* start,
      Metadata* metadata,
      uintptr_t owner)
    {
      local.passed(size);
      HugePages::no_more(start, size);
      Chunk old;
      size_t old_size = 0;
      if (!common.keep(size, {start, metadata, owner, 0}, old, old_size))
        give_back(local, size, {start, metadata, owner, 0});
      if (old_size != 0)
        give_back(local, old_size, old);
    }

    static void give_back(LocalState& local, size_t size, const Chunk& chunk)
    {
      Entry entry(chunk.metadata, chunk.owner);
      Pagemap::set_metaentry(address_cast(chunk.base), MIN_CHUNK_SIZE, entry);
      Ranges::dealloc_chunk(
        local,
        *chunk.metadata,
        capptr::Alloc<void>::unsafe_from(chunk.base),
        size,
        entry.get_sizeclass());
    }
  };
} // namespace snmalloc_rs
