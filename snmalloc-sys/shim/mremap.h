// SPDX-License-Identifier: MIT
// Moves large memory page by page instead of copying it.

#pragma once

#include "pages.h"

namespace snmalloc_rs
{
  // Counts blocks whose mapping can't merge with its neighbours. Bounded, since a
  // process has a limit of mappings (vm.max_map_count, 65,530 by default); each may
  // cost three.
  //
  // Ordering: a relaxed counter, which publishes no memory. A thread that exceeds the
  // bound subtracts again; meanwhile others may be refused, but never too many are
  // accepted.
  class OwnMappings
  {
    static constexpr size_t MOST = 512;

    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<size_t> count{0};

  public:
    static bool take()
    {
      if (count.fetch_add(1, stl::memory_order_relaxed) < MOST)
        return true;
      leave();
      return false;
    }

    static void leave()
    {
      count.fetch_sub(1, stl::memory_order_relaxed);
    }
  };

  enum class Moved
  {
    // No change; both ranges are ours.
    No,
    Yes,
    // Pages were moved, and the source range is no longer ours.
    SourceLost,
    // No pages were moved; the target may no longer be ours.
    TargetLost,
  };

#ifdef SNMALLOC_RS_LINUX_PAGES
  static constexpr int PRIVATE_MEMORY =
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

  // Maps fresh pages at exactly this range, unless something is mapped there.
  inline bool map_at(void* first, size_t size)
  {
    void* got = mmap(
      first,
      size,
      PROT_READ | PROT_WRITE,
      PRIVATE_MEMORY | MAP_FIXED_NOREPLACE,
      -1,
      0);
    if (got == first)
      return true;
    // Linux before 4.17 treats the address as a hint.
    if (got != MAP_FAILED)
      munmap(got, size);
    return false;
  }

  // Moves the pages of the first `used` bytes and maps fresh ones at the source. The
  // result reports every completed step, even if a later one fails.
  inline Moved move_pages(void* to, void* from, size_t used)
  {
    // After a failure, the target can't be distinguished from someone else's mapping.
    static constexpr size_t MOST_FAILURES = 8;
    // Ordering: relaxed. Each thread may try once more than the bound.
    SNMALLOC_REQUIRE_CONSTINIT static stl::Atomic<size_t> failures{0};

    if (
      !Pages::behave() ||
      failures.load(stl::memory_order_relaxed) >= MOST_FAILURES)
      return Moved::No;
    KeepErrno hold;
    const size_t size =
      bits::align_up(used, static_cast<size_t>(sysconf(_SC_PAGESIZE)));
    if (
      mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED)
      return map_at(from, size) ? Moved::Yes : Moved::SourceLost;
    failures.fetch_add(1, stl::memory_order_relaxed);
    // Linux before 6.17 may have unmapped the target by now, and another thread may
    // have mapped something there. It is ours only if map_at succeeds.
    return map_at(to, size) ? Moved::No : Moved::TargetLost;
  }

  // Replaces a range that is ours with fresh pages, whose mapping can merge with its
  // neighbours. Returns false if the range may no longer be ours.
  inline bool reset_mapping(void* first, size_t size)
  {
    KeepErrno hold;
    // Linux before 6.12 may unmap and then fail: discard the pages in any case.
    discard(first, size);
    return mmap(
             first,
             size,
             PROT_READ | PROT_WRITE,
             PRIVATE_MEMORY | MAP_FIXED,
             -1,
             0) == first;
  }
#else
  inline Moved move_pages(void*, void*, size_t)
  {
    return Moved::No;
  }

  inline bool reset_mapping(void*, size_t)
  {
    return false;
  }
#endif
} // namespace snmalloc_rs
