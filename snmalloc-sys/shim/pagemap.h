// SPDX-License-Identifier: MIT
// The pagemap if there is no room for all of it. snmalloc has one entry for each 16 KiB
// of the address space: a 64-bit OS needs 256 GiB of addresses for it, hardly any of
// which ever become resident. If that much can't be reserved (`ulimit -v`, strict
// overcommit, valgrind), only a window of the address space gets entries, and all
// memory is taken from that window.

#pragma once

#include "internals_core.h"

#include <stddef.h>

#ifndef _WIN32
#  include <sys/mman.h>
#  include <sys/resource.h>
#endif

namespace snmalloc_rs
{
  using namespace snmalloc;

  // The addresses that have pagemap entries: all of them unless `narrow`.
  //
  // Ordering: the plain fields are written once, before the release of
  // Configuration::ready. Threads read them after its acquire, or hold a block, which a
  // thread that did so passed to them. `next` is a hint, and needs no order.
  struct Window
  {
    bool narrow{false};
    address_t first{0};
    size_t size{0};
    // Next hint if the OS chose an address outside the window.
    stl::Atomic<size_t> next{0};

    bool holds(address_t address, size_t bytes) const
    {
      return !narrow ||
        (address >= first && address - first <= size && bytes <= size - (address - first));
    }
  };

  SNMALLOC_REQUIRE_CONSTINIT
  inline Window window{};

  template<typename Pagemap>
  struct Table
  {
    using Array = internals::PagemapArray<Pagemap>;
    using Entry = typename Array::Entry;
    static constexpr bool can_be_narrow =
#ifdef _WIN32
      false;
#else
      bits::BITS == 64;
#endif

    // Reserves the whole pagemap, or as much as there is room for. Called once.
    static void reserve()
    {
      if constexpr (!can_be_narrow)
        Array::reserve();
      else if constexpr (mitigations(random_pagemap))
      {
        // It aborts if there is no room in five times the size: try that first.
        void* room = DefaultPal::reserve(Array::size() * 5);
        if (room == nullptr)
          return narrow();
        unmap(room, Array::size() * 5);
        Array::reserve();
      }
      else
      {
        void* whole = DefaultPal::reserve(Array::size());
        if (whole == nullptr)
          return narrow();
        take(whole, Array::size(), 0);
      }
    }

  private:
#ifndef _WIN32
    // Limits of what a process may map: OpenBSD has only one for data; DragonFly's
    // limit of addresses has another name.
    static constexpr int LIMITS[] = {
#  if defined(RLIMIT_AS)
      RLIMIT_AS,
#  elif defined(RLIMIT_VMEM)
      RLIMIT_VMEM,
#  endif
      RLIMIT_DATA};
#endif

    static void unmap([[maybe_unused]] void* first, [[maybe_unused]] size_t size)
    {
#ifndef _WIN32
      munmap(first, size);
#endif
    }

    // A template, so that calls missing on a platform are not compiled there.
    template<typename Pal = DefaultPal>
    static void take(void* table, size_t bytes, address_t first)
    {
      if constexpr (pal_supports<CoreDump, Pal>)
        Pal::notify_do_not_dump(table, bytes);
      if constexpr (pal_supports<LazyCommit, Pal>)
        Pal::notify_using_readonly(table, bytes);
      // Entries are found by address alone: pass the start that the pagemap would have
      // if it covered address 0.
      Array::use(reinterpret_cast<Entry*>(
        reinterpret_cast<uintptr_t>(table) -
        (first / MIN_CHUNK_SIZE) * sizeof(Entry)));
    }

    static void narrow()
    {
#ifndef _WIN32
      // At most a sixteenth of the process's limit.
      size_t most = bits::one_at_bit(28);
      for (const auto resource : LIMITS)
      {
        rlimit limit{};
        if (
          getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
          limit.rlim_cur / 16 < most)
          most = static_cast<size_t>(limit.rlim_cur) / 16;
      }

      for (size_t bits = 38; bits > 26; bits--)
      {
        const size_t covered = bits::one_at_bit(bits);
        const size_t bytes = (covered / MIN_CHUNK_SIZE) * sizeof(Entry);
        if (bytes > most)
          continue;
        void* table = DefaultPal::reserve(bytes);
        if (table == nullptr)
          continue;
        // Most kernels place a mapping below or just above the previous one.
        const address_t here = bits::align_down(address_cast(table), covered / 4);
        window.first = here > covered / 4 * 3 ? here - covered / 4 * 3 : covered / 4;
        window.size = covered;
        window.narrow = true;
        take(table, bytes, window.first);
        return;
      }
#endif
      DefaultPal::error("snmalloc: there is no room for the table of pages.");
    }
  };

  // Memory from the OS, restricted to the window.
  class SystemRange : public internals::SystemMemory
  {
  public:
    capptr::Arena<void> alloc_range(size_t size)
    {
      auto range = internals::SystemMemory::alloc_range(size);
#ifndef _WIN32
      if (
        SNMALLOC_UNLIKELY(
          range != nullptr && !window.holds(address_cast(range), size)))
      {
        munmap(range.unsafe_ptr(), size);
        return inside(size);
      }
#endif
      return range;
    }

  private:
#ifndef _WIN32
    static capptr::Arena<void> inside(size_t size)
    {
      if (size > window.size / 2)
        return nullptr;
      // The OS honours a hint if the range is free: a few steps find room, unless the
      // window is nearly full.
      for (size_t step = 0; step < 64; step++)
      {
        const size_t offset =
          window.next.fetch_add(bits::max(size, window.size / 64)) % window.size;
        void* hint = reinterpret_cast<void*>(
          window.first + bits::align_down(offset, MIN_CHUNK_SIZE));
        void* got = mmap(
          hint,
          size,
          PROT_READ | PROT_WRITE,
          MAP_PRIVATE | MAP_ANONYMOUS |
#  ifdef MAP_NORESERVE
            MAP_NORESERVE,
#  else
            0,
#  endif
          -1,
          0);
        if (got == MAP_FAILED)
          return nullptr;
        if (window.holds(address_cast(got), size))
          return capptr::Arena<void>::unsafe_from(got);
        munmap(got, size);
      }
      return nullptr;
    }
#endif
  };
} // namespace snmalloc_rs
