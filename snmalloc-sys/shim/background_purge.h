// SPDX-License-Identifier: MIT
// A thread that returns cached memory to the OS while the program is idle. It is
// started on request only; without it, the slow paths purge.

#pragma once

#include "release.h"

#ifdef _WIN32
#  include <windows.h>
#else
#  include <pthread.h>
#  include <signal.h>
#  include <time.h>
#endif

namespace snmalloc_rs
{
  // Ordering: needs none. The exchange of `running` lets one thread start it, and that
  // of `registered` one register the handler; neither publishes memory. A call that
  // finds another's attempt under way returns true, also if that attempt fails.
  class BackgroundPurge
  {
    // Time between two purges, in ms.
    static constexpr uint64_t PERIOD = 500;

    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<bool> running{false};

#ifdef _WIN32
    static DWORD WINAPI run(void*)
    {
      while (true)
      {
        Sleep(PERIOD);
        GlobalCache::purge_in_background();
      }
    }

    static bool make()
    {
      HANDLE thread = CreateThread(nullptr, 0, run, nullptr, 0, nullptr);
      if (thread == nullptr)
        return false;
      CloseHandle(thread);
      return true;
    }
#else
    static void* run(void*)
    {
      InAllocator in_allocator;
      const timespec period{0, static_cast<long>(PERIOD) * 1000000};
      while (true)
      {
        nanosleep(&period, nullptr);
        GlobalCache::purge_in_background();
      }
    }

    // After fork, the child process has no such thread.
    static void after_fork()
    {
      running.store(false);
    }

    static bool make()
    {
      KeepErrno hold;
      SNMALLOC_REQUIRE_CONSTINIT static stl::Atomic<bool> registered{false};
      if (!registered.exchange(true))
        pthread_atfork(nullptr, nullptr, after_fork);
      // Block all signals: they are for the program's own threads.
      sigset_t all;
      sigset_t before;
      sigfillset(&all);
      if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
      pthread_t thread;
      const bool made = pthread_create(&thread, nullptr, run, nullptr) == 0;
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
      if (made)
        pthread_detach(thread);
      return made;
    }
#endif

  public:
    // Returns whether the thread is running now.
    static bool start()
    {
      if (running.exchange(true))
        return true;
      if (make())
        return true;
      running.store(false);
      return false;
    }
  };

  // Starts the thread if SNMALLOC_CONF requests it: one attempt, even if it fails.
  SNMALLOC_SLOW_PATH inline void start_background_purge()
  {
    if (Options::background_purge.exchange(false))
      BackgroundPurge::start();
  }
} // namespace snmalloc_rs
