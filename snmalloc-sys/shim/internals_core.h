// SPDX-License-Identifier: MIT
// Internals of snmalloc: its ranges, pagemap and keys; internals_front.h has those of
// threads' allocators. The rest of the shim uses internals only through these two files,
// which are the ones to adapt to another version of snmalloc. There are two because
// upstream's `Alloc` needs the configuration, which consists of these ranges.

#pragma once

#include "snmalloc/snmalloc_core.h"
#include "snmalloc/backend/meta_protected_range.h"
#include "snmalloc/backend/base_constants.h"

namespace snmalloc_rs
{
  using namespace snmalloc;

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

  struct RangeConstants : BaseLocalStateConstants
  {
    static constexpr size_t GLOBAL_BITS = GlobalCacheSizeBits;
    static constexpr size_t SPAN_BITS = LocalCacheSizeBits;
  };
} // namespace snmalloc_rs

namespace snmalloc_rs::internals
{
  // Marks a chunk so that no lookup takes it for a live block.
  SNMALLOC_FAST_PATH_INLINE void mark_as_free(Entry& entry)
  {
    entry.claim_for_backend();
  }

  // The word of an entry that holds owner and size class.
  SNMALLOC_FAST_PATH_INLINE uintptr_t
  owner_word(RemoteAllocator* owner, sizeclass_t sizeclass)
  {
    return Entry::encode(owner, sizeclass);
  }

  // Makes the keys of free lists and of messages. Called once.
  SNMALLOC_FAST_PATH_INLINE void make_keys(LocalEntropy& entropy)
  {
    entropy.make_free_list_key(RemoteAllocator::key_global);
    entropy.make_free_list_key(freelist::Object::key_root);
  }

  // A number that is random in each process.
  SNMALLOC_FAST_PATH_INLINE address_t random_key()
  {
    return freelist::Object::key_root.key_next;
  }

  // The entries of a pagemap: an array, which begins with the entry of address 0.
  template<typename Pagemap>
  class PagemapArray
  {
    using Map = stl::remove_reference_t<decltype(Pagemap::concretePagemap)>;

  public:
    using Entry = typename Map::EntryType;

    static constexpr size_t size()
    {
      return Map::required_size();
    }

    // Reserves room for all entries, under mitigations at random in five times their
    // size. Aborts if there is none.
    static void reserve()
    {
      Pagemap::concretePagemap.template init<mitigations(random_pagemap)>();
    }

    // Uses an array that is already reserved.
    static void use(Entry* first)
    {
      Pagemap::concretePagemap.init(first);
    }
  };

  // Ranges: each takes memory from the one before it.

  using SystemMemory = PalRange<DefaultPal>;

  template<typename System, typename Pagemap, typename Authmap>
  using Registered =
    Pipe<System, PagemapRegisterRange<Pagemap>, PagemapRegisterRange<Authmap>>;

  // Chunks of all threads, whose pages `Pal` commits and returns.
  template<typename Source, typename Pagemap, typename Pal>
  using GlobalChunks = Pipe<
    Source,
    LargeBuddyRange<
      RangeConstants::GLOBAL_BITS,
      bits::BITS - 1,
      Pagemap,
      MinBaseSizeBits<DefaultPal>()>,
    GlobalRange,
    CommitRange<Pal>,
    StatsRange>;

  // Chunks and metadata of one thread, cut from spans, which pass through `Gate`.
  template<typename Source, typename Gate, typename Pagemap>
  struct ThreadRanges
  {
    using Gated = Pipe<Source, Gate>;
    using Chunks = Pipe<
      Gated,
      LargeBuddyRange<
        RangeConstants::SPAN_BITS,
        RangeConstants::SPAN_BITS,
        Pagemap,
        bits::next_pow2_bits_const(DefaultPal::page_size)>>;
    using Everything = Pipe<Chunks, SmallBuddyRange>;
    using GlobalMetaRange = Pipe<Everything, GlobalRange>;
  };

  // The same with mitigations, which separate metadata from objects.
  template<typename Source, typename Pagemap>
  using ProtectedRanges =
    MetaProtectedRangeLocalState<DefaultPal, Pagemap, Source>;

  // Base class for the shim's own ranges.
  template<typename Parent>
  class RangeOver : public ContainsParent<Parent>
  {
  protected:
    using ContainsParent<Parent>::parent;

  public:
    static constexpr bool Aligned = Parent::Aligned;
    static constexpr bool ConcurrencySafe = Parent::ConcurrencySafe;
    using ChunkBounds = typename Parent::ChunkBounds;

    constexpr RangeOver() = default;
  };
} // namespace snmalloc_rs::internals
