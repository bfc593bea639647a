// SPDX-License-Identifier: MIT
// Names that snmalloc-sys 0.7 has too. A program may hold both crates, and both are of
// the same C++: without names of its own, one would use functions and variables of the
// other, which have another configuration. First of all headers.
#pragma once

// In `#include` lines it isn't replaced.
#define snmalloc snmalloc_rs_0_8

#define sn_rust_alloc snmalloc_rs_alloc
#define sn_rust_alloc_zeroed snmalloc_rs_alloc_zeroed
#define sn_rust_dealloc snmalloc_rs_dealloc
#define sn_rust_realloc snmalloc_rs_realloc
#define sn_rust_statistics snmalloc_rs_statistics
#define sn_rust_usable_size snmalloc_rs_usable_size
