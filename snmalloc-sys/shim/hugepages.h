// SPDX-License-Identifier: MIT
// Huge pages for blocks that grow: these are written from end to end, and the OS maps 2
// MiB at once many times faster than page by page. Other blocks may be used sparsely,
// so a chunk that such a block leaves is mapped anew (mremap.h).

#pragma once

#include "pages.h"

// Android apps may not read the setting.
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
    // Wastes at most a quarter of a larger block: the last huge page.
    static constexpr size_t LEAST = bits::one_at_bit(23);

    // Ordering: written once, before the release of Configuration::ready.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline bool on_request{false};

    // Returns false if the kernel uses huge pages always or never, or if its base pages
    // are larger than 4 KiB, since its huge pages are then far too large.
    static bool read_setting()
    {
      // Use system calls: the C library's functions are cancellation points.
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
      // Format: "always [madvise] never"; the active setting is in brackets.
      for (long n = 0; n < length; n++)
        if (text[n] == '[')
          return text[n + 1] == 'm' && sysconf(_SC_PAGESIZE) == 0x1000 &&
            Pages::behave();
      return false;
    }

  public:
    // Called once, before the first allocation: a sandbox may forbid it later.
    static void init()
    {
      KeepErrno hold;
      on_request = read_setting();
    }

    // Requests huge pages for a chunk of `size` bytes with a mapping of its own, into
    // which a block of `used` bytes has grown.
    static void ask(void* chunk, size_t size, size_t used)
    {
      if (used <= LEAST || !on_request)
        return;
      KeepErrno hold;
      madvise(chunk, size, MADV_HUGEPAGE);
    }
  };
#else
  class HugePages
  {
  public:
    static void init() {}
    static void ask(void*, size_t, size_t) {}
  };
#endif
} // namespace snmalloc_rs
