// SPDX-License-Identifier: MIT
// Large memory set to zero, mostly by giving back pages that hold nothing.

#pragma once

#include "memory.h"

namespace snmalloc_rs
{
  // From this size on pages are looked at; below, setting bytes is faster.
  static constexpr size_t ZERO_BY_PAGES = bits::one_at_bit(20);

#ifdef SNMALLOC_RS_LINUX_PAGES
  // Pages that hold nothing are discarded, which costs nothing where none is resident;
  // others are set. Which ones is guessed from a few bytes: reading a page that is not
  // resident maps the kernel's page of zeroes. No system call tells as cheaply that
  // every sandbox allows (mincore isn't among them).
  class Zeroing
  {
    // Pages that one guess is for, in three sizes.
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
    // Where the run of pages to be discarded begins that ends at `at`.
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

    // Both ways are right for any guess: what is discarded is zero, as is what is set.
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
        // Different lines of the cache, at different places of objects.
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

  // Sets `size` bytes from `first` to zero; `first` is at a page's start.
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
