// SPDX-License-Identifier: MIT
// Memory owned by one thread.

#pragma once

#include "cache_use.h"
#include "fresh_blocks.h"
#include "global_cache.h"
#include "thread_chunks.h"

namespace snmalloc_rs
{
  // A thread's free chunks, built from upstream's parts. It takes spans from the global
  // cache and returns them whole; a gate between the two allows it to be drained.
  class DrainableLocalState
  {
    static constexpr size_t SPAN_BITS = RangeConstants::SPAN_BITS;
    static constexpr size_t SPAN = bits::one_at_bit(SPAN_BITS);

    struct SpanGate
    {
      template<typename Parent>
      class Type : public internals::RangeOver<Parent>
      {
        using internals::RangeOver<Parent>::parent;

      public:
        using typename internals::RangeOver<Parent>::ChunkBounds;

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
    using Ranges = internals::ThreadRanges<ChunkRange, SpanGate, Pagemap>;
    using Gated = Ranges::Gated;
    using Chunks = Ranges::Chunks;
    using Everything = Ranges::Everything;

    Everything ranges{};

  public:
    using GlobalMetaRange = Ranges::GlobalMetaRange;

    Chunks* get_object_range()
    {
      return ranges.template ancestor<Chunks>();
    }

    Everything& get_meta_range()
    {
      return ranges;
    }

    // Returns all free memory.
    void drain()
    {
      Gated& gate = *ranges.template ancestor<Gated>();
      gate.closed = true;
      // Largest first, so that no chunk is split.
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

  // With mitigations on, metadata is separate and never reused for objects.
  class ProtectedLocalState
  : public internals::ProtectedRanges<Source, Pagemap>
  {
  public:
    void drain() {}
  };

  struct ListSlabs
  {
    address_t of[NUM_SMALL_SIZECLASSES];

    // A null list is in none of these slabs.
    constexpr ListSlabs() : of()
    {
      for (auto& slab : of)
        slab = ~address_t(0);
    }
  };

  // Ordering: plain fields, of the thread that uses the allocator or took it out of the
  // pool, whose lock hands them over. Threads without an allocator share one, which is
  // constant: only read it (`in_use` is false).
  class LocalState : public stl::conditional_t<
                       mitigations(metadata_protection),
                       ProtectedLocalState,
                       DrainableLocalState>
  {
  public:
    // The caches and the ranges are used within `with_caches` only.
    ChunkCache<Metadata, MIN_CHUNK_BITS, SLAB_CACHE_BITS, 8> slabs{};
    ThreadChunks chunks{};
    CacheUse use{};

    // Bytes of slabs that passed between the thread and the ranges since the last
    // drain.
    size_t traffic{0};

    // Bytes counted for this allocator while no thread uses it (thread_exit.h).
    size_t left{0};

    // True if all free memory was returned since a thread last used this allocator.
    bool emptied{false};

    // An address in the slab of each list of free blocks (free_list.h).
    ListSlabs list_slabs{};

    // The last slab that was not cached before; its pages may be untouched.
    void* new_slab{nullptr};

    // Blocks of each size that are in no list yet.
    FreshBlocks fresh[NUM_SMALL_SIZECLASSES]{};

    // See Looseness.
    size_t loose{0};

    // Number of the last call of `release_unused` that reached this allocator.
    size_t release{0};

    // True if a thread uses this allocator. False for the one that threads share before
    // they get their own.
    bool in_use{false};

    template<typename F>
    SNMALLOC_FAST_PATH_INLINE auto with_caches(F&& f)
    {
      return use.with(GlobalCache::last_purge(), f);
    }

    // Takes out a chunk that the thread caches, for a block of `wanted` bytes.
    SNMALLOC_FAST_PATH_INLINE bool take_chunk(size_t wanted, CachedChunk& chunk)
    {
      return in_use && with_caches([&]() SNMALLOC_FAST_PATH_LAMBDA {
        return chunks.take(wanted, chunk);
      });
    }

    SNMALLOC_FAST_PATH_INLINE bool
    put_chunk(size_t size, const CachedChunk& chunk)
    {
      return in_use && with_caches([&]() SNMALLOC_FAST_PATH_LAMBDA {
        return chunks.put(size, chunk);
      });
    }

    void passed(size_t size)
    {
      if (traffic <= LEFT_LIMIT)
        traffic += size;
    }
  };

  // Owner of every large block: its chunk holds nothing else, so any thread may free
  // it. No thread has this queue, and no message is ever sent to it.
  //
  // Ordering: only its address is used.
  SNMALLOC_REQUIRE_CONSTINIT
  inline RemoteAllocator large_owner{};
} // namespace snmalloc_rs
