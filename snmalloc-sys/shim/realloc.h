// SPDX-License-Identifier: MIT
// Blocks that become longer or shorter.

#pragma once

#include "fast.h"

namespace snmalloc_rs
{
  // Whether large blocks may be cut, moved and shortened page by page.
  static constexpr bool by_pages =
    keeps && Configuration::SecondaryAllocator::pass_through;

  // With feature `check-loads` both blocks' bounds are checked, so that a layout
  // that lies about the old size is caught.
  SNMALLOC_FAST_PATH_INLINE void
  copy_block(void* to, const void* from, size_t bytes)
  {
#ifdef SNMALLOC_RS_CHECKED_COPY
    snmalloc::memcpy<true>(to, from, bytes);
#else
    ::memcpy(to, from, bytes);
#endif
  }

  // Calls `f` with the thread's allocator, which it may not have had, and which a
  // thread that is ending has for this call only.
  template<typename F>
  inline void with_own_allocator(F&& f)
  {
    ThreadAlloc::CheckInit::check_init(
      [&f]() { f(ThreadAlloc::get()); }, [&f](Alloc* own) { f(*own); });
  }

  // Shortens a large block where it is.
  inline void shrink_large(void* block, size_t to)
  {
    statistics::count_free(block);
    Large::shrink(block, to);
    statistics::counted(block);
  }

  // Makes a large block longer than its chunk.
  inline void* grow_large(void* block, size_t used, size_t to)
  {
    [[maybe_unused]] const size_t old_size = alloc_size(block);
    void* moved = Large::grow(block, used, to);
    if (SNMALLOC_LIKELY(moved != nullptr))
    {
      statistics::count_free_of(old_size);
      statistics::counted(moved);
    }
    return moved;
  }

  SNMALLOC_SLOW_PATH inline void*
  copy_to_new(void* block, size_t used, size_t from, size_t to)
  {
    void* moved = statistics::counted(allocate<Uninit>(to - 1));
    if (SNMALLOC_UNLIKELY(moved == nullptr))
      return nullptr;
    copy_block(moved, block, used);
    statistics::count_free(block);
    check_size(block, from);
    deallocate(block);
    return moved;
  }

  // Whether the block is one that snmalloc allocated itself: others are as long as
  // was asked for, not as long as their class.
  inline bool is_own(const void* block)
  {
    return Configuration::SecondaryAllocator::pass_through ||
      is_of_frontend(Backend::get_metaentry(address_cast(block)));
  }

  // What a block was allocated as and what it is to become, alignment folded in.
  // The first `used` bytes keep their values. A shorter block of the same chunk
  // gives back its tail if `tail` says so.
  inline void* reallocate_folded(
    void* block, size_t from, size_t to, size_t used, bool tail = true)
  {
    if (by_pages && !is_small_sizeclass(from) && !is_small_sizeclass(to))
    {
      // It may have been resized within its chunk.
      const size_t chunk = alloc_size(block);
      if (to > chunk)
        return grow_large(block, used, to);
      if (to > from || !tail)
        Large::touch(block, to);
      if (to < from && (tail || large_size_to_chunk_size(to) < chunk))
        shrink_large(block, to);
      return block;
    }
    if (
      size_to_sizeclass_full(from).raw() == size_to_sizeclass_full(to).raw() &&
      is_own(block))
      return block;
    return copy_to_new(block, used, from, to);
  }

  inline void* reallocate(
    void* block, size_t alignment, size_t old_size, size_t new_size)
  {
    return reallocate_folded(
      block,
      aligned_size(alignment, old_size),
      aligned_size(alignment, new_size),
      bits::min(old_size, new_size));
  }

  // As above, without moving the block; false when that can't be, and then the
  // block is as it was. The class by which a block is freed never becomes another
  // than its own.
  inline bool resize_in_place(void* block, size_t from, size_t to)
  {
    if (by_pages && !is_small_sizeclass(from) && !is_small_sizeclass(to))
    {
      const size_t chunk = alloc_size(block);
      if (to > chunk)
        return false;
      if (to > from)
        Large::touch(block, to);
      else if (to < from)
        shrink_large(block, to);
      return true;
    }
    return size_to_sizeclass_full(from).raw() ==
      size_to_sizeclass_full(to).raw() &&
      is_own(block);
  }

  // Sets what was added at the end of a block to zero.
  inline void zero_added(void* block, size_t from, size_t to)
  {
    char* first = static_cast<char*>(block) + from;
    char* end = static_cast<char*>(block) + to;
    char* page = pointer_align_up<OS_PAGE_SIZE, char>(first);
    if (to - from < ZERO_BY_PAGES || page >= end)
    {
      memset(first, 0, to - from);
      return;
    }
    memset(first, 0, static_cast<size_t>(page - first));
    zero(page, static_cast<size_t>(end - page));
  }
} // namespace snmalloc_rs
