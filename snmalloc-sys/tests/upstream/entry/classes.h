// SPDX-License-Identifier: MIT
// Included before upstream's tests on the shim's entry points, for which small blocks end
// at half the size that upstream has (shim/ranges.h).

#pragma once

#include "entry_points.h"

#include <snmalloc/snmalloc_core.h>

namespace snmalloc
{
  static constexpr size_t SHIM_SMALL_SIZECLASSES = mitigations(sanity_checks) ?
    NUM_SMALL_SIZECLASSES :
    size_t(size_to_sizeclass_const(MAX_SMALL_SIZECLASS_SIZE / 2)) + 1;
} // namespace snmalloc

#define NUM_SMALL_SIZECLASSES SHIM_SMALL_SIZECLASSES
#define round_size sn_malloc_good_size
