// SPDX-License-Identifier: MIT
// The snmalloc configuration of these crates: upstream's ranges of memory, a pagemap
// that may be narrow (pagemap.h), and caches of slabs (chunk_cache.h) and of large chunks
// (global_cache.h).

#pragma once

#include "internals_core.h"
#ifdef SNMALLOC_ENABLE_GWP_ASAN_INTEGRATION
#  include "snmalloc/mem/secondary/gwp_asan.h"
#endif

#include "backend.h"
#include "freed_pointer.h"
#include "hugepages.h"
#include "options.h"

namespace snmalloc_rs
{
  // Ordering: `init_lock` lets one thread initialise, so `ready` is relaxed under it.
  // The release of `ready` publishes keys, pagemap, window and settings, which are
  // plain memory, to the acquire in ensure_init and is_initialised. Upstream's lock in
  // the pool hands over allocators (internals_front.h).
  class Configuration final : public CommonConfig
  {
  public:
    using Pal = DefaultPal;
    using PagemapEntry = Entry;
    using ClientMeta = NoClientMetaDataProvider;
#ifdef SNMALLOC_ENABLE_GWP_ASAN_INTEGRATION
    using SecondaryAllocator = GwpAsanSecondaryAllocator;
#else
    using SecondaryAllocator = NoSecondaryAllocator;
#endif
    using LocalState = snmalloc_rs::LocalState;
    using Backend = snmalloc_rs::Backend;
    using GlobalPoolState = PoolState<Allocator<Configuration>>;

    static constexpr Flags Options{};

    static GlobalPoolState& pool()
    {
      SNMALLOC_REQUIRE_CONSTINIT static GlobalPoolState state{};
      return state;
    }

    SNMALLOC_FAST_PATH static void ensure_init()
    {
      if (SNMALLOC_UNLIKELY(!ready.load(stl::memory_order_acquire)))
        init();
    }

    static bool is_initialised()
    {
      return ready.load(stl::memory_order_acquire);
    }

  private:
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<bool> ready{false};
    SNMALLOC_REQUIRE_CONSTINIT
    static inline FlagWord init_lock{};

    SNMALLOC_SLOW_PATH static void init()
    {
      with(init_lock, []() {
        if (ready.load(stl::memory_order_relaxed))
          return;
        SecondaryAllocator::initialize();
        LocalEntropy entropy;
        entropy.init<Pal>();
        internals::make_keys(entropy);
        Table<Pagemap>::reserve();
        HugePages::init();
        Options::read();
        if constexpr (aal_supports<StrictProvenance>)
          Authmap::init();
        ready.store(true, stl::memory_order_release);
      });
    }
  };
} // namespace snmalloc_rs

namespace snmalloc
{
  using Config = snmalloc_rs::Configuration;
  using Alloc = Allocator<Config>;
} // namespace snmalloc

#include "internals_front.h"
// After internals_front.h: it uses `alloc_size`.
#include "memcheck.h"
