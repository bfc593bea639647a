// SPDX-License-Identifier: MIT
// Windows' own headers, before any of snmalloc's: its layer for ARM64 reads a register
// by a macro of winnt.h, and with the vendored STL nothing else declares `abort`.
//
// With mingw-w64, a thread's allocator is given back by callbacks that the loader makes
// at the thread's end. They need no C++ runtime library.
//
// Not called windows.h: by Microsoft's rules, a quoted "windows.h" in any header that is
// included from here would find this file.

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
  // Defined where snmalloc's own headers are known.
  void give_back();

  // GCC keeps thread-local variables in winpthread, which may be a DLL, and frees
  // them when the loader tells that DLL of the thread's end: before it tells a
  // program's own callbacks. Fiber-local storage is asked earlier still.
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
    // Also after the fibers': Rust's thread-local destructors free memory, for
    // which the thread may have got an allocator anew.
    if (reason == DLL_THREAD_DETACH)
      give_back();
#  ifndef __clang__
    // The module goes, the process stays: nobody may call into it any more.
    if (reason == DLL_PROCESS_DETACH && ending == nullptr && slot >= 0)
      FlsFree(static_cast<DWORD>(slot));
#  endif
  }
} // namespace thread_end

// Takes the place of the function that snmalloc calls on glibc when a thread gets
// its first allocator.
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
  // The value only says that there is something to do; it must not be null.
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

// The loader walks these by name. After `$XLB`, where Rust runs its thread-local
// destructors; before `$XLF`, where a winpthread that is linked statically frees
// GCC's thread-local variables.
extern "C"
{
  // Declared first, since a constant is local otherwise.
  extern const PIMAGE_TLS_CALLBACK sn_rust_on_thread_end;
  __attribute__((used, section(".CRT$XLBs")))
  const PIMAGE_TLS_CALLBACK sn_rust_on_thread_end = thread_end::on_thread_end;
}
#endif
