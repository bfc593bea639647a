// SPDX-License-Identifier: MIT
// Large memory set to zero by giving back what the system has no pages for.

#pragma once

#include "memory.h"

namespace snmalloc_rs
{
  // From this size on pages are looked at; below, setting bytes is faster.
  static constexpr size_t ZERO_BY_PAGES = bits::one_at_bit(20);

#ifdef SNMALLOC_RS_LINUX_PAGES
  // What the system has no memory for is discarded, which costs nothing and drops
  // what was swapped out; what it has memory for is set.
  class Zeroing
  {
    // Of so many pages a few places are asked about first, in two sizes.
    static constexpr size_t MANY = 16384;
    static constexpr size_t PAGES = 2048;
    static constexpr size_t PLACES = 2;
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

    // Whether the system has the next pages, by a guess from a few places. It is good
    // enough: what is discarded is zero, as is what is set. Few pages are cheaper to
    // fetch anew than to be asked for and set.
    Presence guess(size_t pages)
    {
      unsigned char resident[SAMPLE];
      size_t present = 0;
      size_t asked = 0;
      for (size_t place = 0; place < PLACES; place++)
      {
        const size_t first = pages / PLACES * place;
        const size_t sample = bits::min(SAMPLE, pages - first);
        if (mincore(at + first * page, sample * page, resident) != 0)
          return Present;
        for (size_t n = 0; n < sample; n++)
          present += resident[n] & 1;
        asked += sample;
        if (present <= asked / 16)
          return Absent;
      }
      return present == asked ? Present : Mixed;
    }

    void one_by_one(size_t pages)
    {
      unsigned char resident[PAGES];
      if (mincore(at, pages * page, resident) != 0)
        return set(pages * page);
      for (size_t n = 0; n < pages;)
      {
        const bool here = (resident[n] & 1) != 0;
        size_t run = 1;
        while (n + run < pages && ((resident[n + run] & 1) != 0) == here)
          run++;
        if (here || run < 8)
          set(run * page);
        else
          at += run * page;
        n += run;
      }
    }

    void step(size_t most)
    {
      const size_t pages = bits::min(most, static_cast<size_t>(end - at) / page);
      const Presence presence = guess(pages);
      if (presence == Absent)
        at += pages * page;
      else if (pages > PAGES)
        for (char* last = at + pages * page; at != last;)
          step(bits::min(PAGES, static_cast<size_t>(last - at) / page));
      else if (presence == Present)
        set(pages * page);
      else
        one_by_one(pages);
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
