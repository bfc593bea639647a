// SPDX-License-Identifier: MIT
// Chunks that all threads cache together, each until it expires.

#pragma once

#include "pages.h"
#include "patient_lock.h"

namespace snmalloc_rs
{
  // Milliseconds of a monotonic clock; the coarse one if available, since it is cheap.
  inline uint64_t now_in_ms()
  {
#if defined(__linux__) && defined(CLOCK_MONOTONIC_COARSE)
    KeepErrno hold;
    timespec time{};
    if (clock_gettime(CLOCK_MONOTONIC_COARSE, &time) != 0)
      return 0;
    return static_cast<uint64_t>(time.tv_sec) * 1000 +
      static_cast<uint64_t>(time.tv_nsec) / 1000000;
#else
    if constexpr (pal_supports<Time, DefaultPal>)
      return DefaultPal::internal_time_in_ms();
    else
      return 0;
#endif
  }

  struct CachedChunk
  {
    void* base{nullptr};
    // Bytes from the start that may be resident.
    size_t used{0};
    uint64_t expires{0};
    // See LargeState.
    bool own_mapping{false};
  };

  // Maximum resident bytes of a chunk that suits a block of `size` bytes.
  inline size_t most_resident(size_t size)
  {
    return size + size / 4;
  }

  inline bool suits(size_t used, size_t size)
  {
    return used <= most_resident(size);
  }

  // Chunks of one size, the oldest first.
  class CacheBin
  {
    static constexpr size_t SLOTS = 16;

  public:
    CachedChunk chunks[SLOTS]{};
    // Ordering: the shard's lock orders the writes. A relaxed load without it is a
    // hint, to be checked again under the lock.
    stl::Atomic<size_t> count{0};

    // Index of a chunk whose resident part suits a block of `size` bytes, else of the
    // last one.
    [[nodiscard]] size_t best_for(size_t size)
    {
      const size_t last = count.load(stl::memory_order_relaxed) - 1;
      for (size_t at = last + 1; at-- != 0;)
        if (suits(chunks[at].used, size))
          return at;
      return last;
    }

    // Not const: reading an atomic of snmalloc's own STL is not const.
    [[nodiscard]] bool full()
    {
      return count.load(stl::memory_order_relaxed) == SLOTS;
    }

    void add(const CachedChunk& chunk, uint64_t expires)
    {
      const size_t at = count.load(stl::memory_order_relaxed);
      // One by one: a copy would read the fields in pairs, which were just written.
      CachedChunk& to = chunks[at];
      to.base = chunk.base;
      to.used = chunk.used;
      to.expires = expires;
      to.own_mapping = chunk.own_mapping;
      count.store(at + 1, stl::memory_order_relaxed);
    }

    CachedChunk remove(size_t index)
    {
      const CachedChunk chunk = chunks[index];
      const size_t left = count.load(stl::memory_order_relaxed) - 1;
      for (size_t at = index; at < left; at++)
        chunks[at] = chunks[at + 1];
      count.store(left, stl::memory_order_relaxed);
      return chunk;
    }
  };

  // Chunks of 2^FROM to 2^TO bytes, spread over shards to reduce contention. The caller
  // owns chunks that are taken out or refused.
  //
  // Ordering: a shard's lock protects its bins and `puts`. It also hands over the pages
  // and pagemap entries of a chunk, from the thread that put it to the one that takes
  // it. `bytes` is relaxed: it is written under the lock, and read without it for an
  // estimate. `hand` is relaxed: any value is a valid start.
  template<size_t FROM, size_t TO>
  class ShardedCache
  {
    static constexpr size_t SHARDS = 8;
    static constexpr size_t CLASSES = TO - FROM + 1;

    struct Shard
    {
      PatientLock lock{};
      CacheBin bins[CLASSES]{};
      size_t puts{0};
      // Resident bytes of the shard's chunks; written under the lock.
      stl::Atomic<size_t> bytes{0};

      constexpr Shard() {}

      CachedChunk remove(CacheBin& bin, size_t index)
      {
        const CachedChunk chunk = bin.remove(index);
        count(size_t(0) - chunk.used);
        return chunk;
      }

      void count(size_t more)
      {
        bytes.store(
          bytes.load(stl::memory_order_relaxed) + more, stl::memory_order_relaxed);
      }
    };

    Shard shards[SHARDS]{};
    // Start of the next eviction's search.
    stl::Atomic<size_t> hand{0};

