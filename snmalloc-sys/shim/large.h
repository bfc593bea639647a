// SPDX-License-Identifier: MIT
// Large blocks: one per chunk, owned by no thread, cached globally. With mitigations
// on, upstream's scheme applies, with one owner each.

#pragma once

#include "hugepages.h"
#include "large_state.h"
#include "mremap.h"
#include "calloc.h"

namespace snmalloc_rs
{
  // A chunk for a large block; null if there is no memory.
  struct LargeChunk
  {
    void* base{nullptr};
    // True if none of its pages is resident.
    bool fresh{false};
  };

  // In background_purge.h.
  void start_background_purge();

  class Large
  {
    // Minimum size at which a growing block is moved rather than copied.
    static constexpr size_t MOVE_LEAST = bits::one_at_bit(20);

    // The owner word of a block of `size` bytes.
    static uintptr_t owner_of(size_t size)
    {
      // A chunk of upstream's largest small size has a large class, too.
      return internals::owner_word(
        &large_owner, sizeclass_t::from_large_class(bits::clz(size - 1)));
    }

    static void set_state(void* base, size_t size, LargeState state)
    {
      Entry entry(state.as_metadata(), owner_of(size));
      Pagemap::set_metaentry(address_cast(base), MIN_CHUNK_SIZE, entry);
    }

    // Sets all entries of a chunk.
    static void set_all(void* base, size_t chunk_size, LargeState state)
    {
      Entry entry(state.as_metadata(), owner_of(chunk_size));
      Pagemap::set_metaentry(address_cast(base), chunk_size, entry);
    }

    static void* from_ranges(size_t chunk_size)
    {
      ChunkRange range;
      return range.alloc_range(chunk_size).unsafe_ptr();
    }

    // Makes a block in a cached chunk, whose other entries still hold owner and size
    // class.
    static SNMALLOC_FAST_PATH_INLINE LargeChunk
    reuse(LocalState& local, const CachedChunk& cached, size_t size)
    {
      LargeState state(bits::max(cached.used, size), cached.own_mapping);
#ifdef SNMALLOC_RS_LINUX_PAGES
      if (SNMALLOC_UNLIKELY(!state.may_be_loose(local, size)))
      {
        const size_t end = bits::align_up(size, DefaultPal::page_size);
        if (end < cached.used)
          discard(pointer_offset(cached.base, end), cached.used - end);
        state = LargeState(size, cached.own_mapping);
      }
#endif
      set_state(cached.base, size, state);
      return {cached.base, false};
    }

    static SNMALLOC_SLOW_PATH LargeChunk
    make_slow(LocalState& local, size_t size)
    {
      const size_t chunk_size = large_size_to_chunk_size(size);
      CachedChunk cached;
      if (GlobalCache::take(&local, chunk_size, size, cached))
        return reuse(local, cached, size);
      GlobalCache::purge_if_due();
      void* base = from_ranges(chunk_size);
      if (SNMALLOC_UNLIKELY(base == nullptr))
      {
        // Retry after emptying the caches.
        GlobalCache::purge_all();
        internals::with_allocator(
          []() { Backend::purge_own(ThreadAlloc::get().get_backend_local_state()); },
          [](Alloc*) {});
        base = from_ranges(chunk_size);
        if (base == nullptr)
          return {};
      }
      set_all(base, chunk_size, LargeState(size, false));
      return {base, fresh_is_zero()};
    }

    static SNMALLOC_SLOW_PATH void
    free_slow(LocalState& local, void* block, size_t chunk_size, LargeState state)
    {
      const CachedChunk chunk{block, state.used(), 0, state.own_mapping()};
      if (!GlobalCache::put(&local, chunk_size, chunk))
        GlobalCache::give_back(chunk, chunk_size);
      if (SNMALLOC_UNLIKELY(
            Options::background_purge.load(stl::memory_order_relaxed)))
        start_background_purge();
    }

  public:
    static bool is_large(const Entry& entry)
    {
      return keeps && entry.get_remote() == &large_owner;
    }

    static SNMALLOC_FAST_PATH_INLINE LargeChunk make(size_t size)
    {
      CachedChunk cached;
      LocalState& local = ThreadAlloc::get().get_backend_local_state();
      if (SNMALLOC_LIKELY(local.take_chunk(size, cached)))
        return reuse(local, cached, size);
      return make_slow(local, size);
    }

    // Out of line: its caller, which also frees small blocks, needs fewer registers.
    static SNMALLOC_SLOW_PATH void free(void* block, const Entry& entry)
    {
      LocalState& local = ThreadAlloc::get().get_backend_local_state();
      LargeState state = LargeState::of(entry);
      state.no_longer_loose(local);
      const size_t chunk_size = sizeclass_full_to_size(entry.get_sizeclass());
      // Once the chunk is cached, another thread may have it.
      internals::mark_as_free(Pagemap::get_metaentry_mut(address_cast(block)));
      if (SNMALLOC_LIKELY(local.put_chunk(
            chunk_size, {block, state.used(), 0, state.own_mapping()})))
        return;
      free_slow(local, block, chunk_size, state);
    }

