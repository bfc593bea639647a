// SPDX-License-Identifier: MIT
// Windows with mingw-w64: a thread's allocator is given back by a callback that
// the loader makes at the thread's end. It needs no C++ runtime library, and is
// gone with its module, should that be unloaded.

#pragma once

#if defined(_WIN32) && !defined(_MSC_VER)
namespace
{
  void NTAPI on_thread_end(PVOID, DWORD reason, PVOID)
  {
    if (reason == DLL_THREAD_DETACH)
      snmalloc::ThreadAlloc::teardown();
  }
} // namespace

// The loader walks these by name. After `$XLB`, where Rust runs its thread-local
// destructors, which free memory; before `$XLF`, where winpthread frees what GCC
// keeps thread-local variables in.
extern "C" __attribute__((used, section(".CRT$XLBs")))
const PIMAGE_TLS_CALLBACK sn_rust_on_thread_end = on_thread_end;
#endif
