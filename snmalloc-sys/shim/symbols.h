// SPDX-License-Identifier: MIT
// Renames the symbols that snmalloc-sys 0.7 has too. A program may contain both crates,
// and both compile the same C++ with different configurations: with equal names, the
// linker would merge functions and variables of one with the other's. Include first.
#pragma once

// Macros are not replaced in `#include` lines.
#define snmalloc snmalloc_rs_0_8

#define sn_rust_alloc snmalloc_rs_alloc
#define sn_rust_alloc_zeroed snmalloc_rs_alloc_zeroed
#define sn_rust_dealloc snmalloc_rs_dealloc
#define sn_rust_realloc snmalloc_rs_realloc
#define sn_rust_statistics snmalloc_rs_statistics
#define sn_rust_usable_size snmalloc_rs_usable_size
