// SPDX-License-Identifier: MIT
// Returns unused memory to the OS on request.

#pragma once

#include "other_threads.h"
#include "realloc.h"

namespace snmalloc_rs
{
  // Maximum passes of messages to ended threads: a block moves from allocator to
  // allocator until it reaches the one that allocated it.
  static constexpr size_t PASSES = 8;

  // Releases unused memory of this thread, of ended threads, and of the global cache.
  inline void release_unused()
  {
    bool sent = true;
    for (size_t pass = 0; sent && pass < PASSES; pass++)
    {
      sent = false;
      with_own_allocator([&](Alloc& own) {
        sent |= empty(own);
        own.get_backend_local_state().emptied = false;
      });
      sent |= empty_idle(next_release());
    }
    GlobalCache::purge_all();
  }
} // namespace snmalloc_rs
