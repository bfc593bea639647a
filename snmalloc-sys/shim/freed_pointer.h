// SPDX-License-Identifier: MIT
// Checks of pointers that are freed, where they cost next to nothing: on slow paths.

#pragma once

#include "ranges.h"
#include "snmalloc/mem/secondary/default.h"

namespace snmalloc_rs
{
  class FreedPointer
  {
    // Out of line, so that callers don't load the message's address.
    [[noreturn]] static SNMALLOC_SLOW_PATH void stop(const char* message)
    {
      DefaultPal::error(message);
    }

  public:
    [[noreturn]] static SNMALLOC_SLOW_PATH void stop_interior()
    {
      stop("snmalloc: free of a pointer into the middle of a block");
    }

    [[noreturn]] static SNMALLOC_SLOW_PATH void stop_twice()
    {
      stop("snmalloc: free of a block that is not allocated: freed twice?");
    }

    [[noreturn]] static SNMALLOC_SLOW_PATH void stop_size()
    {
      stop("snmalloc: free of a block with the size of another one");
    }

    [[noreturn]] static SNMALLOC_SLOW_PATH void stop_overwritten()
    {
      stop("snmalloc: a freed block was written to");
    }

    // Checks a large block, which has a chunk of its own, aligned to its size.
    static void check_large(void* block, const Entry& entry)
    {
      const size_t chunk_size = sizeclass_full_to_size(entry.get_sizeclass());
      if (SNMALLOC_UNLIKELY((address_cast(block) & (chunk_size - 1)) != 0))
        stop_interior();
    }

    // Checks a block of another thread; with mitigations on, any block.
    static void check(void* block, const Entry& entry)
    {
      if (SNMALLOC_UNLIKELY(entry.is_backend_owned()))
        stop_twice();
      // By default it would cost 5 % of each free by another thread.
      if constexpr (!keeps)
      {
        if (
          entry.is_owned() &&
          !is_start_of_object(entry.get_sizeclass(), address_cast(block)))
          stop_interior();
      }
    }

    // Checks a pointer for which the pagemap has no owner.
    static void check_foreign(void* pointer)
    {
#ifdef SNMALLOC_RS_OVERRIDE
      // The dynamic loader's blocks reach C's `free`, which is ours here.
      constexpr bool ignored = keeps;
#else
      constexpr bool ignored = false;
#endif
      if (!ignored && pointer != nullptr)
        stop("snmalloc: free of a pointer that snmalloc did not allocate");
    }
  };

  // Upstream calls it with pointers that are not snmalloc's.
  class NoSecondaryAllocator : public DefaultSecondaryAllocator
  {
  public:
    static void deallocate(void* pointer)
    {
      FreedPointer::check_foreign(pointer);
    }
  };
} // namespace snmalloc_rs
