// SPDX-License-Identifier: MIT
// Additional bytes that are cached while chunks prove to be reused.

#pragma once

#include "sharded_cache.h"

namespace snmalloc_rs
{
  // Sizes are those of chunks of 2^FROM to 2^TO bytes; MOST bounds the bonus.
  //
  // Ordering: relaxed. All are estimates, which may lose updates. Add to a stored time
  // instead of subtracting it from `now`: another thread may have read the clock later
  // and stored its time first.
  template<size_t FROM, size_t TO, size_t MOST>
  class ReuseBonus
  {
    // A chunk is proved useful if it is requested within this time after it was
    // refused, in ms.
    static constexpr uint64_t PROOF = 1000;

    stl::Atomic<size_t> bonus{0};
    stl::Atomic<uint64_t> bonus_since{0};
    // Time at which a chunk of each size was last returned for lack of room.
    stl::Atomic<uint64_t> refused[TO - FROM + 1]{};

    stl::Atomic<uint64_t>& refused_of(size_t size)
    {
      return refused[bits::next_pow2_bits(size) - FROM];
    }

  public:
    constexpr ReuseBonus() {}

    // Not const: reading an atomic of snmalloc's own STL is not const.
    [[nodiscard]] size_t bytes()
    {
      return bonus.load(stl::memory_order_relaxed);
    }

    // There was no room for a chunk.
    void count_refused(size_t size, uint64_t now)
    {
      refused_of(size).store(now, stl::memory_order_relaxed);
    }

    // A chunk is missing: raises the bonus if one was refused lately.
    void count_missed(size_t size)
    {
      const uint64_t then = refused_of(size).load(stl::memory_order_relaxed);
      if (then == 0)
        return;
      const uint64_t now = now_in_ms();
      if (now > then + PROOF)
        return;
      refused_of(size).store(0, stl::memory_order_relaxed);
      bonus_since.store(now, stl::memory_order_relaxed);
      bonus.store(bits::min(bytes() + size, MOST), stl::memory_order_relaxed);
    }

    // Halves the bonus if no miss has raised it for a while; to nothing if it is less
    // than `least`. Returns by how much, at most: the whole bonus before.
    size_t lower(uint64_t now, size_t least)
    {
      const size_t old = bytes();
      if (
        old == 0 || now <= bonus_since.load(stl::memory_order_relaxed) + PROOF)
        return 0;
      bonus.store(old < least ? 0 : old / 2, stl::memory_order_relaxed);
      return old;
    }

    void reset()
    {
      bonus.store(0, stl::memory_order_relaxed);
    }
  };
} // namespace snmalloc_rs
