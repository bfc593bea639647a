// SPDX-License-Identifier: MIT
// Freed memory that all threads share: chunks of large blocks, and spans, which threads
// cut into slabs. It is bounded, and returned to the OS if it is not reused for a
// while.

#pragma once

#include "mremap.h"
#include "ranges.h"
#include "sharded_cache.h"

namespace snmalloc_rs
{
  // In other_threads.h.
  void purge_other_threads(uint64_t now, uint64_t decay, size_t most);
  void purge_all_threads(uint64_t now);

  // Ordering: chunks and spans have locks, and the other variables publish no memory,
  // so they are relaxed. The compare-and-exchange of `purged` lets one thread purge per
  // step. `bonus`, `bonus_since` and `refused` are estimates, which may lose updates;
  // `limit` and `decay` are settings. A check of a limit and the put after it are not
  // atomic: each thread may exceed the limit by one chunk.
  class GlobalCache
  {
    static constexpr size_t SPAN_BITS = RangeConstants::SPAN_BITS;
    // The smallest chunk of a large block.
    static constexpr size_t LEAST_BITS = SMALL_BITS + 1;
    // Larger chunks are never cached.
    static constexpr size_t MOST_BITS = bits::BITS == 64 ? 30 : 26;
    // Larger chunks are cached only if a limit was set.
    static constexpr size_t OVERSIZE = bits::one_at_bit(bits::BITS == 64 ? 23 : 21);
    // Default limits: bytes in chunks and in spans, whatever the size of the process,
    // plus this part (1/PART) of the bytes that it holds.
    static constexpr size_t CHUNKS = OVERSIZE / 4;
    static constexpr size_t SPANS = 2 * OVERSIZE;
    static constexpr size_t PART = 4;
    // A process that has never held more than SMALL_PROCESS bytes may cache more chunks:
    // there was no time to prove them useful, and there can't be many.
    static constexpr size_t SMALL_PROCESS = 4 * OVERSIZE;
    static constexpr size_t CHUNKS_OF_SMALL = 3 * CHUNKS;
    // Additional bytes in chunks that are cached while chunks prove to be reused.
    static constexpr size_t BONUS = 4 * OVERSIZE;
    // A chunk is proved useful if it is requested within this time after it was
    // refused, in ms.
    static constexpr uint64_t PROOF = 1000;
    // Value of `limit` that selects the defaults above.
    static constexpr size_t AUTOMATIC = ~size_t(0);
    // Time until all memory that is not reused has been returned, in ms.
    static constexpr uint64_t DECAY = 10000;
    // Maximum resident bytes that a slow path returns when a decay time is over, and
    // threads whose caches it purges.
    static constexpr size_t PURGE = bits::one_at_bit(28);
    static constexpr size_t PURGE_THREADS = 32;

    using Chunks = ShardedCache<LEAST_BITS, MOST_BITS>;
    using Spans = ShardedCache<SPAN_BITS, SPAN_BITS>;

    SNMALLOC_REQUIRE_CONSTINIT
    static inline Chunks chunks{};
    SNMALLOC_REQUIRE_CONSTINIT
    static inline Spans spans{};
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<uint64_t> purged{0};
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> bonus{0};
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<uint64_t> bonus_since{0};
    // Time at which a chunk of each size was last returned for lack of room.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<uint64_t> refused[MOST_BITS - LEAST_BITS + 1]{};

    static stl::Atomic<uint64_t>& refused_of(size_t size)
    {
      return refused[bits::next_pow2_bits(size) - LEAST_BITS];
    }

    // Below, add to a stored time instead of subtracting it from `now`: another thread
    // may have read the clock later and stored its time first.

    // A chunk that was returned would be useful now: raise the bonus.
    static void missed(size_t size)
    {
      if (!caches(size))
        return;
      const uint64_t then = refused_of(size).load(stl::memory_order_relaxed);
      if (then == 0)
        return;
      const uint64_t now = now_in_ms();
      if (now > then + PROOF)
        return;
      refused_of(size).store(0, stl::memory_order_relaxed);
      bonus_since.store(now, stl::memory_order_relaxed);
      const size_t old = bonus.load(stl::memory_order_relaxed);
      bonus.store(bits::min(old + size, BONUS), stl::memory_order_relaxed);
    }

    // Lowers the bonus if no miss has raised it for a while.
    static void lower_bonus(uint64_t now)
    {
      const size_t old = bonus.load(stl::memory_order_relaxed);
      if (
        old == 0 ||
        now <= bonus_since.load(stl::memory_order_relaxed) + PROOF)
        return;
      bonus.store(old < OVERSIZE ? 0 : old / 2, stl::memory_order_relaxed);
      trim(chunks, chunks_budget(0), old);
    }

    // Bytes that a cache may hold after `freed` bytes were freed.
    static size_t budget(size_t least, size_t freed)
    {
      const size_t most = limit.load(stl::memory_order_relaxed);
      if (most != AUTOMATIC)
        return most;
      ChunkRange range;
      const size_t used = range.get_current_usage();
      return least + (used - bits::min(used, freed)) / PART +
        bonus.load(stl::memory_order_relaxed);
    }

    static size_t chunks_budget(size_t freed)
    {
      const bool small = ChunkRange().get_peak_usage() <= SMALL_PROCESS;
      return budget(small ? CHUNKS_OF_SMALL : CHUNKS, freed);
    }

