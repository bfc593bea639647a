// SPDX-License-Identifier: MIT
// Returns the memory of threads that can't: they wait, or have ended.

#pragma once

#include "thread_exit.h"

namespace snmalloc_rs
{
  // Empties an allocator; returns whether it sent messages to others.
  inline bool empty(Alloc& allocator)
  {
    auto& local = allocator.get_backend_local_state();
    IdleBudget::leave(local);
    // Exceed the limit, so that the allocator is not left as it is.
    local.traffic = LEFT_LIMIT + 1;
    return internals::end_use(allocator);
  }

  // Empties idle allocators one at a time, so that a thread that starts meanwhile finds
  // the others.
  inline bool empty_idle(size_t call)
  {
    bool sent = false;
    while (Alloc* idle = internals::take_idle())
    {
      auto& local = idle->get_backend_local_state();
      const bool done = local.release >= call;
      if (!done)
      {
        local.release = call;
        sent |= empty(*idle);
      }
      internals::put_idle(idle);
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

  // Purges the caches of at most `most` other threads that didn't use them for `idle` ms.
  inline void purge_waiting_threads(size_t now, size_t idle, size_t most)
  {
    // Ordering: needs none. It makes numbers that are even, unique at any time, and never
    // 0, also after it wraps.
    SNMALLOC_REQUIRE_CONSTINIT static stl::Atomic<size_t> purgers{0};
    const size_t purger = purgers.fetch_add(4) | 2;
    // This thread is about to use its own, and would wait for nothing.
    const Alloc* const own = &ThreadAlloc::get();
    size_t announced = 0;
    for (Alloc* it = internals::next_allocator();
         it != nullptr && announced < most;
         it = internals::next_allocator(it))
    {
      if (
        it != own && it->get_backend_local_state().use.announce(purger, now, idle))
        announced++;
    }
    if (announced == 0)
      return;
    CacheUse::wait_for_users();
    for (Alloc* it = internals::next_allocator(); it != nullptr;
         it = internals::next_allocator(it))
    {
      auto& local = it->get_backend_local_state();
      // A child process must not inherit a purge by a thread that it doesn't have.
      // A claim is no harm: the user withdraws it.
      PreventFork no_fork;
      local.use.purge(purger, [&local]() { Backend::purge(local); });
    }
  }

  // Returns what at most `most` other threads cache and didn't use for a tenth of
  // `decay`, and, once per half of it, what ended threads left. Times are in ms.
  inline void purge_other_threads(uint64_t now, uint64_t decay, size_t most)
  {
    if constexpr (keeps)
    {
      // More than the time between two purges of the background thread; less than half of
      // the range of a 32-bit clock.
      constexpr uint64_t LEAST_IDLE = 1000;
      constexpr uint64_t MOST_IDLE = bits::one_at_bit(30);
      const uint64_t idle =
        bits::min(bits::max(decay / 10, LEAST_IDLE), MOST_IDLE);
      InAllocator in_allocator;
      purge_waiting_threads(
        static_cast<size_t>(now), static_cast<size_t>(idle), most);
      // Ordering: the exchange lets one thread do it; it publishes no memory.
      SNMALLOC_REQUIRE_CONSTINIT static stl::Atomic<uint64_t> emptied{0};
      uint64_t last = emptied.load(stl::memory_order_relaxed);
      if (
        now >= last + 5 * idle &&
        emptied.compare_exchange_strong(last, now, stl::memory_order_relaxed))
        empty_idle(next_release());
    }
  }

  // Returns all that other threads cache or left.
  inline void purge_all_threads(uint64_t now)
  {
    if constexpr (keeps)
    {
      InAllocator in_allocator;
      purge_waiting_threads(static_cast<size_t>(now), 0, ~size_t(0));
      empty_idle(next_release());
      // Another thread may be about to return what this one needs.
      for (Alloc* it = internals::next_allocator(); it != nullptr;
           it = internals::next_allocator(it))
        it->get_backend_local_state().use.wait_for_purgers();
    }
  }
} // namespace snmalloc_rs
