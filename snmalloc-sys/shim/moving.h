// SPDX-License-Identifier: MIT
// Large memory moved page by page instead of copied.

#pragma once

#include "memory.h"

namespace snmalloc_rs
{
  // From this size on pages are moved; below, copying bytes is faster.
  static constexpr size_t MOVE_BY_PAGES = bits::one_at_bit(18);

#ifdef SNMALLOC_RS_LINUX_PAGES
  class Move
  {
    char* const to;
    char* const from;
    const size_t used;

  public:
    // Somebody else's memory lies where pages were taken from.
    bool lost{false};

    Move(void* to, void* from, size_t used)
    : to(static_cast<char*>(to)), from(static_cast<char*>(from)), used(used)
    {}

    // Moves `size` bytes at `offset`, a power of two, and maps fresh pages where
    // they were. False when nothing was moved.
    bool pages(size_t offset, size_t size)
    {
      char* source = from + offset;
      char* target = to + offset;
      if (remap(target, source, size))
        return true;
      // Linux before 5.7.
      if (
        errno == EINVAL &&
        mremap(source, size, size, MOVE_FLAGS, target) != MAP_FAILED)
      {
        void* fresh = mmap(
          source,
          size,
          PROT_READ | PROT_WRITE,
          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
          -1,
          0);
        if (fresh != source)
        {
          // Older kernels take the address for a hint.
          if (fresh != MAP_FAILED)
            munmap(fresh, size);
          lost = true;
        }
        return true;
      }
      const int error = errno;
      // Linux before 6.17 has by then unmapped what was at the target. Where it
      // hasn't, this fails.
      void* room = mmap(
        target,
        size,
        PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
        -1,
        0);
      if (room != MAP_FAILED && room != target)
        munmap(room, size);
      // Pages that came by different moves can't all be moved at once.
      if (error != EFAULT || size < 2 * MOVE_BY_PAGES)
        return false;
      const size_t half = size / 2;
      pages_or_bytes(offset, half);
      pages_or_bytes(offset + half, half);
      return true;
    }

  private:
    void pages_or_bytes(size_t offset, size_t size)
    {
      if (offset < used && !pages(offset, size))
        memcpy(to + offset, from + offset, bits::min(size, used - offset));
    }
  };
#endif

  // Moves the first `used` bytes of a chunk of `size` bytes to one that is at least
  // as large. False when the old one's addresses are no longer ours: then it must
  // never be used again.
  inline bool move(void* to, void* from, size_t size, size_t used)
  {
#ifdef SNMALLOC_RS_LINUX_PAGES
    if (used >= MOVE_BY_PAGES && Pages::behave())
    {
      KeepErrno hold;
      Move moving(to, from, used);
      if (moving.pages(0, size))
        return !moving.lost;
    }
#else
    UNUSED(size);
#endif
    memcpy(to, from, used);
    return true;
  }
} // namespace snmalloc_rs
