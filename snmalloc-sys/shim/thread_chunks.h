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
    static constexpr size_t FROM = MAX_SMALL_SIZECLASS_BITS;
    // Chunks of this size and more are never cached.
    static constexpr size_t TO = FROM + 4;
    static constexpr size_t SLOTS = 4;
    static constexpr size_t STEP = 0x1000;
    // Suits no block.
    static constexpr uint16_t EMPTY = 0xffff;

    static_assert((bits::one_at_bit(TO) / STEP) * 2 < EMPTY);

    struct Bin
    {
      void* bases[SLOTS]{};
      // Pages from the start that may be resident, times two, plus one for a mapping
      // of its own.
      uint16_t states[SLOTS]{};
      size_t count{0};

      constexpr Bin()
      {
        for (auto& state : states)
          state = EMPTY;
      }
    };

    Bin bins[TO - FROM]{};
    // Resident bytes of all chunks.
    size_t bytes{0};

    static bool covers(size_t size)
    {
      return size >= bits::one_at_bit(FROM) && size < bits::one_at_bit(TO);
    }

  public:
    constexpr ThreadChunks() = default;

    // Takes out a chunk of `size` bytes, of which `wanted` are needed.
    SNMALLOC_FAST_PATH_INLINE bool
    take(size_t size, size_t wanted, CachedChunk& chunk)
    {
      if (!covers(size))
        return false;
      Bin& bin = bins[bits::next_pow2_bits(size) - FROM];
      if (bin.count == 0)
        return false;
      const size_t last = bin.count - 1;
      // The last chunk whose resident part suits the block, else the last of all.
      // Compare all slots: the end of a search can't be predicted.
      const size_t most = most_resident(wanted) / STEP * 2 + 1;
      size_t best = last;
      for (size_t at = 0; at < SLOTS; at++)
        best = bin.states[at] <= most ? at : best;
      const uint16_t state = bin.states[best];
      chunk = {bin.bases[best], state / 2 * STEP, 0, state % 2 != 0};
      bin.bases[best] = bin.bases[last];
      bin.states[best] = bin.states[last];
      bin.states[last] = EMPTY;
      bin.count = last;
      bytes -= chunk.used;
      return true;
    }

    // Returns false if the chunk doesn't fit into the cache.
    SNMALLOC_FAST_PATH_INLINE bool put(size_t size, const CachedChunk& chunk)
    {
      if (!covers(size) || bytes + chunk.used > THREAD_LIMIT)
        return false;
      Bin& bin = bins[bits::next_pow2_bits(size) - FROM];
      if (bin.count == SLOTS)
        return false;
      bin.bases[bin.count] = chunk.base;
      bin.states[bin.count] =
        static_cast<uint16_t>(chunk.used / STEP * 2 + (chunk.own_mapping ? 1 : 0));
      bin.count++;
      bytes += chunk.used;
      return true;
    }

    // Takes out any chunk and returns its size; 0 if the cache is empty.
    size_t take_any(CachedChunk& chunk)
    {
      for (size_t size = bits::one_at_bit(FROM); covers(size); size *= 2)
        if (take(size, size, chunk))
          return size;
      return 0;
    }
  };
} // namespace snmalloc_rs
