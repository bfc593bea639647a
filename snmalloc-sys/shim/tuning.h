// SPDX-License-Identifier: MIT
// Compile-time settings of upstream. The values were measured with `cargo xtask bench`.

#pragma once

// Bytes of other threads' blocks that are collected before they are sent back: with a
// large value, several blocks of a slab go in one message.
#ifndef USE_REMOTE_CACHE
#  define USE_REMOTE_CACHE 0x20000
#endif

// A thread that wakes up handles all blocks that other threads have freed, in one
// batch.
#ifndef SNMALLOC_REMOTE_BATCH_PROCESS_SIZE
#  define SNMALLOC_REMOTE_BATCH_PROCESS_SIZE 0x7fffffff
#endif

// 2^5 sets of slabs for which freed blocks are batched.
#ifndef SNMALLOC_DEALLOC_BATCH_RING_SET_BITS
#  define SNMALLOC_DEALLOC_BATCH_RING_SET_BITS 5
#endif

// Upstream marks all of its entry points as used, which compiles the unused ones too: a
// sixth of the compile time, 29 KB of text.
#ifndef SNMALLOC_API
#  define SNMALLOC_API SNMALLOC_FAST_PATH_INLINE
#  define SNMALLOC_API_SLOW inline
#endif

// Upstream includes <x86intrin.h> on Linux and uses none of it. Define its include
// guard, which skips the headers of all vector extensions. <emmintrin.h>, which is
// used, stays.
#if defined(__linux__) && (defined(__x86_64__) || defined(__i386__))
#  ifdef __clang__
#    define __X86INTRIN_H
#  else
#    define _X86INTRIN_H_INCLUDED
#  endif
#endif
