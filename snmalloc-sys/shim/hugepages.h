// SPDX-License-Identifier: MIT
// Huge pages for blocks that grow: those are written from end to end, and the system
// finds 2 MiB at once many times faster than page by page. Blocks of other kinds may
// be used sparsely, so a chunk that a grown block leaves has no more of them.

#pragma once

#include "memory.h"

// Android's applications may not read the setting.
#if defined(SNMALLOC_RS_LINUX_PAGES) && !defined(__ANDROID__)
#  define SNMALLOC_RS_HUGE_PAGES
#  include <fcntl.h>
#  include <sys/syscall.h>
#endif

namespace snmalloc_rs
{
#ifdef SNMALLOC_RS_HUGE_PAGES
  class HugePages
  {
    // Of a larger block a quarter at most is there in vain: the last huge page.
    static constexpr size_t LEAST = bits::one_at_bit(23);
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

    // Where the system gives them to everybody, or to nobody, nothing is asked. Nor
    // where its pages are larger, and huge ones far too large.
    static bool on_request_when_tried()
    {
      // Not by the C library's functions: where those are called, a thread may be
      // cancelled.
      const long file = syscall(
        SYS_openat,
        AT_FDCWD,
        "/sys/kernel/mm/transparent_hugepage/enabled",
        O_RDONLY | O_CLOEXEC);
      if (file < 0)
        return false;
      char text[64]{};
      const long length = syscall(SYS_read, file, text, sizeof(text) - 1);
      syscall(SYS_close, file);
      // "always [madvise] never": what is in force is in brackets.
      for (long n = 0; n < length; n++)
        if (text[n] == '[')
          return text[n + 1] == 'm' && sysconf(_SC_PAGESIZE) == 0x1000 &&
            Pages::behave();
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
    // For a chunk of `size` bytes that a block has grown into and to `used` bytes.
    static void ask(void* chunk, size_t size, size_t used)
    {
      KeepErrno hold;
      if (used <= LEAST || !on_request())
        return;
      // Pages that were moved bring along what was said of them.
      madvise(
        chunk,
        size,
        exchange(nullptr, chunk) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    }

    // For a chunk that its block leaves, in whole or in part.
    static void no_more(void* chunk, size_t size)
    {
      if (size <= LEAST || !exchange(chunk, nullptr))
        return;
      KeepErrno hold;
      madvise(chunk, size, MADV_NOHUGEPAGE);
    }
  };
#else
  class HugePages
  {
  public:
    static void ask(void*, size_t, size_t) {}
    static void no_more(void*, size_t) {}
  };
#endif
} // namespace snmalloc_rs
