// SPDX-License-Identifier: MIT
// Sources of memory: the pagemap, ranges from the OS, and the global ranges.

#pragma once

#include "pages.h"
#include "pagemap.h"

namespace snmalloc_rs
{
  inline bool is_of_frontend(const Entry& entry)
  {
    return !entry.is_backend_owned() && entry.is_owned();
  }

  // Ordering: entries are plain memory. The owner of a chunk owns its entries: a
  // thread, a shard of the global cache, or a range. Their locks hand both over; from
  // allocation to free, the program does, which passes the block between threads.
  // Exception: objects.h reads the entries of any address, and promises an answer for
  // live blocks only.
  using Pagemap = BasicPagemap<
    DefaultPal,
    FlatPagemap<MIN_CHUNK_BITS, Entry, DefaultPal, false>,
    Entry,
    false>;

  static_assert(ONE_RANGE == Pagemap::CONSOLIDATE_PAL_ALLOCS);

  using Authmap = DefaultAuthmap<
    FlatPagemap<MinBaseSizeBits<DefaultPal>(), capptr::Arena<void>, DefaultPal, false>>;

  // Returns memory such that it reads as zero when it is mapped again.
  class DiscardingPal : public DefaultPal
  {
  public:
    static void notify_not_using(void* first, size_t size) noexcept
    {
#ifdef SNMALLOC_RS_LINUX_PAGES
      if (!mitigations(pal_enforce_access) && Pages::behave())
        return discard(first, size);
#endif
      DefaultPal::notify_not_using(first, size);
    }
  };

  using Source = internals::Registered<SystemRange, Pagemap, Authmap>;

  // Under mitigations freed memory must not be reused soon, so nothing is cached.
  static constexpr bool keeps = !mitigations(metadata_protection) &&
    !mitigations(pal_enforce_access) && !mitigations(sanity_checks);

  // Blocks of more bytes have a chunk each, which any thread can return. Upstream's limit
  // is higher, but slabs wait for their owner. A lower one would make chunks smaller than
  // pages can be.
  static constexpr size_t SMALL_BITS = MAX_SMALL_SIZECLASS_BITS - (keeps ? 1 : 0);
  static constexpr size_t SMALL_LIMIT = bits::one_at_bit(SMALL_BITS);

  inline bool is_small(size_t size)
  {
    return size - 1 < SMALL_LIMIT;
  }

#ifdef SNMALLOC_RS_HARDENED
  // Mitigations include these checks, in another form.
  static constexpr bool hardened = keeps;
#else
  static constexpr bool hardened = false;
#endif

  // Free chunks of all threads, whose pages went back to the OS. Any thread may use it
  // at any time.
  using ChunkRange = internals::GlobalChunks<Source, Pagemap, DiscardingPal>;
} // namespace snmalloc_rs
