// SPDX-License-Identifier: MIT
// Memory that one thread has for itself, and the state of a large block, which no
// thread has.

#pragma once

#include "chunk_cache.h"
#include "global_cache.h"

namespace snmalloc_rs
{
  // A thread's own free chunks, by upstream's parts. It takes spans from what all
  // threads share and returns them whole; a gate between the two lets it be emptied.
  class DrainableLocalState
  {
    static constexpr size_t PAGE_BITS =
      bits::next_pow2_bits_const(DefaultPal::page_size);

    static constexpr size_t SPAN_BITS = RangeConstants::SPAN_BITS;
    static constexpr size_t SPAN = bits::one_at_bit(SPAN_BITS);

    struct SpanGate
    {
      template<typename Parent>
      class Type : public ContainsParent<Parent>
      {
        using ContainsParent<Parent>::parent;

      public:
        static constexpr bool Aligned = Parent::Aligned;
        static constexpr bool ConcurrencySafe = Parent::ConcurrencySafe;
        using ChunkBounds = typename Parent::ChunkBounds;

        bool closed{false};

        constexpr Type() = default;

        CapPtr<void, ChunkBounds> alloc_range(size_t size)
        {
          if (closed)
            return nullptr;
          if (size == SPAN)
            if (void* span = GlobalCache::take_span(this))
              return CapPtr<void, ChunkBounds>::unsafe_from(span);
          return parent.alloc_range(size);
        }

        void dealloc_range(CapPtr<void, ChunkBounds> base, size_t size)
        {
          if (
            closed || size != SPAN ||
            !GlobalCache::put_span(this, base.unsafe_ptr()))
            parent.dealloc_range(base, size);
        }
      };
    };

  public:
    using Stats = ChunkRange;

  private:
    using Gated = Pipe<ChunkRange, SpanGate>;
    using Chunks =
      Pipe<Gated, LargeBuddyRange<SPAN_BITS, SPAN_BITS, Pagemap, PAGE_BITS>>;
    using Everything = Pipe<Chunks, SmallBuddyRange>;

    Everything ranges{};

  public:
    using GlobalMetaRange = Pipe<Everything, GlobalRange>;

    Chunks* get_object_range()
    {
      return ranges.template ancestor<Chunks>();
    }

    Everything& get_meta_range()
    {
      return ranges;
    }

    // Gives all that is free back.
    void drain()
    {
      Gated& gate = *ranges.template ancestor<Gated>();
      gate.closed = true;
      // The largest first, so that none is cut.
      for (size_t size = SPAN / 2; size >= MIN_CHUNK_SIZE; size /= 2)
      {
        while (true)
        {
          auto chunk = get_object_range()->alloc_range(size);
          if (chunk == nullptr)
            break;
          gate.dealloc_range(chunk, size);
        }
      }
      gate.closed = false;
    }
  };

  // Under mitigations metadata lies apart, and is never given to objects.
  class ProtectedLocalState
  : public MetaProtectedRangeLocalState<DefaultPal, Pagemap, Source>
  {
  public:
    void drain() {}
  };

