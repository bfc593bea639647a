// SPDX-License-Identifier: MIT
// Huge pages for blocks that grow: those are written from end to end, and the system
// finds 2 MiB at once many times faster than page by page. Blocks of other kinds may
// be used sparsely, so a chunk that a grown block leaves has no more of them.

#pragma once

#include "memory.h"

#ifdef SNMALLOC_RS_LINUX_PAGES
#  include <fcntl.h>
#endif

namespace snmalloc_rs
{
#ifdef SNMALLOC_RS_LINUX_PAGES
  class HugePages
  {
    // At most the last huge page is there in vain: a quarter of a block that needs a
    // chunk as large as this.
    static constexpr size_t LEAST = bits::one_at_bit(24);
    static constexpr size_t CHUNKS = 32;

    enum State
    {
      Untried,
      OnRequest,
      Never
    };

    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<int> state{Untried};

    // The chunks that have been asked for.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<void*> chunks[CHUNKS]{};
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> count{0};

    // Where the system gives them to everybody, or to nobody, nothing is asked.
    static bool on_request_when_tried()
    {
      const int file = open(
        "/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
      if (file < 0)
        return false;
      char text[64]{};
      const ssize_t length = read(file, text, sizeof(text) - 1);
      close(file);
      // "always [madvise] never": what is in force is in brackets.
      for (ssize_t n = 0; n < length; n++)
        if (text[n] == '[')
          return text[n + 1] == 'm' && Pages::behave();
      return false;
    }

    static bool on_request()
    {
      int known = state.load(stl::memory_order_relaxed);
      if (SNMALLOC_UNLIKELY(known == Untried))
      {
        known = on_request_when_tried() ? OnRequest : Never;
        state.store(known, stl::memory_order_relaxed);
      }
      return known == OnRequest;
    }

    // Puts `to` in the place of `from`; false where there is no such place.
    static bool exchange(void* from, void* to)
    {
      for (auto& chunk : chunks)
      {
        void* expected = from;
        if (
          chunk.load(stl::memory_order_relaxed) == from &&
          chunk.compare_exchange_strong(expected, to))
          return true;
      }
      return false;
    }

  public:
    // For a chunk whose block has grown into it.
    static void ask(void* chunk, size_t size)
    {
      KeepErrno hold;
      if (size < LEAST || !on_request() || !exchange(nullptr, chunk))
        return;
      count++;
      madvise(chunk, size, MADV_HUGEPAGE);
    }

    // For a chunk that its block leaves, in whole or in part.
    SNMALLOC_FAST_PATH_INLINE static void no_more(void* chunk, size_t size)
    {
      if (SNMALLOC_LIKELY(
            size < LEAST || count.load(stl::memory_order_relaxed) == 0))
        return;
      KeepErrno hold;
      if (!exchange(chunk, nullptr))
        return;
      count--;
      madvise(chunk, size, MADV_NOHUGEPAGE);
    }
  };
#else
  class HugePages
  {
  public:
    static void ask(void*, size_t) {}
    static void no_more(void*, size_t) {}
  };
#endif
} // namespace snmalloc_rs
