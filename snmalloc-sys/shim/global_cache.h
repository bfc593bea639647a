// SPDX-License-Identifier: MIT
// Freed memory that all threads share: chunks of large blocks, and spans, which threads
// cut into slabs. It is bounded, and returned to the OS if it is not reused for a
// while.

#pragma once

#include "chunk_cache.h"
#include "mremap.h"
#include "ranges.h"
#include "reuse_bonus.h"

namespace snmalloc_rs
{
  // In other_threads.h.
  void purge_other_threads(uint64_t now, uint64_t idle, size_t most);
  void purge_all_threads(uint64_t now);

  // Ordering: chunks and spans have locks, and the other variables publish no memory,
  // so they are relaxed. The compare-and-exchange of `purged` lets one thread purge per
  // step. `limit` and `decay` are settings, and `settings` counts their changes. A check
  // of a limit and the put or grant after it are not atomic: each thread may exceed the
  // limit by one chunk.
  class GlobalCache
  {
    static constexpr size_t SPAN_BITS = RangeConstants::SPAN_BITS;
    // The smallest chunk of a large block.
    static constexpr size_t LEAST_BITS = SMALL_BITS + 1;
    // Larger chunks are never cached.
    static constexpr size_t MOST_BITS = bits::BITS == 64 ? 30 : 26;
    static constexpr size_t OVERSIZE = bits::one_at_bit(OVERSIZE_BITS);
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
    static inline ReuseBonus<LEAST_BITS, MOST_BITS, BONUS> bonus{};
    // Bytes of the chunks' limit that are granted to threads.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> granted{0};

    // Bytes that count against the chunks' limit.
    static size_t cached_chunks()
    {
      return chunks.bytes() + granted.load(stl::memory_order_relaxed);
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
        bonus.bytes();
    }

    static size_t chunks_budget(size_t freed)
    {
      const bool small = ChunkRange().get_peak_usage() <= SMALL_PROCESS;
      return budget(small ? CHUNKS_OF_SMALL : CHUNKS, freed);
    }

    // Returns chunks over the limit, up to `bytes`: the process may hold less than when
    // they were cached.
    template<typename Cache>
    static void trim(Cache& cache, size_t cached, size_t most, size_t bytes)
    {
      if (cached > most)
        cache.evict(
          bits::min(cached - most, bytes),
          [](const CachedChunk& it, size_t size) { give_back(it, size); });
    }

    template<typename Cache>
    static bool put(
      Cache& cache,
      size_t cached,
      uint64_t now,
      const void* thread,
      size_t size,
      const CachedChunk& chunk,
      size_t most)
    {
      const uint64_t time = decay.load(stl::memory_order_relaxed);
      if (cached + chunk.used > most || time == 0)
      {
        trim(cache, cached, most, 2 * chunk.used);
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
      if (
        now <= last + time / 100 ||
        !purged.compare_exchange_strong(last, now, stl::memory_order_relaxed))
        return;
      // The first call starts the clock: a short process never touches these caches.
      if (last == 0)
        return;
      purge(now, PURGE);
      purge_other_threads(now, idle_time(), PURGE_THREADS);
      if (const size_t lowered = bonus.lower(now, OVERSIZE))
        trim(chunks, cached_chunks(), chunks_budget(0), lowered);
    }

  public:
    // Maximum cached bytes, or AUTOMATIC.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> limit{AUTOMATIC};
    // Decay time in ms.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<uint64_t> decay{DECAY};
    // Number of changes of these two.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> settings{0};

    static void set_limit(size_t bytes)
    {
      limit.store(bytes, stl::memory_order_relaxed);
      settings.fetch_add(1, stl::memory_order_relaxed);
    }

    static void set_decay(uint64_t time)
    {
      decay.store(time, stl::memory_order_relaxed);
      settings.fetch_add(1, stl::memory_order_relaxed);
    }

    // Time without use after which a thread's caches are purged, in ms: more than the
    // time between two purges of the background thread, and less than half of the range
    // of a 32-bit clock.
    static uint64_t idle_time()
    {
      constexpr uint64_t LEAST_IDLE = 1000;
      constexpr uint64_t MOST_IDLE = bits::one_at_bit(30);
      const uint64_t time = decay.load(stl::memory_order_relaxed);
      return bits::min(bits::max(time / 10, LEAST_IDLE), MOST_IDLE);
    }

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
      if (caches(size))
        bonus.count_missed(size);
      return false;
    }

    // Grants a thread `bytes` more, for a chunk of `size` bytes. False if the limit forbids
    // it.
    static bool grant(size_t size, size_t bytes)
    {
      if (
        !caches(size) || decay.load(stl::memory_order_relaxed) == 0 ||
        cached_chunks() + bytes > chunks_budget(size))
        return false;
      granted.fetch_add(bytes, stl::memory_order_relaxed);
      return true;
    }

    // Takes back a part of a grant.
    static void end_grant(size_t bytes)
    {
      granted.fetch_sub(bytes, stl::memory_order_relaxed);
    }

    // True if more is cached and granted than may be cached.
    static bool over_limit()
    {
      return cached_chunks() > chunks_budget(0);
    }

    // False if the chunk may not be cached.
    static bool put(const void* thread, size_t size, const CachedChunk& chunk)
    {
      if (!caches(size))
      {
        trim(chunks, cached_chunks(), chunks_budget(size), 2 * chunk.used);
        return false;
      }
      const uint64_t now = now_in_ms();
      const bool done =
        put(chunks, cached_chunks(), now, thread, size, chunk, chunks_budget(size));
      if (!done)
        bonus.count_refused(size, now);
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
      return put(
        spans, spans.bytes(), now, thread, size, span, budget(SPANS, size));
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
      purge_other_threads(now, idle_time(), ~size_t(0));
    }

    // Returns everything, and resets the bonus.
    static void purge_all()
    {
      bonus.reset();
      purge_all_threads(now_in_ms());
      purge(~uint64_t(0), ~size_t(0));
    }

    // Version of the settings.
    static size_t version()
    {
      return settings.load(stl::memory_order_relaxed);
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
      if (chunk.own_mapping)
      {
        if (!reset_mapping(chunk.base, size))
          return forget(chunk.base, size);
        OwnMappings::leave();
      }
      give_back(chunk.base, size);
    }

    static void give_back(void* base, size_t size)
    {
      forget(base, size);
      ChunkRange range;
      range.dealloc_range(capptr::Arena<void>::unsafe_from(base), size);
    }

    // Clears the range's pagemap entries. Used for addresses that no longer belong to
    // us.
    static void forget(void* base, size_t size)
    {
      Entry none(nullptr, 0);
      internals::mark_as_free(none);
      Pagemap::set_metaentry(address_cast(base), size, none);
    }
  };
} // namespace snmalloc_rs
