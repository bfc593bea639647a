// SPDX-License-Identifier: MIT
// Memory that nothing uses goes back to the system.

#pragma once

namespace snmalloc_rs
{
  // A block that is freed passes from thread to thread until it is back where it
  // was allocated; so often at most are ended threads' messages passed on.
  static constexpr size_t PASSES = 8;

  template<typename F>
  inline void each_of(Alloc* first, F&& f)
  {
    for (Alloc* idle = first; idle != nullptr;
         idle = AllocPool<Config>::extract(idle))
      f(*idle);
  }

  inline bool empty(Alloc& allocator)
  {
    // Not to be left as it is.
    allocator.get_backend_local_state().traffic = ~size_t(0);
    return allocator.flush();
  }

  // Everything of the calling thread, and of threads that have ended.
  inline void release_unused(Alloc& own)
  {
    Alloc* first = AllocPool<Config>::extract();
    bool sent = true;
    for (size_t pass = 0; sent && pass < PASSES; pass++)
    {
      sent = empty(own);
      each_of(first, [&](Alloc& idle) { sent |= empty(idle); });
    }
    each_of(first, [](Alloc& idle) {
      Backend::release(idle.get_backend_local_state());
    });
    Backend::release(own.get_backend_local_state());

    Alloc* last = nullptr;
    each_of(first, [&](Alloc& idle) { last = &idle; });
    if (last != nullptr)
      AllocPool<Config>::restore(first, last);
  }
} // namespace snmalloc_rs
