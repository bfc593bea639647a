// SPDX-License-Identifier: MIT
// Lets any thread purge the caches of a thread that waits.

#pragma once

#include "patient_lock.h"

#ifdef _MSC_VER
#  include <intrin.h>
#endif

namespace snmalloc_rs
{
  // The use of an allocator's caches and free ranges: by the thread that has the
  // allocator, or by another one that claims them in order to purge them.
  //
  // Ordering: the user's release of `in_use` pairs with the purger's acquire, and the
  // purger's release of `claim` with the acquires of the user and of the next purger, so
  // each sees all that the others wrote. The other operations on `claim` only exclude
  // each other, and `since` is a hint.
  //
  // Between the user's store to `in_use` and its load of `claim` there is no fence: it
  // would wait for the program's last writes, at each large block. Instead the purger
  // waits between its own two, much longer than any CPU delays a store or executes a
  // load early (Morrison and Afek, "Temporally Bounding TSO", ASPLOS 2015). So the purger
  // sees a user that misses its claim, and leaves the caches alone.
  class CacheUse
  {
    // A claim is a purger's number, which is even, and PURGING once it purges.
    static constexpr size_t NONE = 0;
    static constexpr size_t PURGING = 1;
    // Value of `since` if there is nothing to purge.
    static constexpr size_t NOTHING = ~size_t(0);
    // Steps that the purger waits, of one cycle or more each: about 100 us.
    static constexpr size_t WAIT = bits::one_at_bit(18);
    // Later times are those of a clock that another thread read first.
    static constexpr size_t MOST_AGE = ~size_t(0) / 2;

    stl::AtomicBool in_use{false};
    stl::Atomic<size_t> claim{NONE};
    // Time of the last purge before the last use, in ms.
    stl::Atomic<size_t> since{NOTHING};

    struct Leave
    {
      stl::AtomicBool& in_use;

      SNMALLOC_FAST_PATH_INLINE ~Leave()
      {
        in_use.store(false, stl::memory_order_release);
      }
    };

    static SNMALLOC_FAST_PATH_INLINE void keep_order_of_instructions()
    {
#ifdef _MSC_VER
      _ReadWriteBarrier();
#else
      __atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
    }

    // Takes the given number of cycles at least. A compiler may not merge the steps.
    static void pass(size_t steps)
    {
#ifdef _MSC_VER
      for (volatile size_t left = steps; left != 0;)
        left = left - 1;
#else
      for (; steps != 0; steps--)
        asm volatile("" : "+r"(steps) : : "memory");
#endif
    }

    // Withdraws another thread's claim, or waits until it has purged.
    SNMALLOC_SLOW_PATH void wait_for_purger()
    {
      while (true)
      {
        size_t found = claim.load(stl::memory_order_acquire);
        if (
          found == NONE ||
          ((found & PURGING) == 0 &&
           claim.compare_exchange_strong(found, NONE, stl::memory_order_relaxed)))
          return;
        Aal::pause();
      }
    }

  public:
    constexpr CacheUse() = default;

    // Calls `f` while no other thread purges the caches. Not to be nested.
    template<typename F>
    SNMALLOC_FAST_PATH_INLINE auto with(size_t last_purge, F&& f)
    {
      in_use.store(true, stl::memory_order_relaxed);
      keep_order_of_instructions();
      if (SNMALLOC_UNLIKELY(claim.load(stl::memory_order_acquire) != NONE))
        wait_for_purger();
      since.store(last_purge, stl::memory_order_relaxed);
      const Leave leave{in_use};
      return f();
    }

    // Called within `f`, by the user or a purger: there is nothing left to purge.
    void emptied()
    {
      since.store(NOTHING, stl::memory_order_relaxed);
    }

    // Claims the caches if they were not used for `idle` ms before `now`.
    bool announce(size_t purger, size_t now, size_t idle)
    {
      const size_t last = since.load(stl::memory_order_relaxed);
      const size_t age = now - last;
      if (last == NOTHING || (idle != 0 && (age < idle || age > MOST_AGE)))
        return false;
      size_t none = NONE;
      return claim.compare_exchange_strong(
        none, purger, stl::memory_order_acquire);
    }

    // Called between the two steps of one purger.
    static void wait_for_users()
    {
      pass(WAIT);
    }

    // Waits for other purgers that are at work, but not for ever.
    void wait_for_purgers()
    {
      for (size_t tries = 0; tries < 64; tries++)
      {
        if (claim.load(stl::memory_order_relaxed) == NONE)
          return;
        pass(WAIT);
      }
    }

    // Calls `f` if this purger's claim holds and the caches are not in use.
    template<typename F>
    void purge(size_t purger, F&& f)
    {
      if (!claim.compare_exchange_strong(
            purger, purger | PURGING, stl::memory_order_relaxed))
        return;
      if (!in_use.load(stl::memory_order_acquire))
      {
        f();
      }
      claim.store(NONE, stl::memory_order_release);
    }
  };
} // namespace snmalloc_rs
