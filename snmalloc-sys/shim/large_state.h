// SPDX-License-Identifier: MIT
// State of large blocks, which no thread owns.

#pragma once

#include "local_state.h"

namespace snmalloc_rs
{
  // Bounds the excess resident bytes of all blocks together. A thread reserves its part
  // in advance: atomic operations would wait for the program's last writes to its
  // blocks.
  //
  // Ordering: `taken` is a relaxed counter, which publishes no memory. Bytes are added
  // before they are used and subtracted after, so no grant exceeds the bound; a thread
  // that finds it exceeded subtracts again. The thread's own part is in its allocator's
  // state.
  class Looseness
  {
    // Bytes that may be taken whatever the size of the process, plus this part (1/PART)
    // of the bytes that it holds.
    static constexpr size_t LEAST = bits::one_at_bit(22);
    static constexpr size_t PART = 16;
    // A thread reserves at most this many bytes in advance, half of them at a time.
    static constexpr size_t ADVANCE = bits::one_at_bit(19);

    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> taken{0};

    static bool take_from_all(size_t bytes)
    {
      ChunkRange range;
      const size_t most = LEAST + range.get_current_usage() / PART;
      if (taken.fetch_add(bytes, stl::memory_order_relaxed) + bytes <= most)
        return true;
      taken.fetch_sub(bytes, stl::memory_order_relaxed);
      return false;
    }

    // Threads without an allocator share one, whose state is read-only.
    static SNMALLOC_SLOW_PATH bool take_slow(LocalState& local, size_t bytes)
    {
      if (local.in_use && take_from_all(bytes + ADVANCE / 2))
      {
        local.loose += ADVANCE / 2;
        return true;
      }
      return take_from_all(bytes);
    }

    static SNMALLOC_SLOW_PATH void give_slow(LocalState& local, size_t bytes)
    {
      if (local.in_use)
      {
        bytes += local.loose - ADVANCE / 2;
        local.loose = ADVANCE / 2;
      }
      taken.fetch_sub(bytes, stl::memory_order_relaxed);
    }

  public:
    static SNMALLOC_FAST_PATH_INLINE bool take(LocalState& local, size_t bytes)
    {
      if (SNMALLOC_LIKELY(local.in_use && local.loose >= bytes))
      {
        local.loose -= bytes;
        return true;
      }
      return bytes == 0 || take_slow(local, bytes);
    }

    static SNMALLOC_FAST_PATH_INLINE void give(LocalState& local, size_t bytes)
    {
      if (SNMALLOC_LIKELY(local.in_use && local.loose + bytes <= ADVANCE))
        local.loose += bytes;
      else if (bytes != 0)
        give_slow(local, bytes);
    }

    // Called when a thread exits.
    static void give_all(LocalState& local)
    {
      taken.fetch_sub(local.loose, stl::memory_order_relaxed);
      local.loose = 0;
    }
  };

  // The word of a large block's first pagemap entry, where slabs have their metadata:
  // the bytes from the start that may be resident, the part of them in excess of the
  // requested size (if words are wide enough), and a flag.
  class LargeState
  {
    static constexpr size_t STEP = 0x1000;
    static constexpr size_t EXCESS_SHIFT = bits::BITS == 64 ? 48 : 16;
    static constexpr size_t MOST_EXCESS =
      bits::BITS == 64 ? (STEP << 16) - STEP : 0;
    // Upstream uses the lowest bit.
    static constexpr uintptr_t OWN_MAPPING = 2;

    uintptr_t word;

    explicit LargeState(uintptr_t word) : word(word) {}

  public:
    LargeState(size_t used, bool own_mapping)
    : word(bits::align_up(used, STEP) | (own_mapping ? OWN_MAPPING : 0))
    {}

    static LargeState of(const Entry& entry)
    {
      return LargeState(
        reinterpret_cast<uintptr_t>(entry.get_slab_metadata()) & ~uintptr_t(1));
    }

    [[nodiscard]] size_t used() const
    {
      return word & ~(STEP - 1) & ~(MOST_EXCESS / STEP << EXCESS_SHIFT);
    }

    // Returns true if the chunk's pages were moved or advised, so that the kernel can't
    // merge their mapping with its neighbours.
    [[nodiscard]] bool own_mapping() const
    {
      return (word & OWN_MAPPING) != 0;
    }

    [[nodiscard]] Metadata* as_metadata() const
    {
      return reinterpret_cast<Metadata*>(word);
    }

    // Returns whether a block of `size` bytes may keep all its resident bytes.
    SNMALLOC_FAST_PATH_INLINE bool may_be_loose(LocalState& local, size_t size)
    {
      // Without a branch, since it couldn't be predicted.
      const size_t excess =
        bits::align_up(used() - size, STEP) & (size_t(suits(used(), size)) - 1);
      if (SNMALLOC_UNLIKELY(
            excess > MOST_EXCESS || !Looseness::take(local, excess)))
        return false;
      if constexpr (MOST_EXCESS != 0)
        word |= static_cast<uintptr_t>(excess / STEP) << EXCESS_SHIFT;
      return true;
    }

    // Drops the excess: the block was freed or resized.
    SNMALLOC_FAST_PATH_INLINE void no_longer_loose(LocalState& local)
    {
      if constexpr (MOST_EXCESS != 0)
      {
        Looseness::give(local, (word >> EXCESS_SHIFT) * STEP);
        word = word << (bits::BITS - EXCESS_SHIFT) >> (bits::BITS - EXCESS_SHIFT);
      }
    }
  };
} // namespace snmalloc_rs
