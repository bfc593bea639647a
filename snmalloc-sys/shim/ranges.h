// SPDX-License-Identifier: MIT
// Sources of memory: the pagemap, ranges from the OS, and the global ranges.

#pragma once

#include "pages.h"
#include "pagemap.h"

namespace snmalloc_rs
{
  using Metadata = DefaultSlabMetadata<NoClientMetaDataProvider>;

#if defined(_WIN32) || defined(__CHERI_PURE_CAPABILITY__)
  static constexpr bool ONE_RANGE = false;
#else
  // True if separate ranges from the OS may be merged into one.
  static constexpr bool ONE_RANGE = true;
#endif

  // A pagemap entry; only this configuration makes them.
  class Entry : public FrontendMetaEntry<Metadata>
  {
  public:
    constexpr Entry() = default;

    Entry(Metadata* metadata, uintptr_t owner)
    : FrontendMetaEntry<Metadata>(metadata, owner)
    {}

    // If ranges from the OS may be merged, there is no boundary bit to mask.
    [[nodiscard]] SNMALLOC_FAST_PATH Metadata* get_slab_metadata() const
    {
      if constexpr (ONE_RANGE && !mitigations(sanity_checks))
        return unsafe_from_uintptr<Metadata>(meta);
      else
        return FrontendMetaEntry<Metadata>::get_slab_metadata();
    }

    Entry& operator=(const Entry& other)
    {
      FrontendMetaEntry<Metadata>::operator=(other);
      return *this;
    }
  };

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

  using Source = Pipe<
    SystemRange,
    PagemapRegisterRange<Pagemap>,
    PagemapRegisterRange<Authmap>>;

  // Under mitigations freed memory must not be reused soon, so nothing is cached.
  static constexpr bool keeps = !mitigations(metadata_protection) &&
    !mitigations(pal_enforce_access) && !mitigations(sanity_checks);

#ifdef SNMALLOC_RS_HARDENED
  // Mitigations include these checks, in another form.
  static constexpr bool hardened = keeps;
#else
  static constexpr bool hardened = false;
#endif

  struct RangeConstants : BaseLocalStateConstants
  {
    static constexpr size_t GLOBAL_BITS = GlobalCacheSizeBits;
    static constexpr size_t SPAN_BITS = LocalCacheSizeBits;
  };

  // Free chunks of all threads, whose pages went back to the OS. Any thread may use it
  // at any time.
  using ChunkRange = Pipe<
    Source,
    LargeBuddyRange<
      RangeConstants::GLOBAL_BITS,
      bits::BITS - 1,
      Pagemap,
      MinBaseSizeBits<DefaultPal>()>,
    GlobalRange,
    CommitRange<DiscardingPal>,
    StatsRange>;
} // namespace snmalloc_rs