    // Records that all of a block's `size` bytes may be resident.
    static void touch(void* block, size_t size)
    {
      const auto& entry = Pagemap::get_metaentry(address_cast(block));
      LargeState state = LargeState::of(entry);
      const size_t used = bits::max(state.used(), size);
      state.no_longer_loose(ThreadAlloc::get().get_backend_local_state());
      set_state(
        block,
        sizeclass_full_to_size(entry.get_sizeclass()),
        LargeState(used, state.own_mapping()));
    }

    // Returns the memory that a block shrunk to `size` bytes no longer needs.
    static void shrink(void* block, size_t size)
    {
      const auto& entry = Pagemap::get_metaentry(address_cast(block));
      LargeState old = LargeState::of(entry);
      old.no_longer_loose(ThreadAlloc::get().get_backend_local_state());
      const bool own_mapping = old.own_mapping();
      const size_t chunk_size = sizeclass_full_to_size(entry.get_sizeclass());
      const size_t needed = large_size_to_chunk_size(size);
      size_t used = bits::min(old.used(), needed);
#ifdef SNMALLOC_RS_LINUX_PAGES
      const size_t end = bits::align_up(size, DefaultPal::page_size);
      if (!suits(used, size) && end < used)
      {
        discard(pointer_offset(block, end), used - end);
        used = size;
      }
#endif
      const LargeState state(used, own_mapping);
      if (needed == chunk_size)
        return set_state(block, needed, state);
      set_all(block, needed, state);
      // The remaining block still counts as one with a mapping of its own.
      for (size_t part = needed; part < chunk_size; part *= 2)
        GlobalCache::give_back(pointer_offset(block, part), part, own_mapping);
    }

    // Grows a block beyond its chunk. The first `used` bytes keep their values. Returns
    // null if there is no memory.
    static void* grow(void* block, size_t used, size_t to)
    {
      LargeChunk chunk = make(to);
      if (SNMALLOC_UNLIKELY(chunk.base == nullptr))
        return nullptr;
      // Copy into a chunk that already has pages: moving would lose those and the old
      // chunk's.
      if (chunk.fresh && used >= MOVE_LEAST && OwnMappings::take())
      {
        const auto& entry = Pagemap::get_metaentry(address_cast(block));
        LargeState old = LargeState::of(entry);
        const size_t old_size = sizeclass_full_to_size(entry.get_sizeclass());
        const size_t new_size = large_size_to_chunk_size(to);
        // Either range may be unmapped for a moment.
        GlobalCache::forget(block, old_size);
        GlobalCache::forget(chunk.base, new_size);
        const Moved moved = move_pages(chunk.base, block, used);
        if (moved == Moved::Yes || moved == Moved::SourceLost)
        {
          set_all(chunk.base, new_size, LargeState(to, true));
          HugePages::ask(chunk.base, new_size, to);
          old.no_longer_loose(ThreadAlloc::get().get_backend_local_state());
          if (moved == Moved::Yes)
            GlobalCache::give_back(
              CachedChunk{block, 0, 0, old.own_mapping()}, old_size);
          return chunk.base;
        }
        OwnMappings::leave();
        set_all(block, old_size, old);
        if (moved == Moved::No)
          set_all(chunk.base, new_size, LargeState(to, false));
        else
        {
          chunk = make(to);
          if (chunk.base == nullptr)
            return nullptr;
        }
      }
      ::memcpy(chunk.base, block, used);
      free(block, Pagemap::get_metaentry(address_cast(block)));
      return chunk.base;
    }
  };

  template<typename Conts>
  SNMALLOC_SLOW_PATH inline void* allocate_large(size_t size) noexcept
  {
    // As on every slow path, first handle blocks that other threads have freed.
    return internals::after_messages(
      [](size_t size) -> void* {
        if (size > bits::one_at_bit(bits::BITS - 1))
          return Conts::failure(size);
        Configuration::ensure_init();
        if (
          void* secondary = Configuration::SecondaryAllocator::allocate(
            [size]() -> stl::Pair<size_t, size_t> {
              return {size, natural_alignment(size)};
            }))
          return Conts::success(secondary, size, true);
        const LargeChunk chunk = Large::make(size);
        if (SNMALLOC_UNLIKELY(chunk.base == nullptr))
          return Conts::failure(size);
        if constexpr (stl::is_same_v<Conts, Zeroed>)
        {
          if (!chunk.fresh)
            zero(chunk.base, size);
        }
        return chunk.base;
      },
      size);
  }
} // namespace snmalloc_rs
