// SPDX-License-Identifier: MIT
// Blocks of a new slab that are in no list yet: a list would touch all its pages.

#pragma once

#include "snmalloc/snmalloc_core.h"

// Mitigations list the blocks of a slab in random order, all at once.
#if !defined(SNMALLOC_CHECK_CLIENT) && \
  !defined(SNMALLOC_CHECK_CLIENT_MITIGATIONS)
#  define SNMALLOC_RS_FRESH_BLOCKS
#endif

namespace snmalloc_rs
{
  class FreshBlocks
  {
    // The part of a slab that is listed at once; pages are at least that large.
    static constexpr size_t PART = 0x1000;

    char* next{nullptr};
    char* last{nullptr};

  public:
    constexpr FreshBlocks() = default;

    FreshBlocks(char* first, char* end) : next(first), last(end) {}

    [[nodiscard]] bool empty() const
    {
      return next == last;
    }

    [[nodiscard]] char* first() const
    {
      return next;
    }

    [[nodiscard]] char* end() const
    {
      return last;
    }

    // Takes out one block of `size` bytes; null if there is none.
    char* take(size_t size)
    {
      if (empty())
        return nullptr;
      next += size;
      return next - size;
    }

    // Takes out the blocks of `size` bytes that begin in the same page as the first one,
    // and returns their end.
    char* take_part(size_t size)
    {
      const size_t page = PART - snmalloc::address_cast(next) % PART;
      const size_t bytes = (page + size - 1) / size * size;
      next += snmalloc::bits::min(bytes, static_cast<size_t>(last - next));
      return next;
    }
  };
} // namespace snmalloc_rs
