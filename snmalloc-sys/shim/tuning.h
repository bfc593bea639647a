// SPDX-License-Identifier: MIT
// Settings that upstream leaves to whoever compiles it; the sizes are measured with
// `cargo xtask bench`.

#pragma once

// Blocks that other threads have allocated are sent back when there are so many bytes
// of them: sent seldom, several of a slab go in one message.
#ifndef USE_REMOTE_CACHE
#  define USE_REMOTE_CACHE 0x20000
#endif

// A thread that wakes takes all that other threads have freed, not a part at a time.
#ifndef SNMALLOC_REMOTE_BATCH_PROCESS_SIZE
#  define SNMALLOC_REMOTE_BATCH_PROCESS_SIZE 0x7fffffff
#endif

// 2^5 sets of slabs whose blocks are gathered at a time.
#ifndef SNMALLOC_DEALLOC_BATCH_RING_SET_BITS
#  define SNMALLOC_DEALLOC_BATCH_RING_SET_BITS 5
#endif

// Upstream marks all of its entry points as used, so that those that nobody calls are
// compiled too: a sixth of the compile time, 29 KB of text.
#ifndef SNMALLOC_API
#  define SNMALLOC_API SNMALLOC_FAST_PATH_INLINE
#  define SNMALLOC_API_SLOW inline
#endif

// Upstream includes <x86intrin.h> on Linux and uses none of it: its guard keeps the
// headers of all vector extensions out. <emmintrin.h>, which is used, stays.
#if defined(__linux__) && (defined(__x86_64__) || defined(__i386__))
#  ifdef __clang__
#    define __X86INTRIN_H
#  else
#    define _X86INTRIN_H_INCLUDED
#  endif
#endif
