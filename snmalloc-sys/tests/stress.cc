// SPDX-License-Identifier: MIT
// Calls every entry point from threads that start and exit, under a sanitizer.

// Names of the entry points in the archive.
#include "../shim/symbols.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

extern "C"
{
  void* sn_rust_alloc(size_t alignment, size_t size);
  void* sn_rust_alloc_zeroed(size_t alignment, size_t size);
  void sn_rust_dealloc(void* block, size_t alignment, size_t size);
  void* sn_rust_realloc(void* block, size_t alignment, size_t from, size_t to);
  bool sn_rust_resize_in_place(
    void* block, size_t alignment, size_t from, size_t to);
  void* sn_rust_object(const void* address, size_t* size);
  void sn_rust_release_unused();
  void sn_rust_set_retained_limit(size_t bytes);
  void sn_rust_set_decay_time(uint64_t milliseconds);
  bool sn_rust_start_background_purge();
  size_t sn_rust_usable_size(const void* block);
  void sn_rust_statistics(size_t* current, size_t* peak);
}

namespace
{
  constexpr size_t SLOTS = 64;
  constexpr size_t THREADS = 4;

  struct Block
  {
    unsigned char* start;
    size_t size;
  };

  // Passes blocks from thread to thread.
  struct Shared
  {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    Block blocks[SLOTS] = {};
  } shared;

  [[noreturn]] void fail(const char* what)
  {
    fprintf(stderr, "stress: %s\n", what);
    _exit(3);
  }

  struct Random
  {
    uint64_t state;

    size_t below(size_t most)
    {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      return static_cast<size_t>(state >> 16) % most;
    }

    size_t size()
    {
      const size_t bits = 4 + below(19);
      return (size_t(1) << bits) + below(size_t(1) << bits);
    }
  };

  void mark(Block& block)
  {
    block.start[0] = static_cast<unsigned char>(block.size);
    block.start[block.size - 1] = static_cast<unsigned char>(block.size);
  }

  void check(const Block& block)
  {
    if (
      block.start[0] != static_cast<unsigned char>(block.size) ||
      block.start[block.size - 1] != static_cast<unsigned char>(block.size))
      fail("a block has changed");
  }

  Block make(Random& random)
  {
    const size_t size = random.size();
    const bool zeroed = random.below(4) == 0;
    void* start =
      zeroed ? sn_rust_alloc_zeroed(16, size) : sn_rust_alloc(16, size);
    if (start == nullptr)
      fail("no memory");
    Block block{static_cast<unsigned char*>(start), size};
    if (zeroed && (block.start[0] != 0 || block.start[size - 1] != 0))
      fail("a zeroed block is not");
    mark(block);
    return block;
  }

  void change(Random& random, Block& block)
  {
    const size_t to = random.size();
    const unsigned char first = block.start[0];
    if (!sn_rust_resize_in_place(block.start, 16, block.size, to))
    {
      void* moved = sn_rust_realloc(block.start, 16, block.size, to);
      if (moved == nullptr)
        fail("no memory to grow");
      block.start = static_cast<unsigned char*>(moved);
    }
    if (block.start[0] != first)
      fail("a block has lost its content");
    block.size = to;
    mark(block);
  }

  void* work(void* seed)
  {
    Random random{reinterpret_cast<uintptr_t>(seed) * 0x9e3779b97f4a7c15 | 1};
    for (size_t step = 0; step < 400; step++)
    {
      Block mine = make(random);
      if (random.below(3) == 0)
        change(random, mine);
      size_t size = 0;
      if (sn_rust_object(mine.start + mine.size / 2, &size) != mine.start)
        fail("a block is not found");
      if (sn_rust_usable_size(mine.start) < mine.size)
        fail("a block is too short");
      pthread_mutex_lock(&shared.lock);
      Block& slot = shared.blocks[random.below(SLOTS)];
      const Block other = slot;
      slot = mine;
      pthread_mutex_unlock(&shared.lock);
      if (other.start != nullptr)
      {
        check(other);
        sn_rust_dealloc(other.start, 16, other.size);
      }
      if (step % 50 == 7)
        sn_rust_release_unused();
      if (step % 40 == 3)
      {
        // The default, zero, and a small limit.
        const size_t limits[] = {~size_t(0), 0, size_t(1) << 24};
        sn_rust_set_retained_limit(limits[random.below(3)]);
        sn_rust_set_decay_time(random.below(3) * 20);
      }
    }
    size_t current = 0;
    size_t peak = 0;
    sn_rust_statistics(&current, &peak);
    return nullptr;
  }
} // namespace

int main()
{
  sn_rust_set_decay_time(20);
  if (!sn_rust_start_background_purge())
    fail("no thread");
  for (size_t round = 0; round < 6; round++)
  {
    pthread_t threads[THREADS];
    for (size_t n = 0; n < THREADS; n++)
      if (
        pthread_create(
          &threads[n],
          nullptr,
          work,
          reinterpret_cast<void*>(round * THREADS + n + 1)) != 0)
        fail("no thread");
    for (pthread_t thread : threads)
      pthread_join(thread, nullptr);
  }
  puts("stress: done");
  fflush(stdout);
  // The background thread is still running.
  _exit(0);
}
