// SPDX-License-Identifier: MIT
// Whole pages: returned, zeroed and moved by each platform's own means. Any of these
// may fail or be missing; then bytes are set and copied.

#pragma once

#include <errno.h>
#include <string.h>

#if defined(__linux__) && !defined(SNMALLOC_QEMU_WORKAROUND)
#  define SNMALLOC_RS_LINUX_PAGES
#  include <sys/mman.h>
#  include <unistd.h>
#  ifndef MAP_FIXED_NOREPLACE
#    define MAP_FIXED_NOREPLACE 0x100000
#  endif
#endif

namespace snmalloc_rs
{
  using namespace snmalloc;

  class KeepErrno
  {
    const int kept{errno};

  public:
    ~KeepErrno()
    {
      errno = kept;
    }
  };

#ifdef SNMALLOC_RS_LINUX_PAGES
  // True if madvise returns pages that read as zero afterwards. Emulators of Linux may
  // report success and do nothing.
  class Pages
  {
    enum State
    {
      Untried,
      Behave,
      Misbehave
    };

    // Ordering: relaxed, since it publishes no other memory. Threads may try at once;
    // the compare-and-exchange makes the first result that of all. A thread that gets a
    // page by a lock can't read an older state than the thread that returned the page.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<int> state{Untried};

    static bool zero_when_given_back(volatile char* byte, size_t page)
    {
      *byte = 1;
      void* first = const_cast<char*>(byte);
      return madvise(first, page, MADV_DONTNEED) == 0 && *byte == 0;
    }

    static bool behave_when_tried()
    {
      const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
      void* mapped = mmap(
        nullptr,
        page,
        PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS,
        -1,
        0);
      if (mapped == MAP_FAILED)
        return false;
      const bool good = zero_when_given_back(static_cast<char*>(mapped), page);
      munmap(mapped, page);
      return good;
    }

  public:
    static bool behave()
    {
      int known = state.load(stl::memory_order_relaxed);
      if (SNMALLOC_UNLIKELY(known == Untried))
      {
        const int tried = behave_when_tried() ? Behave : Misbehave;
        if (state.compare_exchange_strong(known, tried, stl::memory_order_relaxed))
          known = tried;
      }
      return known == Behave;
    }
  };

  // Returns pages at once; they read as zero afterwards. Does nothing if
  // Pages::behave() is false.
  inline void discard(void* first, size_t size)
  {
    KeepErrno hold;
    // madvise fails on locked memory.
    if (Pages::behave() && madvise(first, size, MADV_DONTNEED) != 0)
      memset(first, 0, size);
  }
#endif

  // Returns true if memory that was returned is zero when it is mapped again.
  inline bool fresh_is_zero()
  {
#if defined(SNMALLOC_RS_LINUX_PAGES)
    return Pages::behave();
#elif defined(_WIN32)
    return true;
#else
    return false;
#endif
  }
} // namespace snmalloc_rs
