// SPDX-License-Identifier: MIT
// Includes Windows' headers before any of snmalloc's: the layer for ARM64 reads a
// register with a macro of winnt.h, and with the vendored STL nothing else declares
// `abort`.
//
// With mingw-w64, loader callbacks release a thread's allocator when the thread exits.
// They need no C++ runtime library.
//
// The file is not named windows.h: by Microsoft's lookup rules, a quoted "windows.h" in
// any header included from here would find it.

#pragma once

#ifdef _WIN32
#  include <stdlib.h>
#  ifndef WIN32_LEAN_AND_MEAN
#    define WIN32_LEAN_AND_MEAN
#  endif
#  ifndef NOMINMAX
#    define NOMINMAX
#  endif
#  include <windows.h>
#endif

#if defined(_WIN32) && !defined(_MSC_VER)
namespace thread_end
{
  // Defined once snmalloc's own headers are included.
  void give_back();

  // GCC keeps thread-local variables in winpthread, which may be a DLL. The loader
  // notifies that DLL of a thread's exit, and the variables are freed, before it runs
  // the program's own callbacks. Callbacks of fiber-local storage run earlier still.
  //
  // Ordering: the interlocked exchange makes the first index that of all threads. It is
  // the data itself, so plain reads suffice.
#  ifndef __clang__
  inline volatile LONG slot = -1;

  inline void NTAPI on_fiber_end(void* registered)
  {
    if (registered != nullptr)
      give_back();
  }
#  endif

  inline void NTAPI on_thread_end(PVOID, DWORD reason, [[maybe_unused]] PVOID ending)
  {
    // Also runs after the fiber callbacks: Rust's thread-local destructors free memory,
    // for which the thread may have acquired an allocator again.
    if (reason == DLL_THREAD_DETACH)
      give_back();
#  ifndef __clang__
    // The module is unloaded while the process goes on: remove the callback into it.
    if (reason == DLL_PROCESS_DETACH && ending == nullptr && slot >= 0)
      FlsFree(static_cast<DWORD>(slot));
#  endif
  }
} // namespace thread_end

// Replaces the function that snmalloc calls on glibc when a thread gets its first
// allocator.
extern "C" inline int sn_rust_thread_begins(void (*)(void*), void*, void*)
{
#  ifndef __clang__
  using namespace thread_end;
  if (slot < 0)
  {
    const DWORD fresh = FlsAlloc(on_fiber_end);
    if (fresh == FLS_OUT_OF_INDEXES)
      return -1;
    if (InterlockedCompareExchange(&slot, static_cast<LONG>(fresh), -1) >= 0)
      FlsFree(fresh); // Another thread was faster.
  }
  // Any value but null: it only marks the thread as having an allocator.
  FlsSetValue(static_cast<DWORD>(slot), const_cast<LONG*>(&slot));
#  endif
  return 0;
}

extern "C"
{
  inline void* sn_rust_module = nullptr;
}

#  define __cxa_thread_atexit_impl sn_rust_thread_begins
#  define __dso_handle sn_rust_module

// The loader runs these callbacks in order of their section names: after `$XLB`, in
// which Rust runs thread-local destructors; before `$XLF`, in which a statically linked
// winpthread frees GCC's thread-local variables.
extern "C"
{
  // Declare it first: a constant has internal linkage otherwise.
  extern const PIMAGE_TLS_CALLBACK sn_rust_on_thread_end;
  __attribute__((used, section(".CRT$XLBs")))
  const PIMAGE_TLS_CALLBACK sn_rust_on_thread_end = thread_end::on_thread_end;
}
#endif
