// SPDX-License-Identifier: MIT
// Chunks of 1 to 8 MiB that a thread has freed, one of each size, cached for its next
// blocks without a lock. They count as chunks of the process: the global cache
// grants the thread a part of its limit.

#pragma once

#include "chunk_cache.h"
#include "sharded_cache.h"

namespace snmalloc_rs
{
  class GrantedChunks
  {
    static constexpr size_t FROM = SLAB_CACHE_BITS;
    static constexpr size_t TO = OVERSIZE_BITS;
    static constexpr size_t CLASSES = TO - FROM + 1;

    // `expires` is the time of the last purge before the chunk was cached.
    CachedChunk chunks[CLASSES]{};
    // Resident bytes of all chunks.
    size_t bytes{0};
    // Maximum of `bytes`.
    size_t granted{0};
    // Version of the settings by which it was granted.
    size_t settings{0};
    // Bits of the sizes that the thread allocates: one that only frees caches nothing.
    size_t allocates{0};

    // Index of the chunk for blocks of this size.
    static size_t index_of(size_t size)
    {
      return bits::next_pow2_bits(size) - FROM;
    }

    static size_t bit_of(size_t index)
    {
      return size_t(1) << index;
    }

    size_t remove(size_t index, CachedChunk& chunk)
    {
      chunk = chunks[index];
      chunks[index].base = nullptr;
      bytes -= chunk.used;
      return bits::one_at_bit(index + FROM);
    }

  public:
    constexpr GrantedChunks() = default;

    // True if there may be a chunk for blocks of this size.
    static bool covers(size_t size)
    {
      return index_of(size) < CLASSES;
    }

    // Takes out a chunk for a block of `wanted` bytes.
    bool take(size_t wanted, CachedChunk& chunk)
    {
      const size_t index = index_of(wanted);
      allocates |= bit_of(index);
      if (chunks[index].base == nullptr)
        return false;
      remove(index, chunk);
      return true;
    }

    // Returns false if there is no room, or nothing was granted by these settings.
    bool
    put(size_t size, const CachedChunk& chunk, size_t last_purge, size_t version)
    {
      const size_t index = index_of(size);
      if (
        chunks[index].base != nullptr || settings != version ||
        chunk.used > granted - bytes)
        return false;
      // One by one: a copy would read the fields in pairs, which were just written.
      CachedChunk& to = chunks[index];
      to.base = chunk.base;
      to.used = chunk.used;
      to.expires = last_purge;
      to.own_mapping = chunk.own_mapping;
      bytes += chunk.used;
      return true;
    }

    // Bytes to be granted before a chunk with `used` resident bytes may be put; 0 if it
    // may not, however many are.
    [[nodiscard]] size_t lacks(size_t size, size_t used) const
    {
      const size_t index = index_of(size);
      if (chunks[index].base != nullptr || (allocates & bit_of(index)) == 0)
        return 0;
      return bytes + used - granted;
    }

    void grant(size_t more)
    {
      granted += more;
    }

    // Gives up the part of the grant that no chunk uses; returns its bytes.
    size_t give_up()
    {
      const size_t unused = granted - bytes;
      granted = bytes;
      return unused;
    }

    // As above, when a thread ends or waits.
    size_t end()
    {
      allocates = 0;
      return give_up();
    }

    // As above, if another version of the settings granted it.
    size_t renew(size_t version)
    {
      if (settings == version)
        return 0;
      settings = version;
      return give_up();
    }

    // Takes out a chunk that was cached `idle` ms before `last_purge`, and returns its
    // size; 0 if there is none.
    size_t take_unused(size_t last_purge, size_t idle, CachedChunk& chunk)
    {
      for (size_t index = 0; index < CLASSES; index++)
      {
        const size_t age =
          last_purge - static_cast<size_t>(chunks[index].expires);
        // A larger age is that of a chunk cached after a later purge.
        if (chunks[index].base != nullptr && age >= idle && age <= ~size_t(0) / 2)
        {
          allocates &= ~bit_of(index);
          return remove(index, chunk);
        }
      }
      return 0;
    }

    // Takes out any chunk and returns its size; 0 if there is none.
    size_t take_any(CachedChunk& chunk)
    {
      for (size_t index = 0; index < CLASSES; index++)
        if (chunks[index].base != nullptr)
          return remove(index, chunk);
      return 0;
    }
  };
} // namespace snmalloc_rs
