// SPDX-License-Identifier: MIT
// C's own names (feature `override`), on Linux with glibc or musl. They are assembler
// names, so that they don't conflict with the C library's declarations, whose exception
// specifications differ, and compilers don't treat these functions as builtins.
#pragma once

#include <unistd.h>

#define SN_OVERRIDE(type, name, parameters) \
  extern "C" __attribute__((visibility("default"), used)) \
  type sn_override_##name parameters noexcept __asm__(#name); \
  type sn_override_##name parameters noexcept

namespace snmalloc_rs::c
{
  inline size_t page()
  {
    return static_cast<size_t>(sysconf(_SC_PAGESIZE));
  }

  inline void* valloc(size_t size)
  {
    return memalign(page(), size);
  }

  [[maybe_unused]] inline void* pvalloc(size_t size)
  {
    const size_t pages = bits::align_up(size, page());
    if (pages < size)
      return failed(ENOMEM);
    return memalign(page(), bits::max(pages, page()));
  }

  // The size is used only for the check, if features include one.
  [[maybe_unused]] inline void
  free_sized(void* block, size_t alignment, size_t size)
  {
    if (block == nullptr)
      return;
    check_size(
      block, padded(aligned_size(alignment, bits::max<size_t>(size, 1))) - 1);
    free(block);
  }
} // namespace snmalloc_rs::c

SN_OVERRIDE(void*, malloc, (size_t size))
{
  return snmalloc_rs::c::malloc(size);
}

SN_OVERRIDE(void, free, (void* block))
{
  snmalloc_rs::c::free(block);
}

SN_OVERRIDE(void*, calloc, (size_t count, size_t size))
{
  return snmalloc_rs::c::calloc(count, size);
}

SN_OVERRIDE(void*, realloc, (void* block, size_t size))
{
  return snmalloc_rs::c::realloc(block, size);
}

SN_OVERRIDE(void*, reallocarray, (void* block, size_t count, size_t size))
{
  return snmalloc_rs::c::reallocarray(block, count, size);
}

SN_OVERRIDE(void*, memalign, (size_t alignment, size_t size))
{
  return snmalloc_rs::c::memalign(alignment, size);
}

SN_OVERRIDE(void*, aligned_alloc, (size_t alignment, size_t size))
{
  return snmalloc_rs::c::memalign(alignment, size);
}

SN_OVERRIDE(
  int, posix_memalign, (void** block, size_t alignment, size_t size))
{
  return snmalloc_rs::c::posix_memalign(block, alignment, size);
}

SN_OVERRIDE(size_t, malloc_usable_size, (void* block))
{
  return snmalloc_rs::c::usable_size(block);
}

SN_OVERRIDE(void*, valloc, (size_t size))
{
  return snmalloc_rs::c::valloc(size);
}

// C23.
SN_OVERRIDE(void, free_sized, (void* block, size_t size))
{
  snmalloc_rs::c::free_sized(block, 1, size);
}

SN_OVERRIDE(
  void, free_aligned_sized, (void* block, size_t alignment, size_t size))
{
  snmalloc_rs::c::free_sized(block, alignment, size);
}

#ifdef __GLIBC__
SN_OVERRIDE(void*, pvalloc, (size_t size))
{
  return snmalloc_rs::c::pvalloc(size);
}

SN_OVERRIDE(void, cfree, (void* block))
{
  snmalloc_rs::c::free(block);
}

// Names with which old programs, and glibc before 2.26 itself, allocate blocks that
// they then pass to `free`.
SN_OVERRIDE(void*, __libc_malloc, (size_t size))
{
  return snmalloc_rs::c::malloc(size);
}

SN_OVERRIDE(void, __libc_free, (void* block))
{
  snmalloc_rs::c::free(block);
}

SN_OVERRIDE(void*, __libc_calloc, (size_t count, size_t size))
{
  return snmalloc_rs::c::calloc(count, size);
}

SN_OVERRIDE(void*, __libc_realloc, (void* block, size_t size))
{
  return snmalloc_rs::c::realloc(block, size);
}

SN_OVERRIDE(void*, __libc_memalign, (size_t alignment, size_t size))
{
  return snmalloc_rs::c::memalign(alignment, size);
}

SN_OVERRIDE(void*, __libc_valloc, (size_t size))
{
  return snmalloc_rs::c::valloc(size);
}

SN_OVERRIDE(void*, __libc_pvalloc, (size_t size))
{
  return snmalloc_rs::c::pvalloc(size);
}
#endif

#undef SN_OVERRIDE
