// SPDX-License-Identifier: MIT
// Replaces upstream's snmalloc.h: upstream's C and C++ functions on the shim's entry points.

#pragma once

#include "../entry_points.h"

#include <errno.h>
#include <snmalloc/snmalloc_core.h>
#include <string.h>
#include <test/snmalloc_testlib.h>

namespace snmalloc
{
  template<typename Conts>
  void* alloc(size_t size)
  {
    constexpr bool zeroed = stl::is_same_v<Conts, Zero>;
    void* block = zeroed ? snmalloc_rs_alloc_zeroed(1, size) :
                           snmalloc_rs_alloc(1, size);
    if (block == nullptr)
      return Conts::failure(size);
    if (zeroed)
      return block;
    // As upstream does: an empty block has one byte.
    return Conts::success(block, size == 0 ? 1 : size);
  }

  template<bool checked>
  void* memcpy(void* to, const void* from, size_t bytes)
  {
    static_assert(checked);
    sn_rust_copy_checked(to, from, bytes);
    return to;
  }

  namespace libc
  {
    inline void free_sized(void* block, size_t size)
    {
      sn_free_sized(block, size);
    }

    inline void free_aligned_sized(void* block, size_t alignment, size_t size)
    {
      sn_free_aligned_sized(block, alignment, size);
    }
  } // namespace libc
} // namespace snmalloc
