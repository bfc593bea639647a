// SPDX-License-Identifier: MIT
// Chunks of large blocks that a thread has freed, cached for its next large blocks
// without a lock. Bounded per thread.

#pragma once

#include "chunk_cache.h"
#include "sharded_cache.h"

namespace snmalloc_rs
{
  class ThreadChunks
  {
    static constexpr size_t FROM = SMALL_BITS + 1;
    // Chunks of this size and more are never cached.
    static constexpr size_t TO = SLAB_CACHE_BITS;
    static constexpr size_t SLOTS = 8;
    // Maximum bytes that a thread caches in chunks.
    static constexpr size_t LIMIT = 3 * bits::one_at_bit(19);
    static constexpr size_t STEP = 0x1000;
    // Bits of a slot's word that are not the chunk's address but its state: the pages from
    // the start that may be resident, times two, plus one for a mapping of its own.
    static constexpr uintptr_t STATE = 0xffff;
    // The word of an empty slot: a state that suits no block.
    static constexpr uintptr_t EMPTY = STATE;

    static_assert(bits::one_at_bit(FROM) > STATE);
    static_assert((bits::one_at_bit(TO) / STEP) * 2 < EMPTY);

    struct Bin
    {
      uintptr_t slots[SLOTS]{};
      size_t count{0};

      constexpr Bin()
      {
        for (auto& slot : slots)
          slot = EMPTY;
      }
    };

    static constexpr size_t BINS = TO - FROM;

    Bin bins[BINS]{};
    size_t bytes{0};

    // BINS or more if no bin has chunks for blocks of this size.
    static size_t index_of(size_t size)
    {
      return bits::next_pow2_bits(size) - FROM;
    }

  public:
    constexpr ThreadChunks() = default;

    // Takes out a chunk for a block of `wanted` bytes.
    SNMALLOC_FAST_PATH_INLINE bool take(size_t wanted, CachedChunk& chunk)
    {
      const size_t index = index_of(wanted);
      if (index >= BINS)
        return false;
      Bin& bin = bins[index];
      if (bin.count == 0)
        return false;
      const size_t last = bin.count - 1;
      // The last chunk whose resident part suits the block, else the last of all.
      // Compare all slots: the end of a search can't be predicted.
      const size_t most = most_resident(wanted) / STEP * 2 + 1;
      size_t best = last;
      for (size_t at = 0; at < SLOTS; at++)
        best = (bin.slots[at] & STATE) <= most ? at : best;
      const uintptr_t slot = bin.slots[best];
      chunk.base = reinterpret_cast<void*>(slot & ~STATE);
      chunk.used = (slot & STATE) / 2 * STEP;
      chunk.own_mapping = slot % 2 != 0;
      bin.slots[best] = bin.slots[last];
      bin.slots[last] = EMPTY;
      bin.count = last;
      bytes -= chunk.used;
      return true;
    }

    // Returns false if the chunk doesn't fit into the cache.
    SNMALLOC_FAST_PATH_INLINE bool put(size_t size, const CachedChunk& chunk)
    {
      const size_t index = index_of(size);
      if (index >= BINS || bytes + chunk.used > LIMIT)
        return false;
      Bin& bin = bins[index];
      if (bin.count == SLOTS)
        return false;
      bin.slots[bin.count] = address_cast(chunk.base) | (chunk.used / STEP * 2) |
        (chunk.own_mapping ? 1 : 0);
      bin.count++;
      bytes += chunk.used;
      return true;
    }

    // Resident bytes of all chunks.
    [[nodiscard]] size_t resident() const
    {
      return bytes;
    }

    // Takes out any chunk and returns its size; 0 if the cache is empty.
    size_t take_any(CachedChunk& chunk)
    {
      for (size_t index = 0; index < BINS; index++)
        if (take(bits::one_at_bit(index + FROM), chunk))
          return bits::one_at_bit(index + FROM);
      return 0;
    }
  };
} // namespace snmalloc_rs
