// SPDX-License-Identifier: MIT
// The lock of caches that can be bypassed.

#pragma once

namespace snmalloc_rs
{
  using namespace snmalloc;

  // A lock that gives up after a number of tries: the cache can be bypassed. The child
  // of a process that forked while a thread held the lock must not wait forever.
  //
  // Ordering: the acquire of the exchange pairs with the release of the last holder's
  // store, so a holder sees all that earlier ones wrote. The relaxed load before it
  // only avoids writes to a line that other CPUs wait for.
  class PatientLock
  {
    static constexpr size_t TRIES = 256;

    stl::AtomicBool taken{false};

  public:
    constexpr PatientLock() = default;

    template<typename F>
    SNMALLOC_FAST_PATH_INLINE bool with(F&& f)
    {
      for (size_t tries = 0; tries < TRIES; tries++)
      {
        if (
          !taken.load(stl::memory_order_relaxed) &&
          !taken.exchange(true, stl::memory_order_acquire))
        {
          f();
          taken.store(false, stl::memory_order_release);
          return true;
        }
        Aal::pause();
      }
      return false;
    }
  };
} // namespace snmalloc_rs
