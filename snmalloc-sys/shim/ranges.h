// SPDX-License-Identifier: MIT
// Where memory comes from and goes to: the table of pages, what the system gives,
// what all threads share, and what each has for itself.

#pragma once

#include "kept.h"
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

  // A thread's own range of memory, by upstream's parts; between what the thread has
  // and what all threads share is a gate, so that the former can be emptied.
  class DrainableLocalState : BaseLocalStateConstants
  {
    static constexpr size_t PAGE_BITS =
      bits::next_pow2_bits_const(DefaultPal::page_size);

    struct Gate
    {
      template<typename Parent>
      class Type : public ContainsParent<Parent>
      {
        using ContainsParent<Parent>::parent;

      public:
        static constexpr bool Aligned = Parent::Aligned;
        static constexpr bool ConcurrencySafe = Parent::ConcurrencySafe;
        using ChunkBounds = typename Parent::ChunkBounds;

        bool closed{false};

        constexpr Type() = default;

        CapPtr<void, ChunkBounds> alloc_range(size_t size)
        {
          return closed ? nullptr : parent.alloc_range(size);
        }

        void dealloc_range(CapPtr<void, ChunkBounds> base, size_t size)
        {
          parent.dealloc_range(base, size);
        }
      };
    };

    using Shared = Pipe<
      Source,
      LargeBuddyRange<
        GlobalCacheSizeBits,
        bits::BITS - 1,
        Pagemap,
        MinBaseSizeBits<DefaultPal>()>,
      GlobalRange>;

  public:
    using Stats = Pipe<Shared, CommitRange<DiscardingPal>, StatsRange>;

  private:
    using Gated = Pipe<Stats, Gate>;
    using Chunks = Pipe<
      Gated,
      LargeBuddyRange<
        LocalCacheSizeBits,
        LocalCacheSizeBits,
        Pagemap,
        PAGE_BITS>>;
    using Everything = Pipe<Chunks, SmallBuddyRange>;

    Everything ranges{};

  public:
    using GlobalMetaRange = Pipe<Everything, GlobalRange>;

    // Chunks from this size on come from what all threads share, where memory is
    // fresh or was given back.
    static constexpr size_t SHARED_SIZE = bits::one_at_bit(LocalCacheSizeBits);

    Chunks* get_object_range()
    {
      return ranges.template ancestor<Chunks>();
    }

    Everything& get_meta_range()
    {
      return ranges;
    }

    // Hands all that is free to all threads, and so to the system.
    void drain()
    {
      Gated& gate = *ranges.template ancestor<Gated>();
      gate.closed = true;
      // The largest first, so that none is cut.
      for (size_t size = SHARED_SIZE / 2; size >= MIN_CHUNK_SIZE; size /= 2)
      {
        while (true)
        {
          auto chunk = get_object_range()->alloc_range(size);
          if (chunk == nullptr)
            break;
          gate.dealloc_range(chunk, size);
        }
      }
      gate.closed = false;
    }
  };

  // Under mitigations metadata lies apart, and is never given to objects.
  class ProtectedLocalState
  : public MetaProtectedRangeLocalState<DefaultPal, Pagemap, Source>
  {
  public:
    static constexpr size_t SHARED_SIZE = 0;
    void drain() {}
  };

  class LocalState : public stl::conditional_t<
                       mitigations(metadata_protection),
                       ProtectedLocalState,
                       DrainableLocalState>
  {
  public:
    // Whether the chunk allocated last was zero.
    bool fresh{false};

    Kept<Metadata, MIN_CHUNK_BITS, COMMON_BITS, 8> kept{};

    // A block's chunk that is larger than it need be, and what the table of pages
    // says of it for as long as it is.
    void* loose{nullptr};
    uintptr_t loose_owner{0};

    // Bytes that came from what all threads share or went there, since all that was
    // free was given back.
    size_t traffic{0};

    void passed(size_t size)
    {
      if (traffic <= THREAD_LIMIT)
        traffic += size;
    }

    // Whether a thread that ends leaves what it has to the thread that gets its
    // allocator next, as it is.
    [[nodiscard]] bool may_be_left() const
    {
      return keeps && traffic <= THREAD_LIMIT;
    }
  };
} // namespace snmalloc_rs
