// SPDX-License-Identifier: MIT
// Upstream's library for tests, on the shim's entry points.

#include "entry_points.h"

#include <snmalloc/snmalloc_core.h>
#include <test/snmalloc_testlib.h>

namespace snmalloc
{
  template<ZeroMem zero_mem>
  void* alloc(size_t size)
  {
    return zero_mem == ZeroMem::YesZero ? snmalloc_rs_alloc_zeroed(1, size) :
                                          snmalloc_rs_alloc(1, size);
  }

  template void* alloc<ZeroMem::YesZero>(size_t size);
  template void* alloc<ZeroMem::NoZero>(size_t size);

  void dealloc(void* block)
  {
    sn_free(block);
  }

  void dealloc(void* block, size_t size)
  {
    dealloc(block, size, 1);
  }

  void dealloc(void* block, size_t size, size_t alignment)
  {
    snmalloc_rs_dealloc(block, alignment, size);
  }

  void debug_teardown()
  {
    upstream_teardown();
  }

  size_t alloc_size(const void* block)
  {
    return snmalloc_rs_usable_size(block);
  }

  size_t remaining_bytes(const void* address)
  {
    size_t size;
    const char* start = static_cast<char*>(sn_rust_object(address, &size));
    return start == nullptr ? 0 :
                              static_cast<size_t>(
                                start + size - static_cast<const char*>(address));
  }

  bool is_owned(void* address)
  {
    size_t size;
    return sn_rust_object(address, &size) != nullptr;
  }

  void debug_check_empty(bool* result)
  {
    upstream_check_empty(result);
  }

  void debug_in_use(size_t count)
  {
    upstream_check_in_use(count);
  }

  void cleanup_unused()
  {
    sn_rust_release_unused();
  }

  ScopedAllocHandle::ScopedAllocHandle()
  : ptr(static_cast<TestScopedAllocator*>(upstream_acquire()))
  {}

  ScopedAllocHandle::~ScopedAllocHandle()
  {
    upstream_release(ptr);
  }

  void* ScopedAllocHandle::alloc(size_t size)
  {
    return upstream_alloc(ptr, size);
  }

  void ScopedAllocHandle::dealloc(void* block)
  {
    snmalloc::dealloc(block);
  }

  void ScopedAllocHandle::dealloc(void* block, size_t size)
  {
    snmalloc::dealloc(block, size);
  }

  ScopedAllocHandle* ScopedAllocHandle::operator->()
  {
    return this;
  }

  ScopedAllocHandle get_scoped_allocator()
  {
    return {};
  }

  size_t max_small_sizeclass_bits()
  {
    return MAX_SMALL_SIZECLASS_BITS;
  }

  size_t pal_address_bits()
  {
    return DefaultPal::address_bits;
  }

  namespace libc
  {
    void* malloc(size_t size)
    {
      return sn_malloc(size);
    }

    void* malloc_small(smallsizeclass_t sizeclass)
    {
      return snmalloc::alloc<ZeroMem::NoZero>(sizeclass_to_size(sizeclass));
    }

    void* malloc_small_zero(smallsizeclass_t sizeclass)
    {
      return snmalloc::alloc<ZeroMem::YesZero>(sizeclass_to_size(sizeclass));
    }

    void free(void* block)
    {
      sn_free(block);
    }

    void* calloc(size_t count, size_t size)
    {
      return sn_calloc(count, size);
    }

    void* realloc(void* block, size_t size)
    {
      return sn_realloc(block, size);
    }

    void* reallocarray(void* block, size_t count, size_t size)
    {
      return sn_reallocarray(block, count, size);
    }

    int reallocarr(void* where, size_t count, size_t size)
    {
      return sn_reallocarr(where, count, size);
    }

    void* memalign(size_t alignment, size_t size)
    {
      return sn_memalign(alignment, size);
    }

    void* aligned_alloc(size_t alignment, size_t size)
    {
      return sn_aligned_alloc(alignment, size);
    }

    int posix_memalign(void** block, size_t alignment, size_t size)
    {
      return sn_posix_memalign(block, alignment, size);
    }

    size_t malloc_usable_size(const void* block)
    {
      return sn_malloc_usable_size(block);
    }

    void* __malloc_end_pointer(void* address)
    {
      return sn___malloc_end_pointer(address);
    }

    void* __malloc_start_pointer(void* address)
    {
      size_t size;
      return sn_rust_object(address, &size);
    }

    void* __malloc_last_byte_pointer(void* address)
    {
      size_t size;
      char* start = static_cast<char*>(sn_rust_object(address, &size));
      return start == nullptr ? nullptr : start + size - 1;
    }
  } // namespace libc
} // namespace snmalloc

void* testlib_malloc(size_t size)
{
  return sn_malloc(size);
}

void testlib_free(void* block)
{
  sn_free(block);
}

void* testlib_calloc(size_t count, size_t size)
{
  return sn_calloc(count, size);
}

size_t testlib_malloc_usable_size(void* block)
{
  return sn_malloc_usable_size(block);
}

size_t testlib_malloc_good_size(size_t size)
{
  return sn_malloc_good_size(size);
}

void* testlib_realloc(void* block, size_t size)
{
  return sn_realloc(block, size);
}

void* testlib_reallocarray(void* block, size_t count, size_t size)
{
  return sn_reallocarray(block, count, size);
}

int testlib_reallocarr(void* where, size_t count, size_t size)
{
  return sn_reallocarr(where, count, size);
}

void* testlib_memalign(size_t alignment, size_t size)
{
  return sn_memalign(alignment, size);
}

int testlib_posix_memalign(void** block, size_t alignment, size_t size)
{
  return sn_posix_memalign(block, alignment, size);
}

void get_malloc_info_v1(malloc_info_v1* info)
{
  snmalloc_rs_statistics(
    &info->current_memory_usage, &info->peak_memory_usage);
}
