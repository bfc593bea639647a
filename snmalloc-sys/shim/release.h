// SPDX-License-Identifier: MIT
// Returns unused memory to the OS on request.

#pragma once

#include "realloc.h"

namespace snmalloc_rs
{
  // Maximum passes of messages to ended threads: a block moves from allocator to
  // allocator until it reaches the one that allocated it.
  static constexpr size_t PASSES = 8;

  // Empties an allocator; returns whether it sent messages to others.
  inline bool empty(Alloc& allocator)
  {
    auto& local = allocator.get_backend_local_state();
    IdleBudget::leave(local);
    // Exceed the limit, so that the allocator is not left as it is.
    local.traffic = LEFT_LIMIT + 1;
    return allocator.flush();
  }

  // Empties idle allocators one at a time, so that a thread that starts meanwhile finds
  // the others.
  inline bool empty_idle(size_t call)
  {
    bool sent = false;
    while (Alloc* idle = AllocPool<Config>::extract(nullptr))
    {
      auto& local = idle->get_backend_local_state();
      const bool done = local.release >= call;
      if (!done)
      {
        local.release = call;
        sent |= empty(*idle);
      }
      AllocPool<Config>::restore(idle, idle);
      if (done)
        break;
    }
    return sent;
  }

  // Returns the number of a new call that empties idle allocators.
  //
  // Ordering: needs none. It is compared with numbers that the pool's lock hands over.
  inline size_t next_release()
  {
    SNMALLOC_REQUIRE_CONSTINIT static stl::Atomic<size_t> calls{0};
    return calls.fetch_add(1) + 1;
  }

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