    // The thread's own shard, derived from the address of its allocator.
    static size_t shard_of(const void* thread)
    {
      const auto address = reinterpret_cast<uintptr_t>(thread);
      return ((address >> 14) ^ (address >> 17)) % SHARDS;
    }

    static size_t class_of(size_t size)
    {
      return bits::next_pow2_bits(size) - FROM;
    }

    // Takes the first chunk that `wanted` accepts out of a bin.
    template<typename Wanted>
    bool
    remove_if(Shard& shard, CacheBin& bin, CachedChunk& chunk, Wanted&& wanted)
    {
      bool found = false;
      if (bin.count.load(stl::memory_order_relaxed) == 0)
        return false;
      shard.lock.with([&]() {
        const size_t count = bin.count.load(stl::memory_order_relaxed);
        for (size_t at = 0; at < count && !found; at++)
          if (wanted(bin.chunks[at]))
          {
            chunk = shard.remove(bin, at);
            found = true;
          }
      });
      return found;
    }

  public:
    constexpr ShardedCache() {}

    static constexpr bool covers(size_t size)
    {
      return size >= bits::one_at_bit(FROM) && size <= bits::one_at_bit(TO);
    }

    // Resident bytes of all chunks.
    [[nodiscard]] size_t bytes()
    {
      size_t sum = 0;
      for (Shard& shard : shards)
        sum += shard.bytes.load(stl::memory_order_relaxed);
      return sum;
    }

    // Takes out a chunk of `size` bytes, of which `wanted` are needed.
    bool take(const void* thread, size_t size, size_t wanted, CachedChunk& chunk)
    {
      if (!covers(size))
        return false;
      const size_t own = shard_of(thread);
      bool found = false;
      for (size_t n = 0; !found && n < SHARDS; n++)
      {
        Shard& shard = shards[(own + n) % SHARDS];
        CacheBin& bin = shard.bins[class_of(size)];
        if (bin.count.load(stl::memory_order_relaxed) == 0)
          continue;
        shard.lock.with([&]() {
          found = bin.count.load(stl::memory_order_relaxed) != 0;
          if (found)
            chunk = shard.remove(bin, bin.best_for(wanted));
        });
      }
      return found;
    }

    // Caches a chunk: half of them for a tenth of `decay` from `now`, the others for up
    // to nine tenths: the next purge may be late. Returns false if it could not. To make
    // room, it may move a chunk to `oldest`.
    bool put(
      const void* thread,
      size_t size,
      const CachedChunk& chunk,
      uint64_t now,
      uint64_t decay,
      CachedChunk& oldest)
    {
      Shard& shard = shards[shard_of(thread)];
      CacheBin& bin = shard.bins[class_of(size)];
      const bool done = shard.lock.with([&]() {
        if (bin.full())
          oldest = shard.remove(bin, 0);
        const uint64_t n = shard.puts++;
        bin.add(
          chunk,
          now + decay / 10 + (n % 2) * (decay - decay / 5) * (n % 8 + 1) / 8);
        shard.count(chunk.used);
      });
      return done;
    }

    // Passes chunks that expired by `now`, with their size, to `give_back`, until they
    // add up to `most` resident bytes.
    template<typename GiveBack>
    void purge(uint64_t now, size_t most, GiveBack&& give_back)
    {
      if (bytes() == 0)
        return;
      CachedChunk chunk;
      const auto expired = [now](const CachedChunk& it) { return it.expires <= now; };
      for (Shard& shard : shards)
        for (size_t index = 0; index < CLASSES; index++)
          while (remove_if(shard, shard.bins[index], chunk, expired))
          {
            give_back(chunk, bits::one_at_bit(index + FROM));
            if (chunk.used >= most)
              return;
            most -= chunk.used;
          }
    }

    // Passes chunks of `least` resident bytes in total to `give_back`, the oldest of
    // each size first, whether or not they have expired.
    template<typename GiveBack>
    void evict(size_t least, GiveBack&& give_back)
    {
      CachedChunk chunk;
      const auto any = [](const CachedChunk&) { return true; };
      const size_t first = hand.fetch_add(1, stl::memory_order_relaxed);
      for (size_t index = CLASSES; index-- != 0;)
        for (size_t n = 0; n < SHARDS; n++)
        {
          Shard& shard = shards[(first + n) % SHARDS];
          while (remove_if(shard, shard.bins[index], chunk, any))
          {
            give_back(chunk, bits::one_at_bit(index + FROM));
            if (chunk.used >= least)
              return;
            least -= chunk.used;
          }
        }
    }
  };
} // namespace snmalloc_rs
