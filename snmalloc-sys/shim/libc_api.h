// SPDX-License-Identifier: MIT
// The C interface under the prefix `sn_` (feature `libc-api`).
#pragma once

#include <errno.h>

// The semantics of C's functions, independent of the exported names.
namespace snmalloc_rs::c
{
  inline void* failed(int error)
  {
    errno = error;
    return nullptr;
  }

  // Rounds up to a size whose class is aligned for every type that fits into it.
  SNMALLOC_FAST_PATH_INLINE size_t padded(size_t size)
  {
    constexpr size_t alignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
    if constexpr (MIN_ALLOC_STEP_SIZE < alignment)
    {
      if (size > MIN_ALLOC_STEP_SIZE)
        return aligned_size(alignment, size);
    }
    return size;
  }

  SNMALLOC_FAST_PATH_INLINE void* malloc(size_t size)
  {
    return allocate_block<Uninit>(padded(size) - 1);
  }

  SNMALLOC_FAST_PATH_INLINE void free(void* block)
  {
    // A narrow pagemap has no entry for null.
    if (block == nullptr)
      return;
    // Freeing may make system calls, and C callers may free before they read errno.
    KeepErrno hold;
    deallocate_block(block);
  }

  inline void* calloc(size_t count, size_t size)
  {
    bool overflow = false;
    const size_t bytes = bits::umul(count, size, overflow);
    if (SNMALLOC_UNLIKELY(overflow))
      return failed(ENOMEM);
    return allocate_block<Zeroed>(padded(bytes) - 1);
  }

  inline size_t usable_size(const void* block)
  {
    if (block == nullptr)
      return 0;
    const size_t usable = alloc_size(block);
    memcheck_usable(block, usable);
    return usable;
  }

  inline void* realloc(void* block, size_t size)
  {
    if (block == nullptr)
      return malloc(size);
    if (size == 0)
    {
      free(block);
      return nullptr;
    }
    const size_t from = alloc_size(block);
    // A block of another allocator: fail rather than lose the content.
    if (SNMALLOC_UNLIKELY(from == 0))
      return failed(EINVAL);
    const size_t to = padded(size);
    // The caller's original size is unknown: returning the tail each time would cost a
    // system call for each step of a block that grows.
    void* moved = reallocate_folded(block, from, to, bits::min(from, size), false);
    // Growing a large block doesn't set errno.
    return SNMALLOC_LIKELY(moved != nullptr) ? moved : failed(ENOMEM);
  }

  inline void* reallocarray(void* block, size_t count, size_t size)
  {
    bool overflow = false;
    const size_t bytes = bits::umul(count, size, overflow);
    if (SNMALLOC_UNLIKELY(overflow))
      return failed(ENOMEM);
    return realloc(block, bytes);
  }

  inline void* memalign(size_t alignment, size_t size)
  {
    if (!bits::is_pow2(alignment) || alignment == 0)
      return failed(EINVAL);
    // Size 0 is aligned too. A size that overflows becomes too large for any block.
    const size_t folded = aligned_size(alignment, bits::max<size_t>(size, 1));
    return allocate_block<Uninit>(padded(folded) - 1);
  }

  inline int posix_memalign(void** block, size_t alignment, size_t size)
  {
    if (!bits::is_pow2(alignment) || alignment < sizeof(void*))
      return EINVAL;
    KeepErrno hold;
    void* made = memalign(alignment, size);
    if (made == nullptr)
      return ENOMEM;
    *block = made;
    return 0;
  }
} // namespace snmalloc_rs::c

SN_ENTRY(void*) sn_malloc(size_t size) noexcept
{
  return snmalloc_rs::c::malloc(size);
}

SN_ENTRY(void) sn_free(void* block) noexcept
{
  snmalloc_rs::c::free(block);
}

SN_ENTRY(void*) sn_calloc(size_t count, size_t size) noexcept
{
  return snmalloc_rs::c::calloc(count, size);
}

SN_ENTRY(void*) sn_realloc(void* block, size_t size) noexcept
{
  return snmalloc_rs::c::realloc(block, size);
}

SN_ENTRY(void*)
sn_reallocarray(void* block, size_t count, size_t size) noexcept
{
  return snmalloc_rs::c::reallocarray(block, count, size);
}

SN_ENTRY(size_t) sn_malloc_usable_size(const void* block) noexcept
{
  return snmalloc_rs::c::usable_size(block);
}

SN_ENTRY(void*) sn_memalign(size_t alignment, size_t size) noexcept
{
  return snmalloc_rs::c::memalign(alignment, size);
}

SN_ENTRY(void*) sn_aligned_alloc(size_t alignment, size_t size) noexcept
{
  return snmalloc_rs::c::memalign(alignment, size);
}

SN_ENTRY(int)
sn_posix_memalign(void** block, size_t alignment, size_t size) noexcept
{
  return snmalloc_rs::c::posix_memalign(block, alignment, size);
}

// Further names of 0.7. The sizes and alignments that C23 passes to the freeing
// functions are not needed here.

SN_ENTRY(void) sn_cfree(void* block) noexcept
{
  snmalloc_rs::c::free(block);
}

SN_ENTRY(void) sn_free_sized(void* block, size_t) noexcept
{
  snmalloc_rs::c::free(block);
}

SN_ENTRY(void)
sn_free_aligned_sized(void* block, size_t, size_t) noexcept
{
  snmalloc_rs::c::free(block);
}

SN_ENTRY(void*) sn_valloc(size_t size) noexcept
{
  return snmalloc_rs::c::memalign(snmalloc::OS_PAGE_SIZE, size);
}

SN_ENTRY(void*) sn_pvalloc(size_t size) noexcept
{
  constexpr size_t page = snmalloc::OS_PAGE_SIZE;
  const size_t pages = (size + page - 1) & ~(page - 1);
  // Size 0 is one page, as in glibc.
  if (pages < size)
    return snmalloc_rs::c::failed(ENOMEM);
  return snmalloc_rs::c::memalign(page, pages == 0 ? page : pages);
}

SN_ENTRY(size_t) sn_malloc_good_size(size_t size) noexcept
{
  const size_t padded = snmalloc_rs::c::padded(size);
  const size_t rounded = snmalloc::round_size(padded);
  return snmalloc_rs::is_small(padded) ?
    rounded :
    snmalloc::bits::max(rounded, 2 * snmalloc_rs::SMALL_LIMIT);
}

// As on NetBSD: `where` is the address of the pointer to the block.
SN_ENTRY(int) sn_reallocarr(void* where, size_t count, size_t size) noexcept
{
  snmalloc_rs::KeepErrno hold;
  bool overflow = false;
  const size_t bytes = snmalloc::bits::umul(count, size, overflow);
  if (SNMALLOC_UNLIKELY(overflow))
    return EOVERFLOW;
  void* block;
  // memcpy, since the pointer may be of any type.
  memcpy(&block, where, sizeof(block));
  void* made = snmalloc_rs::c::realloc(block, bytes);
  if (made == nullptr && bytes != 0)
    return ENOMEM;
  memcpy(where, &made, sizeof(made));
  return 0;
}

// Returns one past the last byte of the block that contains `address`, or the largest
// address if no block does.
SN_ENTRY(void*) sn___malloc_end_pointer(void* address) noexcept
{
  size_t size;
  char* start = static_cast<char*>(sn_rust_object(address, &size));
  return start == nullptr ? reinterpret_cast<void*>(UINTPTR_MAX) : start + size;
}

#ifdef _WIN32
SN_ENTRY(size_t) sn__msize(void* block) noexcept
{
  return snmalloc_rs::c::usable_size(block);
}
#endif
