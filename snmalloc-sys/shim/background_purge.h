// SPDX-License-Identifier: MIT
// A thread that gives cached memory back while the program does nothing. It is
// started on request only; without it every slow path of any thread purges.

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
  class BackgroundPurge
  {
    // Between two looks, in ms.
    static constexpr uint64_t PERIOD = 500;

    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<bool> running{false};

    // Ended threads' memory goes back when a decay time has passed.
    static void step(uint64_t& emptied)
    {
      const uint64_t now = now_in_ms();
      GlobalCache::purge(now, ~size_t(0));
      if (now - emptied >= GlobalCache::decay.load())
      {
        emptied = now;
        empty_idle(next_release());
      }
    }

#ifdef _WIN32
    static DWORD WINAPI run(void*)
    {
      uint64_t emptied = now_in_ms();
      while (true)
      {
        Sleep(PERIOD);
        step(emptied);
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
      uint64_t emptied = now_in_ms();
      const timespec period{0, static_cast<long>(PERIOD) * 1000000};
      while (true)
      {
        nanosleep(&period, nullptr);
        step(emptied);
      }
    }

    // The child of a process that forks has no such thread.
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
      // The program's signals are for its own threads.
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
    // Whether the thread runs now.
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

  // Where SNMALLOC_CONF asks for it: once, whether or not it could be made.
  SNMALLOC_SLOW_PATH inline void start_background_purge()
  {
    if (Options::background_purge.exchange(false))
      BackgroundPurge::start();
  }
} // namespace snmalloc_rs
