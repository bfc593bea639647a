// SPDX-License-Identifier: MIT
// Resizing of blocks.

#pragma once

#include "fast_path.h"

namespace snmalloc_rs
{
  // True if large blocks may be split, moved and shrunk page by page.
  static constexpr bool by_pages =
    keeps && Configuration::SecondaryAllocator::pass_through;

  // With feature `check-loads` the bounds of both blocks are checked, which catches a
  // layout with a wrong old size.
  SNMALLOC_FAST_PATH_INLINE void
  copy_block(void* to, const void* from, size_t bytes)
  {
#ifdef SNMALLOC_RS_CHECKED_COPY
    snmalloc::memcpy<true>(to, from, bytes);
#else
    ::memcpy(to, from, bytes);
#endif
  }

  // Calls `f` with the thread's allocator, which is acquired if the thread has none
  // yet; an exiting thread has it for this call only.
  template<typename F>
  inline void with_own_allocator(F&& f)
  {
    internals::with_allocator(
      [&f]() { f(ThreadAlloc::get()); }, [&f](Alloc* own) { f(*own); });
  }

  // Shrinks a large block in place.
  inline void shrink_large(void* block, size_t to)
  {
    statistics::count_free(block);
    Large::shrink(block, to);
    statistics::counted(block);
  }

  // Grows a large block beyond its chunk.
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
    void* moved = allocate_block<Uninit>(to - 1);
    if (SNMALLOC_UNLIKELY(moved == nullptr))
      return nullptr;
    {
      // C's `realloc` copies the whole size class.
      InAllocator in_allocator;
      copy_block(moved, block, used);
    }
    deallocate_block(block, from - 1);
    return moved;
  }

  // Returns true if snmalloc itself allocated the block. Other blocks are as long as
  // requested, not as long as their size class.
  inline bool is_own(const void* block)
  {
    return Configuration::SecondaryAllocator::pass_through ||
      is_of_frontend(Backend::get_metaentry(address_cast(block)));
  }

  // Resizes a block from `from` to `to` bytes, with the alignment folded in. The first
  // `used` bytes keep their values. A block that shrinks within its chunk returns its
  // tail only if `tail` is set.
  inline void* reallocate_folded(
    void* block, size_t from, size_t to, size_t used, bool tail = true)
  {
    // Memcheck finds pointers to the old block only if it moves.
    if (under_memcheck())
      return copy_to_new(block, used, from, to);
    if (by_pages && !is_small(from) && !is_small(to))
    {
      // The block may have been resized within its chunk.
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

  // As above, without moving the block. Returns false if that is impossible; the block
  // is unchanged then. The size class by which a block is freed never changes.
  inline bool resize_in_place(void* block, size_t from, size_t to)
  {
    InAllocator in_allocator;
    if (by_pages && !is_small(from) && !is_small(to))
    {
      const size_t chunk = alloc_size(block);
      if (to > chunk)
        return false;
      if (to > from)
        Large::touch(block, to);
      else if (to < from)
        shrink_large(block, to);
      memcheck_resized(block, from, to);
      return true;
    }
    const bool same = size_to_sizeclass_full(from).raw() ==
        size_to_sizeclass_full(to).raw() &&
      is_own(block);
    if (same)
      memcheck_resized(block, from, to);
    return same;
  }

  // Zeroes the bytes that were added at the end of a block.
  inline void zero_added(void* block, size_t from, size_t to)
  {
    memcheck_zeroed(block, from, to);
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
