// SPDX-License-Identifier: MIT
// What all threads keep together: large chunks, for a while.

#pragma once

#include "kept.h"

namespace snmalloc_rs
{
  // A chunk larger than this is never kept.
  static constexpr size_t LARGEST_BITS = bits::BITS == 64 ? 30 : 26;
  // What is kept at most unless told otherwise, in bytes.
  static constexpr size_t COMMON_LIMIT =
    bits::one_at_bit(bits::BITS == 64 ? 28 : 25);
  // Chunks that nobody wanted for so long go back to the system, in ms.
  static constexpr uint64_t COMMON_TIME = 1000;
  // The clock is read once in so many times that a chunk is kept.
  static constexpr size_t CLOCK_STEP = 16;

  // A lock that is given up after a while: what it guards can be done without. So
  // the child of a process that forked while a thread had it can't wait for ever.
  class PatientLock
  {
    static constexpr size_t TRIES = 256;

    stl::AtomicBool taken{false};

  public:
    constexpr PatientLock() = default;

    template<typename F>
    SNMALLOC_FAST_PATH_INLINE bool with(F&& f)
    {
      for (size_t tries = 0; tries < TRIES; tries++)
      {
        if (
          !taken.load(stl::memory_order_relaxed) &&
          !taken.exchange(true, stl::memory_order_acquire))
        {
          f();
          taken.store(false, stl::memory_order_release);
          return true;
        }
        Aal::pause();
      }
      return false;
    }
  };

  template<typename Metadata>
  class Common
  {
    using Chunk = KeptChunk<Metadata>;
    using Store = Kept<Metadata, COMMON_BITS, LARGEST_BITS + 1, 16>;

    PatientLock lock{};
    Store store{};
    size_t keeps{0};
    uint64_t time{0};
    // Whether there may be chunks that have been kept for too long.
    bool sweep{false};

    static uint64_t now()
    {
      if constexpr (pal_supports<Time, DefaultPal>)
        return DefaultPal::internal_time_in_ms();
      else
        return 0;
    }

  public:
    // In bytes.
    stl::Atomic<size_t> limit{COMMON_LIMIT};

    constexpr Common() = default;

    // Takes out a chunk of `size` bytes, or else the smallest of at most `most`;
    // returns how large it is, 0 when there is none.
    size_t take(size_t size, size_t most, Chunk& chunk)
    {
      size_t found = 0;
      if (Store::covers(size))
        lock.with([&]() {
          for (size_t any = size; found == 0 && any <= most; any *= 2)
            if (store.take(any, chunk))
              found = any;
        });
      return found;
    }

    // Keeps a chunk, if it may. `old_size` isn't 0 where another, `old`, has been
    // kept for too long, and is the caller's now.
    SNMALLOC_FAST_PATH_INLINE bool
    keep(size_t size, const Chunk& chunk, Chunk& old, size_t& old_size)
    {
      if (!Store::covers(size))
        return false;
      bool kept = false;
      const size_t most = limit.load(stl::memory_order_relaxed);
      lock.with([&]() {
        if (keeps++ % CLOCK_STEP == 0)
        {
          time = now();
          sweep = true;
        }
        kept = store.keep(
          size, {chunk.base, chunk.metadata, chunk.owner, time}, most);
        if (sweep)
        {
          old_size =
            store.take_older(time - bits::min(time, COMMON_TIME), old);
          sweep = old_size != 0;
        }
      });
      return kept;
    }

    // The size of the largest chunk that is kept of more than `size` and at most
    // `most` bytes; else `size`.
    size_t largest(size_t size, size_t most)
    {
      size_t found = size;
      if (Store::covers(size))
        lock.with([&]() { found = store.largest(size, most); });
      return found;
    }

    // Takes out any chunk; 0 when there is none.
    size_t take_any(Chunk& chunk)
    {
      size_t size = 0;
      lock.with([&]() { size = store.take_older(~uint64_t(0), chunk); });
      return size;
    }
  };
} // namespace snmalloc_rs
