// SPDX-License-Identifier: MIT
// Zeroed allocation.

#pragma once

#include "zero_pages.h"

namespace snmalloc_rs
{
  // Success and failure handlers for zeroed allocation.
  class Zeroed
  {
    // Every class is a multiple of the step.
    static constexpr size_t STEP = MIN_ALLOC_STEP_SIZE;

    // Zeroes `steps` steps from both ends; the ranges may overlap.
    template<size_t steps>
    SNMALLOC_FAST_PATH_INLINE static void ends(char* first, char* end)
    {
      for (size_t n = 0; n < steps; n++)
      {
        memset(first + n * STEP, 0, STEP);
        memset(end - (n + 1) * STEP, 0, STEP);
      }
    }

  public:
    SNMALLOC_FAST_PATH_INLINE static void*
    success(void* block, size_t size, bool secondary = false)
    {
      // Inline: a call to memset would cost more than it saves.
      if (SNMALLOC_LIKELY(size <= 8 * STEP && !secondary))
      {
        char* first = static_cast<char*>(block);
        char* end = first + ((size - 1) | (STEP - 1)) + 1;
        if (size > 4 * STEP)
          ends<4>(first, end);
        else if (size > 2 * STEP)
          ends<2>(first, end);
        else
          ends<1>(first, end);
        return block;
      }
      if (is_small_sizeclass(size) || secondary)
        return memset(block, 0, size);
      // Reached with mitigations only; large.h zeroes all other large blocks.
      zero(block, size);
      return block;
    }

    static void* failure(size_t size) noexcept
    {
      return Uninit::failure(size);
    }
  };
} // namespace snmalloc_rs
