// SPDX-License-Identifier: MIT
// Linux as snmalloc sees it. Its pages may be larger than the real ones: on PowerPC
// (64 KiB, by its own layer), on what arch.h gives 16 KiB, and wherever
// SNMALLOC_PAGESIZE says so. Comes after arch.h.

#pragma once

#if defined(__linux__) && !defined(SNMALLOC_MEMORY_PROVIDER)
#  include "snmalloc/aal/aal.h"
// aal.h first: upstream's headers are not independent of their order.
#  include "snmalloc/mitigations/mitigations_all.h"
#  include "snmalloc/pal/pal_concept.h"
#  include "snmalloc/pal/pal_consts.h"
// The two above, which pal_linux.h relies on, come before it.
#  include "snmalloc/pal/pal_linux.h"

namespace snmalloc
{
  class PALLinuxPages : public PALLinux
  {
  public:
    // A kernel with smaller pages aligns to those only. snmalloc asserts its own
    // alignment of the table of pages, and rounds down to it: with feature
    // `check` it would reprotect what lies before.
    static void* reserve(size_t size) noexcept
    {
      void* first = PALLinux::reserve(size);
      // No kernel has smaller pages than these.
      if constexpr (page_size <= 0x1000)
        return first;
      if (first == nullptr || is_aligned_block<page_size>(first, 0))
        return first;

      munmap(first, size);
      const size_t real_page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
      const size_t spare = page_size - real_page;
      if (size > SIZE_MAX - spare)
        return nullptr;
      char* base = static_cast<char*>(PALLinux::reserve(size + spare));
      if (base == nullptr)
        return nullptr;

      char* aligned = pointer_align_up<page_size, char>(base);
      const size_t before = static_cast<size_t>(aligned - base);
      if (before != 0)
        munmap(base, before);
      if (before != spare)
        munmap(aligned + bits::align_up(size, real_page), spare - before);
      return aligned;
    }

    // With feature `check`, mprotect fails where the process has as many mappings as
    // the kernel allows: null then, not a block that can't be touched.
    template<ZeroMem zero_mem>
    static bool notify_using(void* first, size_t size) noexcept
    {
      if constexpr (mitigations(pal_enforce_access))
      {
        KeepErrno keep;
        if (mprotect(first, size, PROT_READ | PROT_WRITE) != 0)
          return false;
        if constexpr (zero_mem == YesZero)
          PALLinux::zero<true>(first, size);
        return true;
      }
      else
      {
        return PALLinux::notify_using<zero_mem>(first, size);
      }
    }
  };
} // namespace snmalloc

#  define SNMALLOC_MEMORY_PROVIDER PALLinuxPages
#endif
