// SPDX-License-Identifier: MIT
// Zeroes large memory, mostly by discarding pages that are not resident.

#pragma once

#include "pages.h"

namespace snmalloc_rs
{
  // From this size on, pages are sampled; below, memset is faster.
  static constexpr size_t ZERO_BY_PAGES = bits::one_at_bit(20);

#ifdef SNMALLOC_RS_LINUX_PAGES
  // Discards pages that are absent or all zero, which is free if none is resident, and
  // sets the others. A sample of words decides: reading a page that is not resident
  // maps the kernel's zero page. No system call that every sandbox allows is as cheap
  // (not all allow mincore).
  class Zeroing
  {
    // Pages per guess, in three sizes.
    static constexpr size_t MANY = 16384;
    static constexpr size_t PAGES = 2048;
    static constexpr size_t FEW = 64;
    static constexpr size_t SAMPLE = 32;

    enum Presence
    {
      Absent,
      Mixed,
      Present
    };

    char* at;
    char* const end;
    // Start of the run of pages to discard, which ends at `at`.
    char* absent;
    const size_t page;

    void forget()
    {
      if (absent != at)
        discard(absent, static_cast<size_t>(at - absent));
    }

    void set(size_t bytes)
    {
      forget();
      memset(at, 0, bytes);
      at += bytes;
      absent = at;
    }

    // Any guess is correct: memory is zero whether it was discarded or set.
    Presence guess(size_t pages) const
    {
      const size_t sample = bits::min(SAMPLE, pages);
      size_t present = 0;
      for (size_t n = 0; n < sample; n++)
      {
        const auto* words = reinterpret_cast<const volatile uint64_t*>(
          at + (pages * n / sample) * page);
        const size_t quarter = page / sizeof(uint64_t) / 4;
        uint64_t any = 0;
        // Sample different cache lines, at different offsets within objects.
        for (size_t place = 0; place < 4; place++)
          any |= words[place * quarter + place];
        present += any != 0;
        if (n + 1 == sample / 2 && present == 0)
          return Absent;
      }
      if (present <= sample / 16)
        return Absent;
      return present >= sample - sample / 4 ? Present : Mixed;
    }

    void step(size_t most)
    {
      const size_t pages = bits::min(most, static_cast<size_t>(end - at) / page);
      switch (guess(pages))
      {
        case Absent:
          at += pages * page;
          break;
        case Present:
          set(pages * page);
          break;
        case Mixed:
          if (pages <= FEW)
            set(pages * page);
          else
            for (char* last = at + pages * page; at != last;)
              step(bits::min(
                pages > PAGES ? PAGES : FEW,
                static_cast<size_t>(last - at) / page));
      }
    }

  public:
    Zeroing(char* first, char* last, size_t page)
    : at(first), end(last), absent(first), page(page)
    {}

    void run()
    {
      while (at != end)
        step(MANY);
      forget();
    }
  };
#endif

  // Zeroes `size` bytes from `first`, which is the start of a page.
  inline void zero(void* first, size_t size)
  {
#ifdef SNMALLOC_RS_LINUX_PAGES
    if (size >= ZERO_BY_PAGES && Pages::behave())
    {
      KeepErrno hold;
      const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
      char* begin = static_cast<char*>(first);
      char* end = begin + bits::align_down(size, page);
      Zeroing(begin, end, page).run();
      memset(end, 0, size % page);
      return;
    }
#endif
    memset(first, 0, size);
  }
} // namespace snmalloc_rs
