// SPDX-License-Identifier: MIT
// The shim's entry points, as the linker sees them, and those of shim.cc next to it.

#pragma once

#include <stddef.h>

extern "C"
{
  void* snmalloc_rs_alloc(size_t alignment, size_t size);
  void* snmalloc_rs_alloc_zeroed(size_t alignment, size_t size);
  void snmalloc_rs_dealloc(void* block, size_t alignment, size_t size);
  size_t snmalloc_rs_usable_size(const void* block);
  void snmalloc_rs_statistics(size_t* current, size_t* peak);
  void sn_rust_release_unused();
  void* sn_rust_object(const void* address, size_t* size);

  void* sn_malloc(size_t size);
  void sn_free(void* block);
  void sn_free_sized(void* block, size_t size);
  void sn_free_aligned_sized(void* block, size_t alignment, size_t size);
  void* sn_calloc(size_t count, size_t size);
  void* sn_realloc(void* block, size_t size);
  void* sn_reallocarray(void* block, size_t count, size_t size);
  int sn_reallocarr(void* where, size_t count, size_t size);
  void* sn_memalign(size_t alignment, size_t size);
  void* sn_aligned_alloc(size_t alignment, size_t size);
  int sn_posix_memalign(void** block, size_t alignment, size_t size);
  size_t sn_malloc_usable_size(const void* block);
  size_t sn_malloc_good_size(size_t size);
  void* sn___malloc_end_pointer(void* address);
  void sn_rust_copy_checked(void* to, const void* from, size_t bytes);

  void upstream_check_empty(bool* result);
  void upstream_check_in_use(size_t count);
  void upstream_teardown();
  void* upstream_acquire();
  void* upstream_alloc(void* allocator, size_t size);
  void upstream_release(void* allocator);
}
