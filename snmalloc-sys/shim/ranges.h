// SPDX-License-Identifier: MIT
// Where memory comes from and goes to: the pagemap, what the system gives, and what
// all threads share.

#pragma once

#include "memory.h"
#include "table.h"

namespace snmalloc_rs
{
  using Metadata = DefaultSlabMetadata<NoClientMetaDataProvider>;

#if defined(_WIN32) || defined(__CHERI_PURE_CAPABILITY__)
  static constexpr bool ONE_RANGE = false;
#else
  // Whether memory that came from the system bit by bit is one range.
  static constexpr bool ONE_RANGE = true;
#endif

  // An entry of the table of pages, which only this configuration makes.
  class Entry : public FrontendMetaEntry<Metadata>
  {
  public:
    constexpr Entry() = default;

    Entry(Metadata* metadata, uintptr_t owner)
    : FrontendMetaEntry<Metadata>(metadata, owner)
    {}

    // Without boundaries between the system's ranges there is nothing to mask.
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

  using Pagemap = BasicPagemap<
    DefaultPal,
    FlatPagemap<MIN_CHUNK_BITS, Entry, DefaultPal, false>,
    Entry,
    false>;

  static_assert(ONE_RANGE == Pagemap::CONSOLIDATE_PAL_ALLOCS);

  using Authmap = DefaultAuthmap<
    FlatPagemap<MinBaseSizeBits<DefaultPal>(), capptr::Arena<void>, DefaultPal, false>>;

  // Gives memory back so that it is zero when it comes again.
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

  // Under mitigations freed memory must not come back soon: nothing is kept.
  static constexpr bool keeps = !mitigations(metadata_protection) &&
    !mitigations(pal_enforce_access) && !mitigations(sanity_checks);

  struct RangeConstants : BaseLocalStateConstants
  {
    static constexpr size_t GLOBAL_BITS = GlobalCacheSizeBits;
    static constexpr size_t SPAN_BITS = LocalCacheSizeBits;
  };

  // Free chunks of all threads, whose pages went back to the system. It may be used by
  // any thread at any time.
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
