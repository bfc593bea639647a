// SPDX-License-Identifier: MIT
// Replaces upstream's snmalloc.h: upstream's functions with the shim's configuration.

#pragma once

// Some of upstream's files include its own header by a relative path, after this one.
#define SNMALLOC_PROVIDE_OWN_CONFIG

#include "../../../../shim/config.h"
#include "../../../../shim/thread_exit.h"

#include <string.h>

// The shim defines its entry points in one translation unit.
#define SN_ENTRY(type) extern "C" inline type

#include "../../../../shim/statistics.h"

#include "../../../../shim/calloc.h"
#include "../../../../shim/fast_path.h"
#include "../../../../shim/objects.h"
#include "../../../../shim/realloc.h"
#include "../../../../shim/release.h"

namespace snmalloc
{
  // Threads cache free slabs by design: empty the caches before looking for leaks.
  template<>
  inline void debug_check_empty<Config>(bool* result)
  {
    snmalloc_rs::release_unused();
    bool empty = true;
    for (Alloc* each = AllocPool<Config>::iterate(); each != nullptr;
         each = AllocPool<Config>::iterate(each))
      each->debug_is_empty(result == nullptr ? nullptr : &empty);
    if (result != nullptr)
      *result = empty;
  }
} // namespace snmalloc