    // Returns chunks over the limit, up to `bytes`: the process may hold less than when
    // they were cached.
    template<typename Cache>
    static void trim(Cache& cache, size_t most, size_t bytes)
    {
      const size_t cached = cache.bytes();
      if (cached > most)
        cache.evict(
          bits::min(cached - most, bytes),
          [](const CachedChunk& it, size_t size) { give_back(it, size); });
    }

    template<typename Cache>
    static bool put(
      Cache& cache,
      uint64_t now,
      const void* thread,
      size_t size,
      const CachedChunk& chunk,
      size_t most)
    {
      const uint64_t time = decay.load(stl::memory_order_relaxed);
      const size_t cached = cache.bytes();
      if (cached + chunk.used > most || time == 0)
      {
        trim(cache, most, 2 * chunk.used);
        return false;
      }
      CachedChunk oldest;
      const bool done = cache.put(thread, size, chunk, now, time, oldest);
      if (oldest.base != nullptr)
        give_back(oldest, size);
      return done;
    }

    static void purge_if_due(uint64_t now)
    {
      uint64_t last = purged.load(stl::memory_order_relaxed);
      const uint64_t time = decay.load(stl::memory_order_relaxed);
      // The first call only starts the clock: short processes never touch these caches.
      if (
        now <= last + time / 100 ||
        !purged.compare_exchange_strong(last, now, stl::memory_order_relaxed) ||
        last == 0)
        return;
      purge(now, PURGE);
      purge_other_threads(now, time, PURGE_THREADS);
      lower_bonus(now);
    }

  public:
    // Maximum cached bytes, or AUTOMATIC.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> limit{AUTOMATIC};
    // Decay time in ms.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<uint64_t> decay{DECAY};

    // Returns true if a chunk of this size can be cached at all.
    static bool caches(size_t size)
    {
      const size_t most = limit.load(stl::memory_order_relaxed);
      return Chunks::covers(size) &&
        size <= (most == AUTOMATIC ? OVERSIZE : most);
    }

    // Takes out a chunk of `size` bytes for a block of `wanted` bytes.
    static bool
    take(const void* thread, size_t size, size_t wanted, CachedChunk& chunk)
    {
      if (chunks.take(thread, size, wanted, chunk))
        return true;
      missed(size);
      return false;
    }

    // False if the chunk may not be cached.
    static bool put(const void* thread, size_t size, const CachedChunk& chunk)
    {
      if (!caches(size))
      {
        trim(chunks, chunks_budget(size), 2 * chunk.used);
        return false;
      }
      const uint64_t now = now_in_ms();
      const bool done =
        put(chunks, now, thread, size, chunk, chunks_budget(size));
      if (!done)
        refused_of(size).store(now, stl::memory_order_relaxed);
      purge_if_due(now);
      return done;
    }

    static void* take_span(const void* thread)
    {
      CachedChunk span;
      const size_t size = bits::one_at_bit(SPAN_BITS);
      return spans.take(thread, size, size, span) ? span.base : nullptr;
    }

    static bool put_span(const void* thread, void* base)
    {
      const size_t size = bits::one_at_bit(SPAN_BITS);
      const uint64_t now = now_in_ms();
      const CachedChunk span{base, size, 0, false};
      return put(spans, now, thread, size, span, budget(SPANS, size));
    }

    // Returns memory that was not reused by `now`, up to about `most` resident bytes.
    static void purge(uint64_t now, size_t most)
    {
      const auto back = [](const CachedChunk& it, size_t size) { give_back(it, size); };
      chunks.purge(now, most, back);
      spans.purge(now, most, back);
    }

    // Purges as the slow paths do, but everything that is due.
    static void purge_in_background()
    {
      const uint64_t now = now_in_ms();
      purged.store(now, stl::memory_order_relaxed);
      purge(now, ~size_t(0));
      purge_other_threads(
        now, decay.load(stl::memory_order_relaxed), ~size_t(0));
    }

    // Returns everything, and resets the bonus.
    static void purge_all()
    {
      bonus.store(0, stl::memory_order_relaxed);
      purge_all_threads(now_in_ms());
      purge(~uint64_t(0), ~size_t(0));
    }

    // Time of the last purge, in ms.
    static size_t last_purge()
    {
      return static_cast<size_t>(purged.load(stl::memory_order_relaxed));
    }

    // Called on slow paths: purges at most once per hundredth of the decay time, and a
    // bounded amount, so that the caller doesn't wait long.
    static void purge_if_due()
    {
      purge_if_due(now_in_ms());
    }

    // Returns an unused chunk to the ranges, and its pages to the OS.
    static void give_back(const CachedChunk& chunk, size_t size)
    {
      if (give_back(chunk.base, size, chunk.own_mapping) && chunk.own_mapping)
        OwnMappings::leave();
    }

    // Returns false if the addresses may be lost. A mapping of its own still counts.
    static bool give_back(void* base, size_t size, bool own_mapping)
    {
      forget(base, size);
      if (own_mapping && !reset_mapping(base, size))
        return false;
      ChunkRange range;
      range.dealloc_range(capptr::Arena<void>::unsafe_from(base), size);
      return true;
    }

    // Clears pagemap entries, before the addresses may become another thread's.
    static void forget(void* base, size_t size)
    {
      Entry none(nullptr, 0);
      internals::mark_as_free(none);
      Pagemap::set_metaentry(address_cast(base), size, none);
    }
  };
} // namespace snmalloc_rs
