// SPDX-License-Identifier: MIT
// Tells valgrind's memcheck which blocks are allocated (feature `valgrind`); no code
// without the feature.
//
// Memcheck forbids access to a freed block, in which the allocator keeps a link: within
// the allocator its errors are off. Later accesses by the program are errors again.
#pragma once

#ifdef SNMALLOC_RS_VALGRIND
#  include <valgrind/memcheck.h>
#endif

namespace snmalloc_rs
{
#ifdef SNMALLOC_RS_VALGRIND
  inline bool under_memcheck()
  {
    return RUNNING_ON_VALGRIND != 0;
  }

  // Errors of this thread are off while it lives.
  struct InAllocator
  {
    InAllocator()
    {
      VALGRIND_DISABLE_ERROR_REPORTING;
    }

    ~InAllocator()
    {
      VALGRIND_ENABLE_ERROR_REPORTING;
    }
  };

  // `last` is the offset of the block's last byte, or the largest number for size 0.
  inline void* memcheck_allocated(void* block, size_t last, bool zeroed)
  {
    if (block == nullptr)
      return block;
    const size_t size = last + 1 == 0 ? 1 : last + 1;
    VALGRIND_MALLOCLIKE_BLOCK(block, size, 0, zeroed);
    // The rest of the size class.
    const size_t usable = alloc_size(block);
    if (usable > size)
      VALGRIND_MAKE_MEM_NOACCESS(
        pointer_offset(block, size), usable - size);
    return block;
  }

  // Reports a block that isn't allocated: call it before `InAllocator`.
  inline void memcheck_freed(void* block)
  {
    if (block != nullptr)
      VALGRIND_FREELIKE_BLOCK(block, 0);
  }

  inline void memcheck_resized(void* block, size_t from, size_t to)
  {
    VALGRIND_RESIZEINPLACE_BLOCK(block, from, to, 0);
  }

  // Pages that the kernel zeroes are not written.
  inline void memcheck_zeroed(void* block, size_t from, size_t to)
  {
    VALGRIND_MAKE_MEM_DEFINED(pointer_offset(block, from), to - from);
  }

  // The program may use all bytes of a block once it knows how many there are.
  inline void memcheck_usable(const void* block, size_t usable)
  {
    InAllocator hold;
    const auto first = VALGRIND_CHECK_MEM_IS_ADDRESSABLE(block, usable);
    if (first != 0)
      VALGRIND_MAKE_MEM_UNDEFINED(
        first, address_cast(block) + usable - first);
  }
#else
  static constexpr bool under_memcheck()
  {
    return false;
  }

  struct InAllocator
  {
    // Not trivial, so that an unused variable is no warning.
    SNMALLOC_FAST_PATH_INLINE InAllocator() {}
  };

  SNMALLOC_FAST_PATH_INLINE void* memcheck_allocated(void* block, size_t, bool)
  {
    return block;
  }

  SNMALLOC_FAST_PATH_INLINE void memcheck_freed(void*) {}
  SNMALLOC_FAST_PATH_INLINE void memcheck_resized(void*, size_t, size_t) {}
  SNMALLOC_FAST_PATH_INLINE void memcheck_zeroed(void*, size_t, size_t) {}
  SNMALLOC_FAST_PATH_INLINE void memcheck_usable(const void*, size_t) {}
#endif
} // namespace snmalloc_rs
