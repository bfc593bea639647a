// SPDX-License-Identifier: MIT
// Sizes that upstream leaves to whoever compiles it. Measured with `cargo xtask bench`.

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
