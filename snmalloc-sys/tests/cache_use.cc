// SPDX-License-Identifier: MIT
// One thread uses caches, another purges them: they must exclude each other.

#include "snmalloc/snmalloc_core.h"

#include "../shim/cache_use.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

namespace
{
  using snmalloc_rs::CacheUse;

  CacheUse caches;
  // The thread that is inside: 1 uses, 2 purges.
  volatile int inside;
  volatile bool stop;
  // Stores to it keep the store buffer full, as a program's writes to its blocks do.
  volatile char memory[1 << 26];
  volatile unsigned long uses;
  volatile unsigned long purges;
  volatile unsigned long overlaps;

  void stay(int thread)
  {
    if (inside != 0)
      __atomic_fetch_add(&overlaps, 1, __ATOMIC_RELAXED);
    inside = thread;
    for (volatile int step = 0; step < 100; step = step + 1)
      ;
    if (inside != thread)
      __atomic_fetch_add(&overlaps, 1, __ATOMIC_RELAXED);
    inside = 0;
  }

  void* use(void*)
  {
    unsigned random = 1;
    while (!stop)
    {
      // Now and then pause for up to twice as long as the purger waits: each use
      // withdraws its claim.
      const unsigned pause = uses % 64 == 0 ? random >> 14 : 0;
      for (volatile unsigned step = 0; step < pause; step = step + 1)
        ;
      for (int write = 0; write < 8; write++)
      {
        random = random * 1103515245 + 12345;
        memory[random % sizeof(memory)] = 1;
      }
      caches.with(0, []() { stay(1); });
      uses = uses + 1;
    }
    return nullptr;
  }

  void* purge(void*)
  {
    for (size_t purger = 2; !stop; purger += 2)
    {
      if (!caches.announce(purger, 10, 0))
        continue;
      CacheUse::wait_for_users();
      caches.purge(purger, []() {
        stay(2);
        purges = purges + 1;
      });
    }
    return nullptr;
  }
} // namespace

int main()
{
  pthread_t threads[2];
  if (
    pthread_create(&threads[0], nullptr, use, nullptr) != 0 ||
    pthread_create(&threads[1], nullptr, purge, nullptr) != 0)
    return 2;
  // A second, or as long as it takes on a machine under load.
  const timespec tenth{0, 100000000};
  for (int tenths = 0; tenths < 10 || (tenths < 300 && purges < 10); tenths++)
    nanosleep(&tenth, nullptr);
  stop = true;
  for (pthread_t thread : threads)
    pthread_join(thread, nullptr);
  printf("%lu uses, %lu purges, %lu overlaps\n", uses, purges, overlaps);
  return overlaps == 0 && purges != 0 ? 0 : 1;
}