  class LocalState : public stl::conditional_t<
                       mitigations(metadata_protection),
                       ProtectedLocalState,
                       DrainableLocalState>
  {
    static constexpr size_t CHUNK_CACHE_BITS = MAX_SMALL_SIZECLASS_BITS + 4;
    static constexpr size_t CHUNK_CACHE_LIMIT = THREAD_LIMIT / 2;

    CacheBin<4> chunks[CHUNK_CACHE_BITS - MAX_SMALL_SIZECLASS_BITS]{};
    size_t chunk_bytes{0};

  public:
    ChunkCache<Metadata, MIN_CHUNK_BITS, SLAB_CACHE_BITS, 8> slabs{};

    // Bytes of slabs that passed between the thread and the ranges since all that was
    // free was given back.
    size_t traffic{0};

    // Bytes counted for this allocator while no thread uses it (thread_exit.h).
    size_t left{0};

    // Whether all that is free was given back since a thread used it last.
    bool emptied{false};

    // The last call of `release_unused` that came by.
    size_t release{0};

    // Whether a thread uses this allocator, which is not the one that threads share
    // before they get their own.
    bool in_use{false};

    // Chunks of large blocks that need no lock.
    bool take_chunk(size_t size, size_t wanted, CachedChunk& chunk)
    {
      if (size >= bits::one_at_bit(CHUNK_CACHE_BITS))
        return false;
      auto& bin = chunks[bits::next_pow2_bits(size) - MAX_SMALL_SIZECLASS_BITS];
      if (bin.count.load(stl::memory_order_relaxed) == 0)
        return false;
      chunk = bin.take(wanted);
      chunk_bytes -= chunk.used;
      return true;
    }

    // False if the chunk doesn't fit into the thread's cache.
    bool put_chunk(size_t size, const CachedChunk& chunk)
    {
      if (
        !in_use || size >= bits::one_at_bit(CHUNK_CACHE_BITS) ||
        chunk_bytes + chunk.used > CHUNK_CACHE_LIMIT)
        return false;
      auto& bin = chunks[bits::next_pow2_bits(size) - MAX_SMALL_SIZECLASS_BITS];
      if (bin.full())
        return false;
      bin.add(chunk);
      chunk_bytes += chunk.used;
      return true;
    }

    // Hands the thread's chunks to all threads.
    void release_chunks()
    {
      CachedChunk chunk;
      for (size_t size = bits::one_at_bit(MAX_SMALL_SIZECLASS_BITS);
           size < bits::one_at_bit(CHUNK_CACHE_BITS);
           size *= 2)
        while (take_chunk(size, size, chunk))
          if (!GlobalCache::put(this, size, chunk))
            GlobalCache::give_back(chunk, size);
    }

    void passed(size_t size)
    {
      if (traffic <= LEFT_LIMIT)
        traffic += size;
    }
  };

  // Owner of every large block: its chunk holds nothing else, so any thread may free
  // it. No thread has this queue, and nothing is ever sent to it.
  SNMALLOC_REQUIRE_CONSTINIT
  inline RemoteAllocator large_owner{};

  // The word of a large block's first pagemap entry that holds a slab's metadata for
  // others: bytes from the start that may be resident, how many of them are more than
  // was asked for (where words have the room), and a flag.
  class LargeState
  {
    static constexpr size_t STEP = 0x1000;
    static constexpr size_t EXCESS_SHIFT = bits::BITS == 64 ? 48 : 16;
    static constexpr size_t MOST_EXCESS =
      bits::BITS == 64 ? (STEP << 16) - STEP : 0;
    // The lowest bit is upstream's.
    static constexpr uintptr_t OWN_MAPPING = 2;
    // Blocks that hold more than suits them do so by at most this, together.
    static constexpr size_t LOOSE = bits::one_at_bit(22);

    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> loose{0};

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

    // Whether the chunk's pages were moved or advised, so that the kernel can't merge
    // their mapping with its neighbours.
    [[nodiscard]] bool own_mapping() const
    {
      return (word & OWN_MAPPING) != 0;
    }

    [[nodiscard]] Metadata* as_metadata() const
    {
      return reinterpret_cast<Metadata*>(word);
    }

    // Whether a block of `size` bytes may have all that is resident.
    bool may_be_loose(size_t size)
    {
      const size_t excess = bits::align_up(used() - size, STEP);
      if (excess > MOST_EXCESS)
        return false;
      if (loose.fetch_add(excess, stl::memory_order_relaxed) + excess > LOOSE)
      {
        loose.fetch_sub(excess, stl::memory_order_relaxed);
        return false;
      }
      word |= static_cast<uintptr_t>(excess / STEP) << EXCESS_SHIFT;
      return true;
    }

    // The block is freed, or asks for what it has.
    void no_longer_loose()
    {
      if constexpr (MOST_EXCESS != 0)
      {
        const size_t pages = word >> EXCESS_SHIFT;
        if (pages == 0)
          return;
        loose.fetch_sub(pages * STEP, stl::memory_order_relaxed);
        word = word << (bits::BITS - EXCESS_SHIFT) >> (bits::BITS - EXCESS_SHIFT);
      }
    }
  };
} // namespace snmalloc_rs
