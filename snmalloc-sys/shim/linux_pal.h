// SPDX-License-Identifier: MIT
// Linux platform layer for pages larger than the kernel's: on PowerPC (64 KiB, by
// snmalloc's own layer), on the architectures for which arch.h sets 16 KiB, and with
// SNMALLOC_PAGESIZE. Include after arch.h.

#pragma once

#if defined(__linux__) && !defined(SNMALLOC_MEMORY_PROVIDER)
#  include "snmalloc/aal/aal.h"
// aal.h first: upstream's headers are not independent of their order.
#  include "snmalloc/mitigations/mitigations_all.h"
#  include "snmalloc/pal/pal_concept.h"
#  include "snmalloc/pal/pal_consts.h"
// pal_linux.h relies on the two headers above.
#  include "snmalloc/pal/pal_linux.h"

namespace snmalloc
{
  class PALLinuxPages : public PALLinux
  {
  public:
    // A kernel with smaller pages aligns only to those. snmalloc asserts that the
    // pagemap is aligned to its own pages, and rounds down: with feature `check` it
    // would reprotect whatever lies before.
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

    // With feature `check`, mprotect fails if the process has as many mappings as the
    // kernel allows. Return false then, so that the allocation is null, not an
    // inaccessible block.
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
